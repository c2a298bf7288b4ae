"""The same flows with real commits: on MariaDB they go as compound statements (performance 3)."""

import uuid
from collections.abc import Callable

import pytest

from audit.models import AuditEntry
from conftest import Api, payout_body
from ledger.models import Transfer
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit.models import IdempotencyRecord
from payouts.models import Payout
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
Read = Callable[[], tuple[int, int]]
FULL = 1_000_000_000


def _counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Payout, Event, Transfer, AuditEntry))


def test_create_committed_replays_conflicts_and_moves_once(api: Api, available: Read) -> None:
    key, body = str(uuid.uuid4()), payout_body(merchantReference="ONE")
    first, again = api.post("/payouts", body, key=key), api.post("/payouts", body, key=key)
    assert (first.status_code, first.content) == (201, again.content)
    assert again["X-Idempotent-Replay"] == "true"
    before = _counts()
    assert api.payout(key=key).json()["error"]["code"] == "IDEMPOTENCY_KEY_CONFLICT"
    assert api.payout(merchantReference="ONE").json()["error"]["code"] == "DUPLICATE_REFERENCE"
    assert api.payout(amount="-1").status_code == 400
    assert api.payout(amount="10000000").json()["error"]["code"] == "INSUFFICIENT_BALANCE"
    assert _counts() == before and available() == (FULL - 100_000, 100_000)


def test_create_refused_committed_keeps_only_the_refusal(api: Api, available: Read) -> None:
    key, body = str(uuid.uuid4()), payout_body(amount="10000000.01")
    before = _counts()
    first = api.post("/payouts", body, key=key)
    assert first.json()["error"]["code"] == "INSUFFICIENT_BALANCE"
    assert _counts() == before and IdempotencyRecord.objects.count() == 1 and available() == (FULL, 0)
    assert api.post("/payouts", body, key=key).content == first.content


def test_create_without_balance_committed_is_not_found(merchant: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    response = api_of(make_merchant(rupees=0)).payout()
    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_create_text_that_looks_like_sql_is_only_text(api: Api) -> None:
    title = "O'Brien; COMMIT; END -- %s %% \\' \" ` 😀 {0}"
    data = api.payout(accountTitle=title, merchantReference="'); DROP TABLE x; --").json()["data"]
    assert (data["accountTitle"], data["merchantReference"]) == (title, "'); DROP TABLE x; --")
    assert api.get(f"/payouts/{data['id']}").json()["data"]["accountTitle"] == title


def test_process_and_reinitiate_committed_keep_the_ledger(api: Api, settle: Callable[[], None], available: Read) -> None:
    created = {account: api.payout(f"1234567{account}").json()["data"]["id"] for account in ("0001", "0002", "0003", "0005")}
    settle()
    statuses = {account: api.get(f"/payouts/{payout_id}").json()["data"]["status"] for account, payout_id in created.items()}
    assert statuses == {"0001": "SUCCESS", "0002": "SUCCESS", "0003": "FAILED", "0005": "ON_HOLD"}
    assert available() == (FULL - 300_000, 100_000)
    assert api.post(f"/payouts/{created['0003']}/reinitiate").status_code == 200
    assert available() == (FULL - 400_000, 200_000)
    settle()
    assert available() == (FULL - 300_000, 100_000)


def test_one_shot_committed_is_given_back_when_the_create_is_refused(api: Api, settle: Callable[[], None]) -> None:
    api.post("/sandbox/rules", {"outcome": "failed", "uses": 1})
    assert api.payout(amount="10000000.01").json()["error"]["code"] == "INSUFFICIENT_BALANCE"
    created = api.payout().json()["data"]["id"]
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "FAILED"
