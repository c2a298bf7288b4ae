"""A checkout's terms: open to another try, paid in parts, its own time to capture, its own end."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.errors import ValidationError
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.services.cancel import cancel_payment
from payments.services.complete import Answer, complete_payment
from payments.services.create import Terms, create_checkout
from payments.tests.acts import CARD, capture, void
from payments.tests.conftest import checkout_body
from sandbox.services.rules import add_rule
from sandbox.states import Flow, Outcome
from webhooks.models import Event

pytestmark = pytest.mark.django_db
REUSABLE = Terms(is_reusable=True)
PARTS = Terms(is_reusable=True, part_minimum=20_000)


def _opened(merchant: Merchant, terms: Terms, **changes: Any) -> Checkout:
    """A checkout of 1000.00 by card."""
    body = checkout_body(**{"paymentMethod": "card", **changes})
    return create_checkout(merchant=merchant, body=body, lenient=False, terms=terms)


def _open_to_any(merchant: Merchant, terms: Terms) -> Checkout:
    body = {"reference": "ANY", "amount": 1000}
    return create_checkout(merchant=merchant, body=body, lenient=True, terms=terms)


def _pay(checkout: Checkout, amount: int | None = None, *, number: str = "4242424242424242") -> Answer:
    body: dict[str, Any] = {**CARD, "cardNumber": number}
    if amount is not None:
        body["amount"] = to_text(amount, checkout.currency)
    return complete_payment(checkout_id=str(checkout.pk), body=body)


def _payments(checkout: Checkout) -> list[tuple[str, int]]:
    return list(Payment.objects.filter(checkout=checkout).order_by("pk").values_list("status", "captured"))


def _last(checkout: Checkout) -> Payment:
    return Payment.objects.select_related("merchant", "checkout__merchant").filter(checkout=checkout).latest("pk")


def test_failed_attempt_leaves_a_reusable_checkout_open(merchant: Merchant) -> None:
    checkout = _opened(merchant, REUSABLE)
    assert _pay(checkout, number="4000000000000002").success is False
    checkout.refresh_from_db()
    assert (checkout.status, checkout.status_code, checkout.attempt_id, checkout.due_at) == ("pending", "", None, checkout.expires_at)
    told = json.loads(Event.objects.latest("pk").data)
    assert (Event.objects.latest("pk").type, told["status"], told["statusCode"]) == ("payment.failed", "failed", "FAILED")
    assert _pay(checkout).success is True
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid) == ("completed", 100_000)
    assert _payments(checkout) == [("failed", 0), ("captured", 100_000)]
    assert _pay(checkout).message == "Payment already processed"


def test_failed_attempt_ends_a_checkout_that_is_not_reusable(merchant: Merchant) -> None:
    checkout = _opened(merchant, Terms())
    _pay(checkout, number="4000000000000002")
    checkout.refresh_from_db()
    assert (checkout.status, checkout.status_code, checkout.due_at) == ("failed", "FAILED", None)


def test_second_attempt_is_decided_anew_and_may_be_of_another_method(merchant: Merchant) -> None:
    add_rule(merchant=merchant, flow=Flow.PAYMENT, outcome=Outcome.TIMEOUT, match={}, uses=1)
    merchant.refresh_from_db()
    checkout = _open_to_any(merchant, REUSABLE)
    _pay(checkout)
    assert _last(checkout).status_code == "TIMEOUT" and _last(checkout).method == "card"
    paid = complete_payment(checkout_id=str(checkout.pk), body={"mobileNumber": "03030000000", "pin": "1234", "paymentMethod": "jazzcash"})
    checkout.refresh_from_db()
    assert paid.success is True and (checkout.method, checkout.status) == ("jazzcash", "completed")


def test_voided_authorisation_leaves_a_reusable_checkout_open(merchant: Merchant) -> None:
    checkout = _opened(merchant, Terms(is_reusable=True, expires_at=clock.now(merchant) + timedelta(days=90)), captureMode="manual")
    _pay(checkout)
    assert void(_last(checkout)).status == 200
    checkout.refresh_from_db()
    assert (checkout.status, checkout.attempt_id) == ("pending", None)
    _pay(checkout)
    assert capture(_last(checkout)).status == 200
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid) == ("completed", 100_000)


def test_authorisation_ends_after_the_days_of_its_terms(merchant: Merchant, pass_time: Any) -> None:
    own = _opened(merchant, Terms(authorization_days=3), captureMode="manual")
    usual = _opened(merchant, Terms(), captureMode="manual")
    _pay(own)
    _pay(usual)
    pass_time(days=3, minutes=1)
    assert (_last(own).status, _last(usual).status) == ("voided", "authorized")
    pass_time(days=4)
    assert _last(usual).status_code == "AUTHORIZATION_EXPIRED"


def test_reusable_checkout_expires_and_its_last_failure_ends_it_then(merchant: Merchant, pass_time: Any) -> None:
    checkout = _opened(merchant, Terms(is_reusable=True, expires_at=clock.now(merchant) + timedelta(hours=1)))
    _pay(checkout, number="4000000000000002")
    pass_time(minutes=59)
    assert Checkout.objects.get().status == "pending"
    pass_time(minutes=2)
    checkout.refresh_from_db()
    assert (checkout.status, checkout.status_code) == ("failed", "EXPIRED")
    assert _pay(checkout).success is False and len(_payments(checkout)) == 1


def test_cancel_ends_a_reusable_checkout_also_with_an_attempt_that_waits(merchant: Merchant) -> None:
    checkout = _opened(merchant, REUSABLE)
    _pay(checkout, number="4000002760003184")
    assert _last(checkout).status == "requires_action"
    assert cancel_payment(checkout_id=str(checkout.pk)).success is True
    checkout.refresh_from_db()
    assert (checkout.status, _last(checkout).status_code) == ("cancelled", "CANCELLED")


def test_late_success_takes_an_open_checkout_again(merchant: Merchant, pass_time: Any) -> None:
    checkout = _late(merchant)
    pass_time(seconds=90)
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid, _payments(checkout)) == ("completed", 100_000, [("captured", 100_000)])


def test_late_success_of_a_checkout_paid_meanwhile_rests(merchant: Merchant, pass_time: Any) -> None:
    checkout = _late(merchant)
    assert _pay(checkout).success is True
    pass_time(days=1)
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid, _payments(checkout)) == ("completed", 100_000, [("failed", 0), ("captured", 100_000)])
    assert Payment.objects.filter(due_at__isnull=False).count() == 0


def test_late_success_of_a_cancelled_checkout_rests(merchant: Merchant, pass_time: Any) -> None:
    checkout = _late(merchant)
    cancel_payment(checkout_id=str(checkout.pk))
    pass_time(days=1)
    checkout.refresh_from_db()
    assert (checkout.status, _payments(checkout)) == ("cancelled", [("failed", 0)])


def _late(merchant: Merchant) -> Checkout:
    """A reusable checkout whose first attempt failed and succeeds a minute later after all."""
    add_rule(merchant=merchant, flow=Flow.PAYMENT, outcome=Outcome.FAILED_THEN_SUCCESS, match={}, uses=1, delay_ms=60_000)
    merchant.refresh_from_db()
    checkout = _opened(merchant, REUSABLE)
    _pay(checkout)
    assert _payments(checkout) == [("failed", 0)]
    return checkout


def test_parts_complete_a_checkout_with_the_last_of_them(merchant: Merchant) -> None:
    checkout = _opened(merchant, PARTS)
    assert _pay(checkout, 30_000).success is True
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid, checkout.owed, checkout.attempt_id) == ("pending", 30_000, 70_000, None)
    assert Event.objects.latest("pk").type == "payment.completed"
    _pay(checkout, 60_000)
    assert _pay(checkout, 10_000).success is True  # less than the least part, but the rest
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid) == ("completed", 100_000)
    assert MerchantBalance.objects.get().pending == 100_000


def test_part_not_told_is_all_that_is_owed(merchant: Merchant) -> None:
    checkout = _opened(merchant, PARTS)
    _pay(checkout, 30_000)
    _pay(checkout)
    assert [captured for _, captured in _payments(checkout)] == [30_000, 70_000]


@pytest.mark.parametrize("amount", [19_999, 100_001])
def test_part_too_small_or_more_than_is_owed_is_refused(merchant: Merchant, amount: int) -> None:
    checkout = _opened(merchant, PARTS)
    with pytest.raises(ValidationError) as refused:
        _pay(checkout, amount)
    assert refused.value.field == "amount" and _payments(checkout) == []


def test_amount_of_a_checkout_without_parts_is_not_looked_at(merchant: Merchant) -> None:
    checkout = _opened(merchant, Terms())
    _pay(checkout, 1)
    assert _payments(checkout) == [("captured", 100_000)]


def test_captured_part_of_an_authorised_part_leaves_the_rest_owed(merchant: Merchant) -> None:
    checkout = _opened(merchant, PARTS, captureMode="manual")
    _pay(checkout, 50_000)
    assert capture(_last(checkout), 40_000).status == 200
    checkout.refresh_from_db()
    assert (checkout.status, checkout.owed) == ("pending", 60_000)


def test_reversed_part_leaves_the_checkout_as_it_is(merchant: Merchant, pass_time: Any) -> None:
    add_rule(merchant=merchant, flow=Flow.PAYMENT, outcome=Outcome.SUCCESS_THEN_REVERSED, match={}, uses=1, delay_ms=1000)
    merchant.refresh_from_db()
    checkout = _opened(merchant, PARTS)
    _pay(checkout, 40_000)
    pass_time(seconds=5)
    checkout.refresh_from_db()
    assert (checkout.status, checkout.paid, _last(checkout).status) == ("pending", 40_000, "reversed")


@pytest.mark.parametrize(
    ("field", "terms"),
    [("partMinimum", Terms(part_minimum=0)), ("partMinimum", Terms(part_minimum=100_001))],
)
def test_create_with_terms_nobody_could_meet_is_refused(merchant: Merchant, field: str, terms: Terms) -> None:
    with pytest.raises(ValidationError) as refused:
        _opened(merchant, terms)
    assert refused.value.field == field and Checkout.objects.count() == 0


def test_create_with_an_end_in_the_past_is_refused(merchant: Merchant) -> None:
    with pytest.raises(ValidationError) as refused:
        _opened(merchant, Terms(expires_at=clock.now(merchant)))
    assert refused.value.field == "expiresAt"
