"""A merchant that has done a bit of everything, and all its API says of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from conftest import Api
from merchants.models import Merchant
from mypay.kit import clock
from payments.models import Checkout, Dispute, Payment, Refund, Settlement
from payments.services.dispute import accept_dispute, submit_evidence
from payments.services.open_dispute import open_dispute
from payments.services.plant_breaks import plant_breaks
from payments.services.settle_now import settle_now
from payments.states import DisputeReason
from payments.tests.acts import capture, claim, paid, refund, void
from payments.tests.conftest import Shop

_LISTS = (
    "/payouts?limit=100", "/payouts?status=FAILED", "/payouts?cursor=&limit=2", "/balance", "/balance/history?limit=100",
    "/sandbox/rules", "/sandbox/faults",
)  # fmt: skip
_PAYMENT_LISTS = (
    "/transactions?limit=100", "/transactions?status=completed", "/transactions?cursor=&limit=2", "/payments?limit=100",
    "/payments?status=captured", "/refunds?limit=100", "/refunds?cursor=&limit=1", "/disputes?limit=100", "/settlements?limit=100",
    "/settlements/upcoming", "/settlement-plans",
)  # fmt: skip
EVIDENCE = {"evidence": {"text": "It arrived", "tracking": 17}}


def live_a_little(api: Api, merchant: Merchant, settle: Callable[[], None]) -> list[str]:
    """Payouts of every outcome, payments that went every way, rules, faults; returns the payouts' ids."""
    ids = [api.payout(f"1234567000{ending}", metadata={"n": 1.5, "z": [1, None], "a": "ä"}).json()["data"]["id"] for ending in (1, 3, 4, 5)]
    settle()
    trade(Merchant.objects.get(pk=merchant.pk))
    api.post("/sandbox/rules", {"outcome": "retry", "delayMs": 60_000, "match": {"minAmount": 5000}})
    api.post("/sandbox/rules", {"outcome": "failed", "uses": 1})
    api.post("/sandbox/faults", {"kind": "error_before", "match": {"path": "/nowhere"}, "probability": 0.5, "seed": "s"})
    ids.append(api.payout(amount="6000").json()["data"]["id"])
    ids.append(api.payout(amount="10").json()["data"]["id"])
    return ids


def trade(merchant: Merchant) -> None:
    """Payments settled and not, authorised, voided, failed, waiting and about to move; refunds and disputes of every kind."""
    for amount in (100_000, 70_003):
        refund(paid(merchant, amount), 20_001)
    settled = _withheld(merchant, 50_000)
    accept_dispute(merchant=merchant, dispute_id=str(settled.pk), claim=claim(merchant))
    batches = settle_now(merchant=merchant, currency="PKR", everything=True)
    plant_breaks(merchant=merchant, settlement_id=str(batches[0].pk), seed="world")
    paid(merchant, 30_000)
    refund(paid(merchant, 60_000), 10_000, scenario="pending_then_failed")
    refund(paid(merchant, 60_000), 10_000, scenario="pending")
    answered = _withheld(merchant, 40_000)
    submit_evidence(merchant=merchant, dispute_id=str(answered.pk), body=EVIDENCE, claim=claim(merchant, body=EVIDENCE))
    _withheld(merchant, 9_000)
    capture(paid(merchant, 80_000, mode="manual"), 55_555)
    void(paid(merchant, 80_000, mode="manual"))
    paid(merchant, 80_000, mode="manual")
    for scenario in ("failed", "pending", "pending_then_success", "failed_then_success", "success_then_reversed", "success;challenge=otp"):
        paid(merchant, 12_345, scenario=scenario)


def _withheld(merchant: Merchant, amount: int) -> Dispute:
    """A new payment's dispute over a part of it."""
    return open_dispute(payment=paid(merchant, amount), amount=amount - 999, reason=DisputeReason.GENERAL, at=clock.now(merchant))


def answers(api: Api, ids: list[str], shop: Shop | None = None, **replays: Any) -> dict[str, bytes]:
    """Every answer of the merchant's APIs, to the byte; of the payment API with a shop."""
    paths = [*_LISTS, *(f"/payouts/{payout_id}" for payout_id in ids)]
    said = {path: api.get(path).content for path in paths}
    for key, body in replays.items():
        said[key] = api.post("/payouts", body, key=key.replace("_", "-")).content
    return said | (payment_answers(shop) if shop else {})


def payment_answers(shop: Shop) -> dict[str, bytes]:
    """Every answer of the payment API: the lists, each object they hold, each statement with its file."""
    owner = shop.merchant.pk
    paths = list(_PAYMENT_LISTS)
    for pk, reference in Checkout.objects.filter(merchant=owner).values_list("pk", "reference"):
        paths += [f"/checkouts/{pk}", f"/transactions/{reference}"]
    for pk in Payment.objects.filter(merchant=owner).values_list("pk", flat=True):
        paths += [f"/payments/{pk}", f"/payments/{pk}/refunds"]
    paths += [f"/refunds/{pk}" for pk in Refund.objects.filter(merchant=owner).values_list("pk", flat=True)]
    paths += [f"/disputes/{pk}" for pk in Dispute.objects.filter(merchant=owner).values_list("pk", flat=True)]
    for pk in Settlement.objects.filter(merchant=owner).values_list("pk", flat=True):
        paths += [f"/settlements/{pk}", f"/settlements/{pk}/lines?limit=100", f"/settlements/{pk}/statement.csv"]
        paths.append(f"/sandbox/settlements/{pk}/breaks")
    return {path: _content(shop, path) for path in paths}


def _content(shop: Shop, path: str) -> bytes:
    response = shop.get(f"/api/v1{path}")
    assert response.status_code == 200, (path, response.content)
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def days(count: int) -> dict[str, float]:
    """The body of an advance."""
    return {"seconds": timedelta(days=count).total_seconds()}
