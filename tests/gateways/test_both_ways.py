"""Razorpay both ways: our checkout, our connector, our emulator under another merchant, its callback, both ledgers."""

import json
import uuid

import requests

from gateways.models import InboundEvent
from payments.models import Checkout, Payment, Refund
from tests.gateways.conftest import Both
from webhooks.models import Attempt, Delivery, Endpoint

PAID, FAILED, WAITING = ("completed", "captured"), ("failed", "failed"), ("pending", "requires_action")


def deliveries(both: Both) -> list[str]:
    return list(Delivery.objects.filter(merchant=both.gateways[0].merchant).order_by("id").values_list("status", flat=True))


def told(both: Both, kind: str) -> tuple[dict[str, str], bytes]:
    """A callback as it came, to be sent again: headers and body."""
    kept = InboundEvent.objects.filter(kind=kind).latest("id")
    headers = requests.structures.CaseInsensitiveDict(json.loads(kept.headers))
    names = ("X-Razorpay-Signature", "X-Razorpay-Event-Id", "Content-Type")
    return {name: headers[name] for name in names}, bytes(kept.body)


def test_pay_at_the_gateway_and_hear_of_it_settles_both_ledgers(both: Both) -> None:
    checkout_id = both.opened()
    page = both.goes_to_pay(checkout_id)
    assert "/razorpay/v1/checkout/" in page.response.url
    end = both.pays(page)
    both.works()  # the callback is delivered before the browser is back
    assert (both.state(checkout_id), set(deliveries(both))) == (PAID, {"delivered"})
    assert [status for _, status in both.inbound()].count("applied") == 1
    back = both.browser.send(end.form(away=True), follow=False)
    assert back.response.status_code == 303 and f"status=completed&checkoutId={checkout_id}" in back.response.headers["Location"]
    assert both.pending(both.merchant) == both.pending(both.gateways[0].merchant) == 50_000
    payment = Payment.objects.get(checkout=checkout_id)
    assert (payment.method, payment.payer) == ("upi", "success@razorpay")
    assert both.order(checkout_id).is_paid is True


def test_return_before_the_callback_collects_and_the_callback_adds_nothing(both: Both) -> None:
    checkout_id = both.opened()
    back = both.browser.send(both.pays(both.goes_to_pay(checkout_id)).form(away=True), follow=False)
    assert back.response.status_code == 303 and both.state(checkout_id) == PAID
    both.works()
    assert both.pending(both.merchant) == 50_000 and "applied" not in [status for _, status in both.inbound()]


def test_failure_then_success_at_the_gateway_is_a_late_success(both: Both) -> None:
    checkout_id = both.opened()
    page = both.goes_to_pay(checkout_id)
    both.pays(page, "decline")
    both.works()
    assert both.state(checkout_id) == FAILED
    both.pays(page)
    both.works()
    assert (both.state(checkout_id), both.pending(both.merchant)) == (PAID, 50_000)
    assert both.happenings(checkout_id) == ["chosen", "noticed", "noticed"]


def test_duplicate_reordered_forged_and_wrong_callbacks_change_nothing_more(both: Both) -> None:
    checkout_id = both.opened()
    page = both.goes_to_pay(checkout_id)
    both.pays(page, "decline")
    both.pays(page)
    both.works()
    assert both.state(checkout_id) == PAID
    where = f"{both.url}/webhooks/razorpay"
    for kind in ("payment.captured", "payment.failed"):
        headers, body = told(both, kind)
        again = requests.post(where, data=body, headers=headers, timeout=20)
        late = requests.post(where, data=body, headers={**headers, "X-Razorpay-Event-Id": uuid.uuid4().hex}, timeout=20)
        forged = requests.post(where, data=body.replace(b"50000", b"50001"), headers=headers, timeout=20)
        assert [answer.status_code for answer in (again, late, forged)] == [200, 200, 401]
    both.works()
    assert (both.state(checkout_id), both.pending(both.merchant)) == (PAID, 50_000)
    statuses = [status for _, status in both.inbound()]
    assert statuses.count("applied") in (1, 2) and statuses.count("rejected") == 2  # what failed may be told after what was paid


def test_another_sum_than_the_gateways_is_a_mismatch_and_no_money(both: Both) -> None:
    checkout_id = both.opened()
    page = both.goes_to_pay(checkout_id)
    Checkout.objects.filter(merchant=both.gateways[0].merchant).update(amount=40_000)  # its order is tampered with
    both.pays(page)
    both.works()
    assert both.state(checkout_id) == WAITING and both.pending(both.merchant) == 0
    assert "mismatch" in both.happenings(checkout_id)


def test_lost_callback_is_found_by_asking(both: Both) -> None:
    Endpoint.objects.filter(merchant=both.gateways[0].merchant).update(url=f"{both.url}/nowhere")
    checkout_id = both.opened()
    both.pays(both.goes_to_pay(checkout_id))
    both.works()
    assert both.state(checkout_id) == WAITING and Attempt.objects.exists()
    both.passes(minutes=1)
    assert (both.state(checkout_id), both.pending(both.merchant)) == (PAID, 50_000)


def test_refund_in_part_reaches_both_ledgers(both: Both) -> None:
    checkout_id = both.opened()
    both.pays(both.goes_to_pay(checkout_id))
    both.works()
    payment_id = Payment.objects.get(checkout=checkout_id).pk
    assert both.shop.act(f"/payments/{payment_id}/refunds", {"amount": "120.00"}).status_code == 201
    both.works()
    both.passes_there(minutes=10)
    both.works()
    assert Refund.objects.get(merchant=both.merchant).status == "succeeded"
    assert Refund.objects.get(merchant=both.gateways[0].merchant).amount == 12_000
    assert both.pending(both.merchant) == both.pending(both.gateways[0].merchant) == 38_000


def test_authorized_is_captured_by_the_shop_through_the_gateway(both: Both) -> None:
    checkout_id = both.opened(captureMode="manual")
    both.pays(both.goes_to_pay(checkout_id))
    both.works()
    assert both.state(checkout_id) == ("authorized", "authorized")
    payment_id = Payment.objects.get(checkout=checkout_id).pk
    assert both.shop.act(f"/payments/{payment_id}/capture").status_code == 200
    both.works()
    assert both.state(checkout_id) == PAID
    assert both.pending(both.merchant) == both.pending(both.gateways[0].merchant) == 50_000
