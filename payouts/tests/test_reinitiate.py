"""POST /payouts/:id/reinitiate: contract sections 1 and 2."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from ledger.models import Transfer
from merchants.models import Merchant
from payouts.models import Payout
from webhooks.models import Event

Read = Callable[[], tuple[int, int]]
FULL = 1_000_000_000


@pytest.fixture
def failed(api: Api, settle: Callable[[], None]) -> dict[str, Any]:
    """A payout of PKR 1,000.00 that has failed."""
    created = api.payout("12345670003", merchantReference="INV-7").json()["data"]
    settle()
    data: dict[str, Any] = api.get(f"/payouts/{created['id']}").json()["data"]
    assert data["status"] == "FAILED" and "processedAt" in data and "failureReason" in data
    return data


def test_reinitiate_failed_goes_back_to_pending_and_reserves_again(api: Api, failed: dict[str, Any], available: Read) -> None:
    assert available() == (FULL, 0)
    response = api.post(f"/payouts/{failed['id']}/reinitiate")
    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["success", "message", "data"] and body["message"] == "Payout reinitiated successfully"
    assert body["data"]["status"] == "PENDING"
    assert not {"failureReason", "processedAt", "pspReference"} & set(body["data"])
    assert api.get(f"/payouts/{failed['id']}").json()["data"] == body["data"]
    assert available() == (FULL - 100_000, 100_000)
    lines = Transfer.objects.filter(subject_id=failed["id"]).order_by("sequence").values_list("entry_type", "description")
    assert list(lines) == [
        ("DEBIT", "Payout created: INV-7"), ("CREDIT", "Payout reversed: INV-7"), ("DEBIT", "Payout reinitiated: INV-7"),
    ]  # fmt: skip
    assert Event.objects.filter(subject_id=failed["id"]).order_by("-id")[0].type == "payout.reinitiated"
    assert AuditEntry.objects.filter(action="payout.reinitiated", resource_id=failed["id"]).count() == 1


def test_reinitiate_same_account_fails_again_and_may_be_tried_again(
    api: Api, failed: dict[str, Any], settle: Callable[[], None], available: Read
) -> None:
    for _ in range(3):
        assert api.post(f"/payouts/{failed['id']}/reinitiate").status_code == 200
        settle()
        data = api.get(f"/payouts/{failed['id']}").json()["data"]
        assert (data["status"], data["failureReason"]) == ("FAILED", "Account validation failed")
        assert available() == (FULL, 0)


def test_reinitiate_decides_anew_once_the_rule_is_gone(
    api: Api, settle: Callable[[], None], available: Read, failed: dict[str, Any]
) -> None:
    Payout.objects.filter(pk=failed["id"]).update(account_number="12345670001")
    api.post(f"/payouts/{failed['id']}/reinitiate")
    settle()
    assert api.get(f"/payouts/{failed['id']}").json()["data"]["status"] == "SUCCESS"
    assert available() == (FULL - 100_000, 0)


@pytest.mark.parametrize("account", ["12345670001", "12345670004", "12345670005"])
@pytest.mark.parametrize("settled", [True, False])
def test_reinitiate_not_failed_is_invalid_status(
    api: Api, settle: Callable[[], None], available: Read, account: str, settled: bool
) -> None:
    created = api.payout(account).json()["data"]
    if settled:
        settle()
    before = available()
    response = api.post(f"/payouts/{created['id']}/reinitiate")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert available() == before


def test_reinitiate_without_the_money_is_refused_and_changes_nothing(api: Api, failed: dict[str, Any], available: Read) -> None:
    assert api.payout("12345670004", amount="9999999.99").status_code == 201
    before = available()
    key = str(uuid.uuid4())
    response = api.post(f"/payouts/{failed['id']}/reinitiate", key=key)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INSUFFICIENT_BALANCE")
    assert available() == before
    assert api.get(f"/payouts/{failed['id']}").json()["data"] == failed
    assert api.post(f"/payouts/{failed['id']}/reinitiate", key=key).content == response.content


def test_reinitiate_same_key_replays_even_after_it_failed_again(api: Api, failed: dict[str, Any], settle: Callable[[], None]) -> None:
    key = str(uuid.uuid4())
    first = api.post(f"/payouts/{failed['id']}/reinitiate", key=key)
    settle()
    again = api.post(f"/payouts/{failed['id']}/reinitiate", key=key)
    assert (again.status_code, again.content, again["X-Idempotent-Replay"]) == (200, first.content, "true")
    assert Transfer.objects.filter(subject_id=failed["id"], description__startswith="Payout reinitiated").count() == 1


def test_reinitiate_same_key_on_two_payouts_conflicts(api: Api, failed: dict[str, Any], settle: Callable[[], None]) -> None:
    other = api.payout("12345670003").json()["data"]
    settle()
    key = str(uuid.uuid4())
    assert api.post(f"/payouts/{failed['id']}/reinitiate", key=key).status_code == 200
    clash = api.post(f"/payouts/{other['id']}/reinitiate", key=key)
    assert (clash.status_code, clash.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_CONFLICT")
    assert Payout.objects.get(pk=other["id"]).status == "FAILED"


def test_reinitiate_key_is_required_and_must_be_a_uuid(api: Api, failed: dict[str, Any]) -> None:
    path = f"/api/v1/payouts/{failed['id']}/reinitiate"
    missing = api.client.generic("POST", path, headers={"X-API-KEY": api.key})
    assert (missing.status_code, missing.json()["error"]["code"]) == (400, "MISSING_IDEMPOTENCY_KEY")
    bad = api.post(f"/payouts/{failed['id']}/reinitiate", key="7")
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "INVALID_IDEMPOTENCY_KEY")


def test_reinitiate_without_body_and_content_type_works(api: Api, failed: dict[str, Any]) -> None:
    headers = {"X-API-KEY": api.key, "X-Idempotency-Key": str(uuid.uuid4())}
    assert api.client.generic("POST", f"/api/v1/payouts/{failed['id']}/reinitiate", headers=headers).status_code == 200


def test_reinitiate_unknown_foreign_and_malformed_ids_answer_the_same(
    failed: dict[str, Any], stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    other = api_of(stranger)
    for payout_id in (failed["id"], str(uuid.uuid4()), "nonsense"):
        response = other.post(f"/payouts/{payout_id}/reinitiate")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert Payout.objects.get(pk=failed["id"]).status == "FAILED"
