"""Create a checkout: a hot path. One packet of statements, one COMMIT; no money moves yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from audit.services.record import entry
from audit.tags import Tag
from merchants.models import Merchant
from merchants.selectors import config_value
from merchants.states import ConfigKey
from mypay.kit import clock, sql
from mypay.kit.errors import ValidationError
from mypay.kit.ids import uuid7
from payments.errors import duplicate_reference
from payments.models import Checkout
from payments.render import snapshot
from payments.states import AUTHORIZATION_DAYS, CheckoutStatus
from payments.validation import CheckoutRequest, read_checkout
from sandbox.services.decide import by_header
from sandbox.states import Flow
from webhooks.catalogue import EventType
from webhooks.services.emit import event


@dataclass(frozen=True, slots=True)
class Terms:
    """How a checkout may be paid; `expires_at` None means after the usual minutes.

    Reusable, it is open to another try after a failed attempt or a voided authorisation. With
    `part_minimum` (minor units) it may be paid in parts of at least that much, or the rest.
    """

    expires_at: datetime | None = None
    is_reusable: bool = False
    part_minimum: int | None = None
    authorization_days: int = AUTHORIZATION_DAYS


USUAL = Terms()


def create_checkout(
    *,
    merchant: Merchant,
    body: dict[str, Any],
    lenient: bool,
    scenario: str = "",
    terms: Terms = USUAL,
    key: UUID | None = None,
    beside: Callable[[Checkout], list[sql.Statement]] = sql.nothing,
) -> Checkout:
    """A pending checkout (contract section 4); the reference is the client's own idempotency key.

    Raises InvalidCheckout with every fault, DuplicateReference when the merchant has used the
    reference. `scenario` is the `X-Mock-Scenario` header; it stays with the checkout.
    `beside` writes a dialect's rows in the same transaction; `key` is the checkout's id, for a
    dialect that names it in the reference. Raises ValidationError for terms that
    nobody could meet.
    """
    request = read_checkout(body, lenient=lenient)
    checkout = _new_checkout(merchant, request, scenario, terms, key or uuid7())
    if lenient and not checkout.success_url:
        checkout.success_url = merchant.webhook_url
    try:
        sql.transact([*_statements(checkout), *beside(checkout)])
    except IntegrityError:
        if not Checkout.objects.filter(merchant=merchant, reference=checkout.reference).exists():
            raise
        raise duplicate_reference() from None
    return checkout


def _new_checkout(merchant: Merchant, request: CheckoutRequest, scenario: str, terms: Terms, key: UUID) -> Checkout:
    now = clock.now(merchant)
    expires_at = terms.expires_at or now + timedelta(minutes=int(config_value(ConfigKey.CHECKOUT_EXPIRY_MINUTES)))
    _check_terms(terms, request, expires_at, now)
    pinned = by_header(merchant=merchant, flow=Flow.PAYMENT, header=scenario)
    return Checkout(
        id=key,
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
        is_reusable=terms.is_reusable,
        part_minimum=terms.part_minimum,
        authorization_days=terms.authorization_days,
        status=CheckoutStatus.PENDING.value,
        expires_at=expires_at,
        due_at=expires_at,
        wake_at=clock.wake_at(merchant, expires_at),
        created_at=now,
        updated_at=now,
    )


def _check_terms(terms: Terms, request: CheckoutRequest, expires_at: datetime, now: datetime) -> None:
    if expires_at <= now:
        raise ValidationError("expiresAt must lie in the future", field="expiresAt")
    if terms.part_minimum is not None and not 0 < terms.part_minimum <= request.amount:
        raise ValidationError("partMinimum must be above zero and at most the amount", field="partMinimum")


def _statements(checkout: Checkout) -> list[sql.Statement]:
    seen = snapshot(checkout)
    about = {"reference": checkout.reference, "amount": seen["amount"], "currency": checkout.currency}
    merchant_id, at = checkout.merchant_id, checkout.created_at
    return [
        sql.insert(checkout),
        event(merchant_id=merchant_id, type=EventType.PAYMENT_CREATED, subject_id=checkout.id, data=seen, at=at),
        entry(tag=Tag.CHECKOUT_CREATED, resource_id=checkout.id, merchant_id=merchant_id, details=about, at=at),
    ]
