"""A reply is lost on the way: the client's second try gives one effect, and the true answer where there is a key."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Api, payout_body
from ledger.models import MerchantBalance, Transfer
from mypay.kit.models import IdempotencyRecord
from payments.models import Checkout, Dispute, Payment, Refund, SettlementItem
from payments.tests.conftest import Shop, checkout_body
from payouts.models import Payout
from webhooks.models import Event

LOST = {"X-Mock-Fault": "error_after"}
NEVER_CAME = {"X-Mock-Fault": "error_before"}
_COUNTED = (Checkout, Payment, Refund, Dispute, SettlementItem, Payout, Transfer, Event, IdempotencyRecord)
_STATUSES = (Checkout, Payment, Refund, Dispute, Payout)


def _all_there_is() -> Any:
    """How many rows of each kind, every status and every balance."""
    counts = {model.__name__: model.objects.count() for model in _COUNTED}
    statuses = {model.__name__: sorted(model.objects.values_list("pk", "status")) for model in _STATUSES}
    return counts, statuses, list(MerchantBalance.objects.values())


def _dispute(shop: Shop) -> str:
    made = shop.post("/api/v1/sandbox/disputes", {"paymentId": shop.paid(), "amount": "400"})
    assert made.status_code == 201, made.content
    return str(made.json()["data"]["id"])


_ACTS: dict[str, Callable[[Shop], tuple[str, Any]]] = {
    "refund": lambda shop: (f"/payments/{shop.paid()}/refunds", {"amount": "400"}),
    "refund of all": lambda shop: (f"/payments/{shop.paid()}/refunds", {}),
    "capture": lambda shop: (f"/payments/{shop.authorized()}/capture", {}),
    "capture of a part": lambda shop: (f"/payments/{shop.authorized()}/capture", {"amount": "999.99"}),
    "void": lambda shop: (f"/payments/{shop.authorized()}/void", {}),
    "evidence": lambda shop: (f"/disputes/{_dispute(shop)}/evidence", {"evidence": {"text": "It arrived"}}),
    "acceptance": lambda shop: (f"/disputes/{_dispute(shop)}/accept", {}),
}


@pytest.mark.parametrize("act", _ACTS)
def test_act_whose_reply_is_lost_and_its_retry_have_one_effect(shop: Shop, act: str) -> None:
    path, body = _ACTS[act](shop)
    key, before = str(uuid.uuid4()), _all_there_is()
    assert shop.act(path, body, key=key, **LOST).status_code == 500
    done = _all_there_is()
    again = shop.act(path, body, key=key)
    assert again.status_code in (200, 201) and again["X-Idempotent-Replay"] == "true"
    assert shop.act(path, body, key=key).content == again.content
    assert before != done == _all_there_is()


@pytest.mark.parametrize("act", _ACTS)
def test_act_that_never_came_has_no_effect_until_its_retry(shop: Shop, act: str) -> None:
    path, body = _ACTS[act](shop)
    key, before = str(uuid.uuid4()), _all_there_is()
    assert shop.act(path, body, key=key, **NEVER_CAME).status_code == 500
    assert _all_there_is() == before
    again = shop.act(path, body, key=key)
    assert again.status_code in (200, 201) and "X-Idempotent-Replay" not in again
    assert _all_there_is() != before


def test_refund_whose_refusal_is_lost_is_refused_again_though_it_would_fit_by_then(shop: Shop) -> None:
    payment_id = shop.paid()
    made = shop.act(f"/payments/{payment_id}/refunds", {"amount": "900"}, **{"X-Mock-Scenario": "pending"}).json()["data"]["id"]
    key, path = str(uuid.uuid4()), f"/payments/{payment_id}/refunds"
    assert shop.act(path, {"amount": "200"}, key=key, **LOST).status_code == 500
    assert shop.post(f"/api/v1/sandbox/refunds/{made}/decide", {"outcome": "failed"}).status_code == 200
    again = shop.act(path, {"amount": "200"}, key=key)
    assert (again.status_code, again.json()["error"]["code"]) == (400, "REFUND_EXCEEDS_PAYMENT")
    assert Refund.objects.count() == 1


def test_payout_whose_reply_is_lost_and_its_retry_have_one_effect(api: Api, available: Callable[[], tuple[int, int]]) -> None:
    key, body, (before, _) = str(uuid.uuid4()), payout_body(amount="1000.00"), available()
    assert api.post("/payouts", body, key=key, **LOST).status_code == 500
    done = _all_there_is()
    again = api.post("/payouts", body, key=key)
    assert (again.status_code, again["X-Idempotent-Replay"]) == (201, "true")
    assert (Payout.objects.count(), available()) == (1, (before - 100_000, 100_000))
    assert done == _all_there_is()


@pytest.mark.parametrize("path", ["/checkouts", "/api/v1/checkouts", "/api/checkout/create"])
def test_checkout_whose_reply_is_lost_is_found_by_its_reference_and_made_once(shop: Shop, path: str) -> None:
    body = checkout_body(reference="LOST-1")
    assert shop.post(path, body, **LOST).status_code == 500
    done = _all_there_is()
    again = shop.post(path, body)
    assert (again.status_code, again["X-MyPay-Error-Field"]) == (400, "reference")
    assert shop.get("/transactions/LOST-1").json()["transaction"]["checkoutId"] == str(Checkout.objects.get().pk)
    assert done == _all_there_is() and Event.objects.count() == 1
