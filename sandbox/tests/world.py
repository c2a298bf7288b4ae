"""A merchant that has done a bit of everything, and all its API says of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from conftest import Api
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.ids import uuid7
from payments.models import Checkout, Payment
from payments.services import items
from payments.states import ItemKind

_LISTS = (
    "/payouts?limit=100", "/payouts?status=FAILED", "/payouts?cursor=&limit=2", "/balance", "/balance/history?limit=100",
    "/sandbox/rules", "/sandbox/faults",
)  # fmt: skip


def live_a_little(api: Api, merchant: Merchant, settle: Callable[[], None]) -> list[str]:
    """Payouts of every outcome, a collection, rules, faults; returns the payouts' ids."""
    ids = [api.payout(f"1234567000{ending}", metadata={"n": 1.5, "z": [1, None], "a": "ä"}).json()["data"]["id"] for ending in (1, 3, 4, 5)]
    settle()
    api.post("/sandbox/rules", {"outcome": "retry", "delayMs": 60_000, "match": {"minAmount": 5000}})
    api.post("/sandbox/rules", {"outcome": "failed", "uses": 1})
    api.post("/sandbox/faults", {"kind": "error_before", "match": {"path": "/nowhere"}, "probability": 0.5, "seed": "s"})
    collect(merchant)
    ids.append(api.payout(amount="6000").json()["data"]["id"])
    ids.append(api.payout(amount="10").json()["data"]["id"])
    return ids


def collect(merchant: Merchant) -> UUID:
    """A checkout that was paid: rows of the payments room, money in the pending bucket."""
    at = clock.now(Merchant.objects.get(pk=merchant.pk))
    common: dict[str, Any] = {"merchant": merchant, "amount": 5000, "currency": "PKR", "created_at": at, "updated_at": at}
    checkout = Checkout.objects.create(
        id=uuid7(),
        reference=f"C-{uuid7()}",
        status="completed",
        expires_at=at + timedelta(minutes=15),
        user_data={"b": 1, "a": 2},
        **common,
    )
    payment = Payment(id=uuid7(), checkout=checkout, method="card", payer="4242", status="captured", captured=5000, **common)
    payment.save(force_insert=True)
    sql.transact(items.brought(payment=payment, kind=ItemKind.PAYMENT, subject_id=payment.pk, amount=5000, at=at))
    return checkout.pk


def answers(api: Api, ids: list[str], **replays: Any) -> dict[str, bytes]:
    """Every answer of the merchant's API, to the byte."""
    paths = [*_LISTS, *(f"/payouts/{payout_id}" for payout_id in ids)]
    said = {path: api.get(path).content for path in paths}
    for key, body in replays.items():
        said[key] = api.post("/payouts", body, key=key.replace("_", "-")).content
    return said
