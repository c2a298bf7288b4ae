"""What becomes of a payment later, by itself: the outcomes that take more than one step, delays and codes of rules."""

import json
from typing import Any

import pytest

from ledger.models import MerchantBalance
from payments.models import Checkout, Dispute, Payment
from payments.tests.conftest import Payer, Shop
from webhooks.models import Event


def _pay(shop: Shop, scenario: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """A card payment under a pinned scenario: its id and what the payer hears."""
    checkout_id = shop.opened({"X-Mock-Scenario": scenario}, paymentMethod="card", **changes)
    heard = Payer().card(checkout_id, "4242424242424242").json()
    return str(Payment.objects.get(checkout=checkout_id).pk), heard


def _seen(shop: Shop, payment_id: str) -> tuple[str, str, str, str | None]:
    """Status and code of the payment, then of its transaction."""
    payment = shop.data(f"/payments/{payment_id}")
    transaction = shop.transaction(payment["checkoutId"])
    return payment["status"], payment["statusCode"], transaction["status"], transaction["statusCode"]


def _events(payment_id: str) -> list[str]:
    checkout_id = Payment.objects.get(pk=payment_id).checkout_id
    return list(Event.objects.filter(subject_id=checkout_id).order_by("pk").values_list("type", flat=True))


def _pending() -> int:
    row = MerchantBalance.objects.get(currency="PKR")
    return row.pending


PROCESSING = ("processing", "PROCESSING", "pending", None)
CAPTURED = ("captured", "SUCCESS", "completed", "SUCCESS")
FAILED = ("failed", "FAILED", "failed", "FAILED")


@pytest.mark.parametrize(
    ("scenario", "end", "told", "pending"),
    [
        ("pending_then_success", CAPTURED, "payment.completed", 100_000),
        ("pending_then_failed", FAILED, "payment.failed", 0),
    ],
)
def test_pending_comes_to_its_end_after_five_seconds(
    shop: Shop, pass_time: Any, scenario: str, end: tuple[str, ...], told: str, pending: int
) -> None:
    payment_id, heard = _pay(shop, scenario)
    assert heard["success"] is False and heard["message"] == "Payment is being processed"
    assert f"/payment/{shop.data(f'/payments/{payment_id}')['checkoutId']}" in heard["returnUrl"]
    assert _seen(shop, payment_id) == PROCESSING
    pass_time(seconds=4.5)
    assert (_seen(shop, payment_id), _pending()) == (PROCESSING, 0)
    pass_time(seconds=1)
    assert (_seen(shop, payment_id), _pending()) == (end, pending)
    assert _events(payment_id) == ["payment.created", "payment.pending", told]


def test_pending_stays_for_ever_and_does_not_expire(shop: Shop, pass_time: Any) -> None:
    payment_id, _ = _pay(shop, "pending")
    pass_time(days=30)
    assert _seen(shop, payment_id) == PROCESSING
    assert _events(payment_id) == ["payment.created", "payment.pending"]


@pytest.mark.parametrize("scenario", ["pending", "pending_then_success"])
def test_pending_takes_no_second_payment_and_no_cancel(shop: Shop, payer: Payer, scenario: str) -> None:
    payment_id, _ = _pay(shop, scenario)
    checkout_id = shop.data(f"/payments/{payment_id}")["checkoutId"]
    assert payer.card(checkout_id, "4242424242424242").json()["message"] == "Payment is being processed"
    payer.client.post(f"/payment/{checkout_id}/cancel")
    assert _seen(shop, payment_id) == PROCESSING and Payment.objects.count() == 1


def test_failed_then_success_is_paid_after_all(shop: Shop, pass_time: Any) -> None:
    payment_id, heard = _pay(shop, "failed_then_success")
    assert (heard["success"], heard["message"]) == (False, "Card payment declined")
    assert (_seen(shop, payment_id), _pending()) == (FAILED, 0)
    assert shop.act(f"/payments/{payment_id}/refunds").json()["error"]["code"] == "INVALID_STATUS"
    pass_time(seconds=6)
    assert (_seen(shop, payment_id), _pending()) == (CAPTURED, 100_000)
    assert _events(payment_id) == ["payment.created", "payment.failed", "payment.completed"]
    assert shop.act(f"/payments/{payment_id}/refunds").status_code == 201


def test_success_then_reversed_is_taken_back(shop: Shop, pass_time: Any) -> None:
    payment_id, heard = _pay(shop, "success_then_reversed")
    assert heard["success"] is True
    assert (_seen(shop, payment_id), _pending()) == (CAPTURED, 100_000)
    pass_time(seconds=6)
    assert (_seen(shop, payment_id), _pending()) == (("reversed", "REVERSED", "failed", "REVERSED"), 0)
    assert _events(payment_id) == ["payment.created", "payment.completed", "payment.reversed"]
    assert shop.data(f"/payments/{payment_id}")["refundableAmount"] == "0.00"
    assert shop.act(f"/payments/{payment_id}/refunds").json()["error"]["code"] == "INVALID_STATUS"


def test_reversal_takes_only_what_a_refund_left(shop: Shop, pass_time: Any) -> None:
    payment_id, _ = _pay(shop, "success_then_reversed")
    shop.act(f"/payments/{payment_id}/refunds", {"amount": 300})
    pass_time(seconds=6)
    assert (_seen(shop, payment_id)[0], _pending()) == ("reversed", 0)


def test_reversal_of_what_was_refunded_whole_takes_nothing(shop: Shop, pass_time: Any) -> None:
    payment_id, _ = _pay(shop, "success_then_reversed")
    shop.act(f"/payments/{payment_id}/refunds")
    pass_time(seconds=6)
    assert (_seen(shop, payment_id)[0], _pending()) == ("reversed", 0)


def test_reversal_after_settlement_is_taken_from_the_balance(shop: Shop, pass_time: Any) -> None:
    rule = {"flow": "payment", "outcome": "success_then_reversed", "delayMs": 14 * 86_400_000}
    shop.post("/api/v1/sandbox/rules", rule)
    payment_id = shop.paid()
    pass_time(days=13)
    available = MerchantBalance.objects.get(currency="PKR").available
    assert _pending() == 0 and available == 1_000_097_100
    pass_time(days=2)
    assert _seen(shop, payment_id)[0] == "reversed"
    assert MerchantBalance.objects.get(currency="PKR").available == available - 100_000


def test_success_then_disputed_opens_a_dispute(shop: Shop, pass_time: Any) -> None:
    payment_id, _ = _pay(shop, "success_then_disputed")
    pass_time(seconds=4)
    assert Dispute.objects.count() == 0
    pass_time(seconds=2)
    dispute = shop.data("/disputes")["disputes"][0]
    assert (dispute["paymentId"], dispute["amount"], dispute["status"], dispute["reason"]) == (
        payment_id, "1000.00", "needs_response", "fraudulent",
    )  # fmt: skip
    assert (_seen(shop, payment_id), _pending()) == (CAPTURED, 0)
    assert Event.objects.latest("pk").type == "dispute.opened"


def test_success_then_disputed_is_over_what_a_refund_left(shop: Shop, pass_time: Any) -> None:
    partly, _ = _pay(shop, "success_then_disputed")
    wholly, _ = _pay(shop, "success_then_disputed")
    shop.act(f"/payments/{partly}/refunds", {"amount": 300})
    shop.act(f"/payments/{wholly}/refunds")
    pass_time(seconds=6)
    assert [(row["paymentId"], row["amount"]) for row in shop.data("/disputes")["disputes"]] == [(partly, "700.00")]
    assert Payment.objects.get(pk=wholly).due_at is None


def test_the_magic_card_is_disputed_later(shop: Shop, payer: Payer, pass_time: Any) -> None:
    assert payer.card(shop.opened(paymentMethod="card"), "4000 0000 0000 0259").json()["success"] is True
    pass_time(seconds=6)
    assert Dispute.objects.get().amount == 100_000


@pytest.mark.parametrize("scenario", ["success_then_reversed", "success_then_disputed"])
def test_later_step_waits_for_the_capture(shop: Shop, pass_time: Any, scenario: str) -> None:
    payment_id = shop.authorized({"X-Mock-Scenario": scenario})
    pass_time(days=1)
    assert _seen(shop, payment_id) == ("authorized", "AUTHORIZED", "authorized", "AUTHORIZED")
    shop.act(f"/payments/{payment_id}/capture", {"amount": 400})
    pass_time(seconds=6)
    if scenario == "success_then_disputed":
        assert shop.data("/disputes")["disputes"][0]["amount"] == "400.00"
    else:
        assert (_seen(shop, payment_id)[0], _pending()) == ("reversed", 0)


@pytest.mark.parametrize("scenario", ["pending_then_success", "failed_then_success"])
def test_manual_capture_is_authorized_in_the_end(shop: Shop, pass_time: Any, scenario: str) -> None:
    payment_id, _ = _pay(shop, scenario, captureMode="manual")
    pass_time(seconds=6)
    assert _seen(shop, payment_id) == ("authorized", "AUTHORIZED", "authorized", "AUTHORIZED")
    assert shop.act(f"/payments/{payment_id}/capture").status_code == 200
    pass_time(days=8)
    assert _seen(shop, payment_id) == CAPTURED


def _rule(shop: Shop, **members: Any) -> None:
    response = shop.post("/api/v1/sandbox/rules", {"flow": "payment", **members})
    assert response.status_code == 201, response.content


@pytest.mark.parametrize("outcome", ["pending_then_success", "success_then_disputed", "success_then_reversed", "failed_then_success"])
def test_delay_of_a_rule_moves_the_later_step(shop: Shop, pass_time: Any, outcome: str) -> None:
    _rule(shop, outcome=outcome, delayMs=3_600_000)
    payment_id = shop.paid()
    first = _seen(shop, payment_id)
    pass_time(minutes=59)
    assert (_seen(shop, payment_id), Dispute.objects.count()) == (first, 0)
    pass_time(minutes=2)
    assert Dispute.objects.exists() if outcome == "success_then_disputed" else _seen(shop, payment_id) != first


@pytest.mark.parametrize(("outcome", "end"), [("success", CAPTURED), ("timeout", ("failed", "TIMEOUT", "failed", "TIMEOUT"))])
def test_delay_of_an_outcome_of_one_step_is_a_wait_before_it(shop: Shop, pass_time: Any, outcome: str, end: tuple[str, ...]) -> None:
    _rule(shop, outcome=outcome, delayMs=60_000)
    payment_id = shop.paid()
    assert _seen(shop, payment_id) == PROCESSING
    pass_time(seconds=61)
    assert _seen(shop, payment_id) == end


def test_delay_of_zero_is_no_wait(shop: Shop) -> None:
    _rule(shop, outcome="success", delayMs=0)
    assert _seen(shop, shop.paid()) == CAPTURED


def test_code_and_reason_of_a_rule_are_told_everywhere(shop: Shop, payer: Payer) -> None:
    _rule(shop, outcome="failed", code="LIMIT_EXCEEDED", reason="Daily limit reached")
    checkout_id = shop.opened()
    assert payer.wallet(checkout_id, "03030000000").json()["message"] == "Daily limit reached"
    payment_id = str(Payment.objects.get().pk)
    assert _seen(shop, payment_id) == ("failed", "LIMIT_EXCEEDED", "failed", "LIMIT_EXCEEDED")
    told = json.loads(Event.objects.get(type="payment.failed").data)
    assert (told["statusCode"], told["reason"]) == ("LIMIT_EXCEEDED", "Daily limit reached")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("timeout", {"payment.failed"}),
        ("pending_then_failed", {"payment.failed"}),
        ("failed_then_success", {"payment.failed"}),
        ("pending_then_success", {"payment.completed"}),
        ("success_then_reversed", {"payment.reversed"}),
        ("success_then_disputed", {"payment.completed"}),
    ],
)
def test_reason_of_a_rule_is_told_with_the_step_it_is_about(shop: Shop, pass_time: Any, outcome: str, told: set[str]) -> None:
    _rule(shop, outcome=outcome, reason="Because")
    shop.paid()
    pass_time(seconds=6)
    assert {event.type for event in Event.objects.filter(type__startswith="payment") if json.loads(event.data)["reason"]} == told


def test_code_of_a_rule_is_the_failures_and_not_the_later_success(shop: Shop, pass_time: Any) -> None:
    _rule(shop, outcome="failed_then_success", code="LATE")
    payment_id = shop.paid()
    assert _seen(shop, payment_id) == ("failed", "LATE", "failed", "LATE")
    pass_time(seconds=6)
    assert _seen(shop, payment_id) == CAPTURED


@pytest.mark.parametrize(
    ("member", "value"), [("code", "lower"), ("code", "A-B"), ("code", "X" * 25), ("code", 5), ("challenge", "captcha"), ("challenge", 1)]
)
def test_rule_with_a_bad_code_or_challenge_is_refused_by_name(shop: Shop, member: str, value: Any) -> None:
    response = shop.post("/api/v1/sandbox/rules", {"flow": "payment", "outcome": "failed", member: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, member)


@pytest.mark.parametrize("flow", ["payout", "refund", "dispute"])
def test_rule_of_another_flow_has_no_code_nor_challenge(shop: Shop, flow: str) -> None:
    outcome = "lost" if flow == "dispute" else "failed"
    for member, value in (("code", "LIMIT"), ("challenge", "otp")):
        response = shop.post("/api/v1/sandbox/rules", {"flow": flow, "outcome": outcome, member: value})
        assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, member)


@pytest.mark.parametrize("is_ended", [True, False])
def test_later_step_done_twice_does_it_once(shop: Shop, pass_time: Any, is_ended: bool) -> None:
    from payments.services.process import process_payment

    payment_id, _ = _pay(shop, "pending_then_success")
    if is_ended:
        pass_time(seconds=6)
    before = Payment.objects.values().get(), Checkout.objects.values().get(), _pending()
    process_payment(payment_id, None)
    assert (Payment.objects.values().get(), Checkout.objects.values().get(), _pending()) == before
