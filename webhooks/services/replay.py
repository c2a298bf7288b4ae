"""Send many of an endpoint's deliveries again with one call."""

from datetime import datetime

from django.db.models import QuerySet

from audit.services.record import record
from audit.tags import Tag
from mypay.kit import clock, sql, wakeups
from mypay.kit.clock import iso
from mypay.kit.ids import uuid7
from webhooks.errors import endpoint_disabled
from webhooks.models import Delivery, Endpoint, Replay
from webhooks.services.resend import anew
from webhooks.states import DeliveryStatus

ALL = "all"
REPLAYED = (DeliveryStatus.FAILED, DeliveryStatus.SKIPPED, DeliveryStatus.DELIVERED)


def replay(*, endpoint: Endpoint, status: str, start: datetime | None, end: datetime | None) -> Replay:
    """Make the endpoint's deliveries of that status due now: those whose event is of `start` up to before `end`.

    `status` is one of `REPLAYED`, or ALL of them. Raises ApiError 409 when the endpoint is switched off.
    """
    if not endpoint.is_enabled:
        raise endpoint_disabled()
    now = clock.now(endpoint.merchant)
    made = Replay(
        id=uuid7(), merchant=endpoint.merchant, endpoint=endpoint, status=status, from_at=start, to_at=end, total=0, created_at=now
    )

    def effect() -> None:
        found = _chosen(endpoint, status, start, end)
        ids = found.order_by("pk").values_list("pk", flat=True)
        made.first_id, made.last_id = ids.first(), ids.last()
        if made.first_id:
            made.total = anew(found.filter(pk__range=(made.first_id, made.last_id)), endpoint.merchant, now, replay_id=made.pk)
        made.save(force_insert=True)
        details = {"endpointId": str(endpoint.pk), "status": status, "total": made.total}
        details |= {name: iso(at) for name, at in (("from", start), ("to", end)) if at}
        record(tag=Tag.REPLAY_STARTED, resource_id=made.pk, merchant_id=endpoint.merchant_id, details=details)

    sql.in_transaction(effect)
    wakeups.wake("delivery", clock.real_now())
    return made


def _chosen(endpoint: Endpoint, status: str, start: datetime | None, end: datetime | None) -> QuerySet[Delivery]:
    statuses = REPLAYED if status == ALL else (DeliveryStatus(status),)
    found = Delivery.objects.filter(endpoint=endpoint, status__in=statuses)
    if start:
        found = found.filter(created_at__gte=start)
    return found.filter(created_at__lt=end) if end else found
