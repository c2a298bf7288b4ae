"""A vendor's keys: a public id and a secret, sent by HTTP Basic."""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from rest_framework.request import Request

from audit.models import ApiRequest, AuditEntry
from audit.request_log import RequestLog
from merchants.authentication import BasicPairAuthentication, find_key, find_pair
from merchants.key_forms import CORE_SCOPES, KEY_FORMS
from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import IssuedKey, issue_key, reveal_key, revoke_key
from merchants.services.note_key_use import forget_noted
from merchants.services.rotate_key import rotate_key, rotate_keys
from merchants.states import Environment, MerchantStatus, Scope
from merchants.tests.factories import make_merchant
from mypay.kit.api import JsonView, Reply
from mypay.kit.clock import real_now
from mypay.kit.crypto import sha256_hex

REFUSED = {"error": {"message": "Authentication failed", "code": "INVALID_API_KEY"}}
SCOPES = (Scope.RAZORPAY,)


class _Pair(BasicPairAuthentication):
    scopes = SCOPES


class _Vendor(JsonView):
    authentication_classes = [_Pair]

    def get(self, request: Request) -> HttpResponse:
        return Reply.of(200, {"merchant": request.user.pk}).response()


urlpatterns = [path("v1/orders", _Vendor.as_view())]
at_vendor = pytest.mark.urls(__name__)


@pytest.fixture
def pair(merchant: Merchant) -> IssuedKey:
    return issue_key(merchant=merchant, scope=Scope.RAZORPAY, label="sdk")


def call(key_id: str, secret: str, **more: Any) -> Any:
    return raw(f"Basic {base64.b64encode(f'{key_id}:{secret}'.encode()).decode()}", **more)


def raw(header: str, **more: Any) -> Any:
    return Client().get("/v1/orders", headers={"Authorization": header}, **more)


@pytest.mark.parametrize(("environment", "prefix"), [(Environment.SANDBOX, "rzp_test_"), (Environment.LIVE, "rzp_live_")])
def test_issue_pair_has_the_vendors_form(merchant: Merchant, environment: Environment, prefix: str) -> None:
    merchant.environment = environment
    made = issue_key(merchant=merchant, scope=Scope.RAZORPAY)
    assert re.fullmatch(f"{prefix}[0-9A-Za-z]{{14}}", made.key) and re.fullmatch("[0-9A-Za-z]{24}", made.secret)
    assert (made.row.sha256, made.row.hint) == (sha256_hex(made.key), made.key)


def test_issue_pair_keeps_no_secret_in_clear(pair: IssuedKey) -> None:
    row = ApiKey.objects.values().get(pk=pair.row.pk)
    assert row["secret_encrypted"] and all(pair.secret not in str(value) for value in row.values())
    assert not AuditEntry.objects.filter(details__contains=pair.secret).exists()
    assert issue_key(merchant=pair.row.merchant, scope=Scope.PAYOUTS).row.secret_encrypted == ""


def test_issue_given_pair_is_taken_as_it_is(merchant: Merchant) -> None:
    made = issue_key(merchant=merchant, scope=Scope.RAZORPAY, key="rzp_test_abcdefghijklmn", secret="s" * 24)
    found = find_pair("rzp_test_abcdefghijklmn", SCOPES)
    assert (made.key, made.secret) == ("rzp_test_abcdefghijklmn", "s" * 24)
    assert found is not None and (found.secret, found.id, found.merchant.pk) == ("s" * 24, made.row.pk, merchant.pk)


@pytest.mark.parametrize(
    ("scope", "given"),
    [
        (Scope.RAZORPAY, {"key": "rzp_test_abcdefghijklmn"}), (Scope.RAZORPAY, {"secret": "s"}),
        (Scope.PAYOUTS, {"key": "test-key", "secret": "s"}), (Scope.PAYOUTS, {"secret": "s"}),
    ],
)  # fmt: skip
def test_issue_given_half_a_pair_is_refused(merchant: Merchant, scope: Scope, given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        issue_key(merchant=merchant, scope=scope, **given)
    assert not ApiKey.objects.exists()


def test_reveal_pair_shows_both_and_is_audited(pair: IssuedKey) -> None:
    shown = reveal_key(ApiKey.objects.get(pk=pair.row.pk))
    assert (shown.key, shown.secret) == (pair.key, pair.secret)
    assert AuditEntry.objects.filter(action="api_key.revealed", resource_id=str(pair.row.pk)).count() == 1


def test_find_pair_takes_one_query(pair: IssuedKey) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = find_pair(pair.key, SCOPES)
    assert len(captured) == 1 and found is not None and found.secret == pair.secret


def test_find_pair_of_another_scope_or_of_a_plain_key_is_none(merchant: Merchant, pair: IssuedKey) -> None:
    plain = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    assert find_pair(pair.key, CORE_SCOPES) is None and find_pair(plain.key, tuple(Scope)) is None
    assert find_pair(pair.secret, SCOPES) is None and find_pair("x" * 201, SCOPES) is None


@pytest.mark.parametrize(
    "address", ["/api/v1/balance", "/api/v1/sandbox/clock", "/api/v1/webhooks/endpoints", "/api/checkout/transactions"]
)
def test_vendors_id_opens_no_core_api(pair: IssuedKey, address: str) -> None:
    for key in (pair.key, pair.secret, f"{pair.key}:{pair.secret}"):
        assert Client().get(address, headers={"X-API-KEY": key}).status_code in (401, 404)
    assert find_key(pair.key, CORE_SCOPES) is None


@at_vendor
def test_basic_pair_opens_its_own_merchant(pair: IssuedKey, stranger: Merchant) -> None:
    theirs = issue_key(merchant=stranger, scope=Scope.RAZORPAY)
    assert call(pair.key, pair.secret).json() == {"merchant": pair.row.merchant_id}
    assert call(theirs.key, theirs.secret).json() == {"merchant": stranger.pk}
    assert call(pair.key, theirs.secret).status_code == 401


@at_vendor
@pytest.mark.parametrize(
    "spoil",
    [
        lambda key, secret: (key, ""), lambda key, secret: (key, secret[:-1]), lambda key, secret: (key, f"{secret}x"),
        lambda key, secret: (secret, key), lambda key, secret: (key.upper(), secret), lambda key, secret: ("", secret),
        lambda key, secret: ("rzp_test_00000000000000", ""), lambda key, secret: (key, "é"), lambda key, secret: (key, secret + "\x00"),
    ],
)  # fmt: skip
def test_basic_wrong_pair_is_refused_alike(pair: IssuedKey, spoil: Callable[[str, str], tuple[str, str]]) -> None:
    response = call(*spoil(pair.key, pair.secret))
    assert (response.status_code, response.json()) == (401, REFUSED)


@at_vendor
@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic /w==", "Bearer x", "basic", "Basic Og==", f"Basic {'A' * 50_000}"])
def test_basic_header_that_is_none_is_refused_alike(pair: IssuedKey, header: str) -> None:
    response = raw(header)
    assert (response.status_code, response.json()) == (401, REFUSED)


@at_vendor
def test_basic_pair_ends_with_revocation_expiry_and_status(merchant: Merchant, pair: IssuedKey) -> None:
    late = issue_key(merchant=merchant, scope=Scope.RAZORPAY, expires_at=real_now() - timedelta(seconds=1))
    assert call(late.key, late.secret).json() == REFUSED
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.SUSPENDED)
    assert call(pair.key, pair.secret).json() == REFUSED
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.ACTIVE)
    assert call(pair.key, pair.secret).status_code == 200
    revoke_key(pair.row)
    assert call(pair.key, pair.secret).json() == REFUSED


@at_vendor
@pytest.mark.parametrize(("caller", "status"), [("203.0.113.7", 200), ("203.0.113.8", 401)])
def test_basic_pair_works_from_its_addresses_only(merchant: Merchant, caller: str, status: int) -> None:
    pair = issue_key(merchant=merchant, scope=Scope.RAZORPAY, allowed_ips="203.0.113.7")
    response = call(pair.key, pair.secret, REMOTE_ADDR=caller)
    assert response.status_code == status and (status == 200 or response.json() == REFUSED)


@at_vendor
def test_basic_pair_use_is_noted_and_its_secret_logged_nowhere(pair: IssuedKey, request_log: RequestLog) -> None:
    forget_noted()
    assert call(pair.key, pair.secret).status_code == 200
    request_log.flush()
    pair.row.refresh_from_db()
    assert pair.row.last_used_at is not None
    kept = ApiRequest.objects.values().get()
    assert kept["merchant_id"] == pair.row.merchant_id
    encoded = base64.b64encode(f"{pair.key}:{pair.secret}".encode()).decode()
    assert all(pair.secret not in str(value) and encoded not in str(value) for value in kept.values())


@pytest.mark.parametrize(("overlap", "old_works"), [(timedelta(0), False), (timedelta(hours=1), True)])
def test_rotate_pair_gives_a_new_id_and_secret(pair: IssuedKey, overlap: timedelta, old_works: bool) -> None:
    made = rotate_key(row=pair.row, overlap=overlap)
    assert made.key != pair.key and made.secret != pair.secret and made.row.label == "sdk"
    found = find_pair(made.key, SCOPES)
    assert found is not None and found.secret == made.secret
    assert (find_pair(pair.key, SCOPES) is not None) is old_works


def test_rotate_keys_of_our_apis_leaves_pairs_alone(merchant: Merchant, pair: IssuedKey) -> None:
    rotate_keys(merchant=merchant, scopes=CORE_SCOPES)
    assert find_pair(pair.key, SCOPES) is not None


def test_every_scope_has_its_form() -> None:
    assert set(KEY_FORMS) == set(Scope)


def test_issue_key_command_prints_the_pair(db: None) -> None:
    merchant, out = make_merchant(rupees=0), StringIO()
    call_command("issue_key", merchant=merchant.email, scope="razorpay", stdout=out)
    key_id, secret = out.getvalue().splitlines()
    found = find_pair(key_id, SCOPES)
    assert found is not None and found.secret == secret
    out = StringIO()
    call_command("issue_key", merchant=merchant.email, scope="razorpay", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert list(told) == ["keyId", "keySecret", "scope", "merchant"] and told["keySecret"] not in out.getvalue().replace(
        told["keySecret"], "", 1
    )
