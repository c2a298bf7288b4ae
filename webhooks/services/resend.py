"""Send a delivery again, now."""

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from audit.services.record import record
from audit.tags import Tag
from mypay.kit import clock, sql, wakeups
from webhooks.errors import endpoint_disabled
from webhooks.models import Delivery
from webhooks.services import schedule
from webhooks.states import DeliveryStatus


def resend(*, delivery: Delivery) -> Delivery:
    """The delivery, due now, with a whole schedule before it and honest whatever its trick was.

    One that is due already is on its way and stays as it is. `delivery` comes with its merchant and
    endpoint. Raises ApiError 409 when its endpoint is switched off.
    """
    if delivery.endpoint is not None and not delivery.endpoint.is_enabled:
        raise endpoint_disabled()
    now = clock.now(delivery.merchant)

    def effect() -> None:
        found = Delivery.objects.filter(pk=delivery.pk)
        if not anew(found.exclude(status=DeliveryStatus.PENDING), delivery.merchant, now):
            anew(found.filter(status=DeliveryStatus.PENDING, due_at__gt=now), delivery.merchant, now)
        record(tag=Tag.DELIVERY_RESENT, resource_id=delivery.pk, merchant_id=delivery.merchant_id, details={"url": delivery.url})

    sql.in_transaction(effect)
    wakeups.wake("delivery", clock.real_now())
    delivery.refresh_from_db()
    return delivery


def anew(deliveries: QuerySet[Delivery], merchant: Any, now: datetime, **also: Any) -> int:
    """Make these deliveries due now, as if never tried; returns how many."""
    return deliveries.update(
        status=DeliveryStatus.PENDING,
        trick="",
        error="",
        attempts=0,
        earlier_tries=F("tries"),
        updated_at=now,
        **schedule.moved(merchant, now),
        **also,
    )
