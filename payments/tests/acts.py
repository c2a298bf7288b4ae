"""What a payer and a merchant do with a payment, asked of the services as the API asks them."""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection

from merchants.models import Merchant
from mypay.kit import clock, idempotency
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from payments.models import Payment
from payments.services.capture import capture_payment, void_payment
from payments.services.complete import complete_payment
from payments.services.create import create_checkout
from payments.services.refund import create_refund
from payments.tests.conftest import checkout_body
from sandbox.services.clock import set_to

CARD = {"cardNumber": "4242424242424242", "expiryDate": "12/49", "cvv": "123", "cardholderName": "A Khan"}


def claim(merchant: Merchant, key: str = "", body: Any = None) -> idempotency.Claim:
    """The claim of a request under `key`, else under a key of its own."""
    header = key or str(uuid.uuid4())
    return idempotency.claim(owner_id=merchant.pk, header=header, method="POST", path="/", body=body, now=clock.now(merchant))


def paid(
    merchant: Merchant, amount: int = 100_000, *, mode: str = "automatic", scenario: str = "success", currency: str = "PKR"
) -> Payment:
    """A card payment of a new checkout, as its scenario left it."""
    body = checkout_body(amount=to_text(amount, currency), paymentMethod="card", captureMode=mode, currency=currency)
    checkout = create_checkout(merchant=merchant, body=body, lenient=False, scenario=scenario)
    complete_payment(checkout_id=str(checkout.pk), body=CARD)
    return Payment.objects.select_related("merchant", "checkout__merchant").get(checkout=checkout)


def refund(payment: Payment, amount: int | None = None, *, key: str = "", scenario: str = "") -> Reply:
    """Refund so many minor units, or all that is left."""
    body = {} if amount is None else {"amount": to_text(amount, payment.currency)}
    merchant = Merchant.objects.get(pk=payment.merchant_id)
    return answered(
        lambda: create_refund(merchant=merchant, payment_id=str(payment.pk), body=body, claim=claim(merchant, key, body), scenario=scenario)
    )


def capture(payment: Payment, amount: int | None = None, *, key: str = "") -> Reply:
    """Capture so many minor units, or all that is authorised."""
    body = {} if amount is None else {"amount": to_text(amount, payment.currency)}
    merchant = Merchant.objects.get(pk=payment.merchant_id)
    return answered(lambda: capture_payment(merchant=merchant, payment_id=str(payment.pk), body=body, claim=claim(merchant, key, body)))


def void(payment: Payment, *, key: str = "") -> Reply:
    """Give the authorisation up."""
    merchant = Merchant.objects.get(pk=payment.merchant_id)
    return answered(lambda: void_payment(merchant=merchant, payment_id=str(payment.pk), claim=claim(merchant, key)))


def answered(call: Callable[[], Reply]) -> Reply:
    """The call's reply; a refusal that is not kept under its key becomes one too, a fault of ours stays a fault."""
    try:
        return call()
    except ApiError as refused:
        return Reply.of(refused.status, {"error": {"code": refused.code}})


def said(reply: Reply) -> tuple[int, str]:
    """Status and error code."""
    return reply.status, json.loads(reply.body).get("error", {}).get("code", "")


def at_once(count: int, call: Callable[[int], Any], *, threads: int = 40) -> list[Any]:
    """`count` calls by that many threads let go together; whatever a call raises is its answer."""
    threads = min(count, threads)
    ready, answers = threading.Barrier(threads), [None] * count

    def run(first: int) -> None:
        try:
            ready.wait()
            for number in range(first, count, threads):
                answers[number] = _outcome(call, number)
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(first,)) for first in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


def _outcome(call: Callable[[int], Any], number: int) -> Any:
    try:
        return call(number)
    except Exception as problem:
        return problem


def jump(merchant: Merchant, **units: float) -> Merchant:
    """Time passes without anybody working; returns the merchant as it then is."""
    merchant.refresh_from_db()
    set_to(merchant.pk, clock.now(merchant) + timedelta(**units), frozen=False)
    merchant.refresh_from_db()
    return merchant
