"""Shared set-up: the people of the tests and how they call us."""

import re
import socket
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from audit.request_log import RequestLog
from audit.request_log import request_log as the_request_log
from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.selectors import remember_config
from merchants.states import CONFIG_DEFAULTS
from merchants.tests.factories import make_key, make_merchant
from mypay.kit import counters, garbage, scheduling
from payouts.tests.factories import make_directory
from webhooks.services.deliver import forget_hosts

_NAME = re.compile(r"(^|\.)[a-z][a-z0-9-]*\.?$", re.IGNORECASE)  # ends as no form of an address does

pytest_plugins = ["tests.scheduling", "tests.durability", "tests.static_files", "tests.which_database"]


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage."""
    garbage.pass_over_what_is_loaded()


@pytest.fixture(autouse=True)
def known_settings() -> Iterator[None]:
    """Every test starts with the seeded settings in memory: none counts their read, none inherits a change."""
    remember_config(CONFIG_DEFAULTS)
    yield
    remember_config(CONFIG_DEFAULTS)


@pytest.fixture(autouse=True)
def uncounted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the tests of metrics count requests: thousands of the others' would make each reading slow."""
    if "metrics" not in request.node.path.name:
        monkeypatch.setattr(counters, "answered", lambda *_: None)


@pytest.fixture(autouse=True)
def closed_circuits() -> None:
    """No test waits for a host that was away in another one."""
    forget_hosts()


@pytest.fixture(autouse=True)
def no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names but this machine's are unknown, at once: a name server may think for seconds. Who has names says so in the test."""
    resolve = socket.getaddrinfo

    def known(host: Any, *args: Any, **options: Any) -> Any:
        if isinstance(host, str) and _NAME.search(host) and host != "localhost":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", known)


@pytest.fixture
def merchant(db: None, request: pytest.FixtureRequest) -> Iterator[Merchant]:
    """Alice's shop: a sandbox merchant with PKR 10,000,000; after the test every ledger adds up."""
    make_directory()
    yield make_merchant()
    if "broken_ledger" not in request.keywords:
        assert list(findings()) == []


@pytest.fixture
def stranger(db: None) -> Merchant:
    """Somebody else's shop."""
    return make_merchant()


@pytest.fixture
def request_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[RequestLog]:
    """The request log, which is off in tests, switched on: `flush()` writes what it has, in the test's own transaction."""
    monkeypatch.setattr(the_request_log, "is_on", True)
    monkeypatch.setattr(the_request_log, "_start", lambda: None)
    yield the_request_log
    the_request_log.forget()


class Api:
    """A client of the payout API, as the original's clients call it."""

    def __init__(self, merchant: Merchant) -> None:
        self.key = make_key(merchant).key
        self.client = Client()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers={"X-API-KEY": self.key, **headers})

    def post(self, path: str, body: Any = None, *, key: str | None = None, content_type: str = "application/json", **headers: str) -> Any:
        sent = {"X-API-KEY": self.key, "X-Idempotency-Key": key or str(uuid.uuid4()), **headers}
        return self.client.post(f"/api/v1{path}", {} if body is None else body, content_type=content_type, headers=sent)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}", headers={"X-API-KEY": self.key})

    def payout(self, account: str = "12345670001", **changes: Any) -> Any:
        """Create a payout; returns the response."""
        headers = changes.pop("headers", {})
        key = changes.pop("key", None)
        return self.post("/payouts", payout_body(account, **changes), key=key, **headers)


def payout_body(account: str = "12345670001", **changes: Any) -> dict[str, Any]:
    """A valid create body, changed as told; None takes a member away."""
    body = {
        "merchantReference": f"REF-{uuid.uuid4()}",
        "amount": "1000.00",
        "currency": "PKR",
        "destType": "BANK",
        "bankCode": "HBL",
        "accountNumber": account,
        "accountTitle": "Ayesha Khan",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def api(merchant: Merchant) -> Api:
    return Api(merchant)


@pytest.fixture
def api_of() -> Callable[[Merchant], Api]:
    """An API client of any merchant."""
    return Api


@pytest.fixture
def settle() -> Callable[[], None]:
    """Do all due work until none is left."""

    def work() -> None:
        while scheduling.sweep():
            pass

    return work


@pytest.fixture
def available(merchant: Merchant) -> Callable[[], tuple[int, int]]:
    """What the merchant has available and reserved, in paisa."""

    def read() -> tuple[int, int]:
        row = MerchantBalance.objects.get(merchant=merchant, currency="PKR")
        return row.available, row.reserved

    return read
