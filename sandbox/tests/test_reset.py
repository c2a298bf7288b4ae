"""`POST /api/v1/sandbox/reset`: as new, with the same keys."""

from collections.abc import Callable

import pytest

from audit.models import AuditEntry
from conftest import Api, payout_body
from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit import scheduling
from sandbox.belongings import owned, state
from sandbox.models import Snapshot
from sandbox.services import clock as clock_service
from sandbox.tests.world import live_a_little


def _reset(api: Api) -> int:
    response = api.post("/sandbox/reset")
    assert response.status_code == 200, response.content
    removed: int = response.json()["data"]["removed"]
    return removed


def _left(merchant: Merchant) -> dict[str, int]:
    """How many rows of each model the merchant has."""
    counts = {known.label: known.rows(merchant.pk).count() for known in owned()}
    return {label: count for label, count in counts.items() if count}


def test_belongings_cover_every_room_and_know_state_from_identity() -> None:
    labels, kept = [known.label for known in owned()], [known.label for known in owned() if not known.is_state]
    assert {"payouts.payout", "webhooks.event", "ledger.transfer", "payments.payment", "kit.idempotencyrecord"} <= set(labels)
    assert {"merchants.member", "merchants.apikey", "sandbox.snapshot", "sandbox.child"} <= set(kept)
    assert not {"audit.auditentry", "merchants.merchant", "merchants.user"} & set(labels)
    assert labels.index("ledger.merchantbalance") < labels.index("ledger.transfer")
    assert labels.index("payments.checkout") < labels.index("payments.payment")
    assert {known.label: known.path for known in owned()}["ledger.transfer"] == "balance__merchant"


def test_no_state_stamps_its_own_time() -> None:
    # A restored row keeps its times: what stamps itself on writing could not be brought back.
    for known in state():
        stamped = [
            field.name for field in known.model._meta.fields if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        ]
        assert stamped == [], known.label


def test_reset_removes_all_activity_and_brings_back_the_opening_balance(api: Api, merchant: Merchant, settle: Callable[[], None]) -> None:
    live_a_little(api, merchant, settle)
    top_up(merchant=merchant, currency="PKR", amount=77_700)
    api.post("/sandbox/clock/advance", {"seconds": 86_400})
    audited = AuditEntry.objects.count()
    assert _reset(api) > 20
    assert _left(merchant) == {"merchants.member": 1, "merchants.apikey": 1, "ledger.merchantbalance": 1, "ledger.transfer": 1}
    row = MerchantBalance.objects.get(merchant=merchant)
    assert (row.available, row.reserved, row.pending, row.version) == (1_000_000_000, 0, 0, 1)
    assert Transfer.objects.get().description == "Opening balance"
    fresh = Merchant.objects.get(pk=merchant.pk)
    assert (fresh.clock_offset_ms, fresh.clock_frozen_ms, fresh.has_scenarios, fresh.has_faults) == (0, None, False, False)
    assert AuditEntry.objects.count() == audited + 2
    assert list(findings()) == []


def test_reset_frees_references_and_idempotency_keys(api: Api, settle: Callable[[], None]) -> None:
    key, body = "5f0c2a54-0f6e-4a57-8f0c-6a1df4b8b0a1", payout_body(merchantReference="ONE")
    first = api.post("/payouts", body, key=key).json()["data"]["id"]
    _reset(api)
    again = api.post("/payouts", body, key=key)
    assert again.status_code == 201 and again.json()["data"]["id"] != first
    settle()
    assert api.get("/payouts").json()["data"]["pagination"]["total"] == 1


def test_reset_twice_and_of_nothing_is_harmless(api: Api, merchant: Merchant) -> None:
    _reset(api)
    before = _left(merchant)
    _reset(api)
    assert _left(merchant) == before


def test_reset_keeps_each_currencys_balance(api: Api, merchant: Merchant) -> None:
    top_up(merchant=merchant, currency="USDT", amount=5_000_000)
    MerchantBalance.objects.create(merchant=merchant, currency="KES")
    top_up(merchant=merchant, currency="USDT", amount=1)
    _reset(api)
    rows = {row.currency: row.available for row in MerchantBalance.objects.filter(merchant=merchant)}
    assert rows == {"PKR": 1_000_000_000, "USDT": 5_000_000, "KES": 0}


def test_reset_touches_no_other_merchant(
    api: Api, merchant: Merchant, stranger: Merchant, api_of: Callable[[Merchant], Api], settle: Callable[[], None]
) -> None:
    other = api_of(stranger)
    live_a_little(other, stranger, settle)
    before, said = _left(stranger), other.get("/payouts").content
    _reset(api)
    assert _left(stranger) == before and other.get("/payouts").content == said


def test_reset_keeps_snapshots_and_children(api: Api, merchant: Merchant) -> None:
    assert api.post("/sandbox/snapshots").status_code == 201
    child = api.post("/sandbox/children").json()["data"]["id"]
    _reset(api)
    assert Snapshot.objects.count() == 1
    assert [row["id"] for row in api.get("/sandbox/children").json()["data"]["children"]] == [child]


def test_reset_during_an_advance_is_refused(api: Api, merchant: Merchant) -> None:
    api.payout()
    clock_service._begin(merchant, clock_service.MAX_ADVANCE)
    response = api.post("/sandbox/reset")
    assert (response.status_code, response.json()["error"]["code"], response["Retry-After"]) == (409, "CLOCK_BUSY", "1")
    assert api.get("/payouts").json()["data"]["pagination"]["total"] == 1


def test_reset_of_a_live_merchant_is_refused(api: Api, merchant: Merchant) -> None:
    api.payout()
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert api.post("/sandbox/reset").json()["error"]["code"] == "SANDBOX_ONLY"
    assert api.get("/payouts").json()["data"]["pagination"]["total"] == 1


def test_reset_takes_no_members(api: Api) -> None:
    response = api.post("/sandbox/reset", {"everything": True})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "everything")


@pytest.mark.django_db(transaction=True)
def test_reset_committed_leaves_nothing_due(api: Api, merchant: Merchant, settle: Callable[[], None]) -> None:
    live_a_little(api, merchant, settle)
    _reset(api)
    assert scheduling.sweep() == 0 and list(findings()) == []
