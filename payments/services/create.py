"""Create a checkout: a hot path. One packet of statements, one COMMIT; no money moves yet."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError

from audit.services.record import entry
from audit.tags import Tag
from merchants.models import Merchant
from merchants.selectors import config_value
from merchants.states import ConfigKey
from mypay.kit import clock, sql
from mypay.kit.ids import uuid7
from payments.errors import duplicate_reference
from payments.models import Checkout
from payments.render import snapshot
from payments.states import CheckoutStatus
from payments.validation import CheckoutRequest, read_checkout
from sandbox.services.decide import by_header
from sandbox.states import Flow
from webhooks.catalogue import EventType
from webhooks.services.emit import event


def create_checkout(
    *,
    merchant: Merchant,
    body: dict[str, Any],
    lenient: bool,
    scenario: str = "",
    beside: Callable[[Checkout], list[sql.Statement]] = sql.nothing,
) -> Checkout:
    """A pending checkout (contract section 4); the reference is the client's own idempotency key.

    Raises InvalidCheckout with every fault, DuplicateReference when the merchant has used the
    reference. `scenario` is the `X-Mock-Scenario` header; it stays with the checkout.
    `beside` writes a dialect's rows in the same transaction.
    """
    request = read_checkout(body, lenient=lenient)
    checkout = _new_checkout(merchant, request, scenario)
    if lenient and not checkout.success_url:
        checkout.success_url = merchant.webhook_url
    try:
        sql.transact([*_statements(checkout), *beside(checkout)])
    except IntegrityError:
        if not Checkout.objects.filter(merchant=merchant, reference=checkout.reference).exists():
            raise
        raise duplicate_reference() from None
    return checkout


def _new_checkout(merchant: Merchant, request: CheckoutRequest, scenario: str) -> Checkout:
    now = clock.now(merchant)
    expires_at = now + timedelta(minutes=int(config_value(ConfigKey.CHECKOUT_EXPIRY_MINUTES)))
    pinned = by_header(merchant=merchant, flow=Flow.PAYMENT, header=scenario)
    return Checkout(
        id=uuid7(),
        merchant=merchant,
        reference=request.reference,
        amount=request.amount,
        currency=request.currency,
        method=request.method.value if request.method else "",
        payment_type=request.payment_type,
        success_url=request.success_url,
        return_url=request.return_url,
        user_data=request.user,
        description=request.description,
        metadata=request.metadata,
        capture_mode=request.capture_mode.value,
        scenario=pinned.to_json() if pinned else None,
        status=CheckoutStatus.PENDING.value,
        expires_at=expires_at,
        due_at=expires_at,
        wake_at=clock.wake_at(merchant, expires_at),
        created_at=now,
        updated_at=now,
    )


def _statements(checkout: Checkout) -> list[sql.Statement]:
    seen = snapshot(checkout)
    about = {"reference": checkout.reference, "amount": seen["amount"], "currency": checkout.currency}
    merchant_id, at = checkout.merchant_id, checkout.created_at
    return [
        sql.insert(checkout),
        event(merchant_id=merchant_id, type=EventType.PAYMENT_CREATED, subject_id=checkout.id, data=seen, at=at),
        entry(tag=Tag.CHECKOUT_CREATED, resource_id=checkout.id, merchant_id=merchant_id, details=about, at=at),
    ]
