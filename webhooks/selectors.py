"""Reads of endpoints, events, deliveries and tricks; the merchant comes first."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery

from merchants.models import Merchant
from mypay.kit import paging
from mypay.kit.errors import NotFound, ValidationError
from mypay.kit.filters import between, one_of
from mypay.kit.ids import is_uuid
from webhooks.errors import delivery_not_found, endpoint_not_found
from webhooks.models import Attempt, Delivery, Endpoint, Event, Replay, TrickRule
from webhooks.states import TARGETS, DeliveryStatus

_SHOWN_ATTEMPTS = 100


def list_endpoints(merchant: Merchant) -> list[Endpoint]:
    """The merchant's endpoints, the oldest first."""
    return list(Endpoint.objects.filter(merchant=merchant, deleted_at=None).order_by("pk"))


def endpoints_with_health(merchant: Merchant) -> list[Endpoint]:
    """As `list_endpoints`, each with `delivered_at` and `failed_at`, when a delivery to it was last over, one way or the other."""

    def last(status: DeliveryStatus) -> Subquery:
        found = Delivery.objects.filter(endpoint=OuterRef("pk"), status=status).order_by("-pk")
        return Subquery(found.values("updated_at")[:1])

    own = Endpoint.objects.filter(merchant=merchant, deleted_at=None).order_by("pk")
    return list(own.annotate(delivered_at=last(DeliveryStatus.DELIVERED), failed_at=last(DeliveryStatus.FAILED)))


def get_endpoint(merchant: Merchant, endpoint_id: str) -> Endpoint:
    """The merchant's endpoint; raises NotFound for an unknown, deleted or foreign id alike."""
    own = Endpoint.objects.filter(merchant=merchant, deleted_at=None)
    found = own.filter(pk=UUID(endpoint_id)).first() if is_uuid(endpoint_id) else None
    if found is None:
        raise endpoint_not_found()
    found.merchant = merchant
    return found


def list_events(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's events, newest first, by `type` (or `family.*`), `subjectId`, `startDate`, `endDate`.

    With `after`, an event's id, those written since, oldest first: what a listener asks for.
    """
    rows = _typed(between(Event.objects.filter(merchant=merchant), query), "type", query.get("type", ""))
    rows = _identified(rows, "subject_id", query.get("subjectId", ""))
    return _after(rows, query) if "after" in query else paging.page(rows, query)


def _after(rows: QuerySet[Event], query: Mapping[str, str]) -> paging.Page:
    after, limit = query["after"], paging.whole(query.get("limit"), paging.DEFAULT_LIMIT, paging.MAX_LIMIT)
    if not is_uuid(after):
        raise ValidationError("after must be an event's id", field="after")
    found = list(rows.filter(pk__gt=UUID(after)).order_by("pk")[:limit])
    return paging.Page(found, {"limit": limit, "nextAfter": str(found[-1].pk) if found else after})


def list_deliveries(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's deliveries with their events, newest first.

    By `endpointId` (or `merchant`, `checkout` for the original's URLs), `status`, `type`, `eventId`,
    `subjectId`, `replayId`, `startDate`, `endDate`; an unknown word matches none.
    """
    rows = between(Delivery.objects.filter(merchant=merchant), query)
    target = query.get("endpointId", "")
    rows = rows.filter(target=target) if target in TARGETS else _identified(rows, "endpoint_id", target)
    rows = one_of(rows, "status", query.get("status", "").lower(), DeliveryStatus.values)
    rows = _identified(_identified(rows, "event_id", query.get("eventId", "")), "replay_id", query.get("replayId", ""))
    rows = _identified(rows, "event__subject_id", query.get("subjectId", ""))
    return paging.page(_typed(rows, "event__type", query.get("type", "")), query, related=("event",))


def get_event(merchant: Merchant, event_id: str) -> Event:
    """The merchant's event; raises NotFound for an unknown or foreign id alike."""
    found = Event.objects.filter(merchant=merchant, pk=UUID(event_id)).first() if is_uuid(event_id) else None
    if found is None:
        raise NotFound("Event not found")
    return found


def deliveries_of(events: Sequence[Event]) -> dict[UUID, list[Delivery]]:
    """The deliveries of each of these events, one query."""
    found: dict[UUID, list[Delivery]] = {event.pk: [] for event in events}
    for row in Delivery.objects.filter(event__in=[event.pk for event in events]).order_by("pk"):
        found[row.event_id].append(row)
    return found


def find_attempt(merchant: Merchant, attempt_id: str) -> Attempt | None:
    """The merchant's attempt with its delivery; None for an unknown or foreign id alike."""
    own = Attempt.objects.select_related("delivery").filter(delivery__merchant=merchant)
    is_id = attempt_id.isascii() and attempt_id.isdigit() and len(attempt_id) < 19
    return own.filter(pk=int(attempt_id)).first() if is_id else None


def get_delivery(merchant: Merchant, delivery_id: str) -> Delivery:
    """The merchant's delivery with its event and endpoint; raises NotFound for an unknown or foreign id alike."""
    own = Delivery.objects.select_related("event", "endpoint").filter(merchant=merchant)
    found = own.filter(pk=UUID(delivery_id)).first() if is_uuid(delivery_id) else None
    if found is None:
        raise delivery_not_found()
    found.merchant = merchant
    return found


def attempts(delivery: Delivery) -> list[Attempt]:
    """The delivery's last attempts, the oldest first."""
    return list(Attempt.objects.filter(delivery=delivery).order_by("-pk")[:_SHOWN_ATTEMPTS])[::-1]


def get_replay(merchant: Merchant, replay_id: str) -> Replay:
    """The merchant's replay; raises NotFound for an unknown or foreign id alike."""
    found = Replay.objects.filter(merchant=merchant, pk=UUID(replay_id)).first() if is_uuid(replay_id) else None
    if found is None:
        raise NotFound("Replay not found")
    return found


def progress(replay: Replay) -> dict[str, int]:
    """How many of a replay's deliveries are in each status now; one that a later replay took is no longer counted."""
    counts = dict.fromkeys(DeliveryStatus.values, 0)
    if replay.first_id is not None:
        rows = Delivery.objects.filter(
            endpoint_id=replay.endpoint_id,
            status__in=DeliveryStatus.values,
            pk__range=(replay.first_id, replay.last_id),
            replay_id=replay.pk,
        )
        counts |= {str(status): count for status, count in rows.order_by().values_list("status").annotate(count=Count("pk"))}
    return counts


def list_tricks(merchant: Merchant) -> list[TrickRule]:
    """The merchant's tricks; one whose uses are spent is no longer there."""
    return list(TrickRule.objects.filter(merchant=merchant).exclude(uses_left=0))


def checkout_webhook(merchant_id: int, checkout_id: UUID) -> str:
    """The status of the last delivery to the `successUrl` of the merchant's checkout; empty while there is none.

    Anybody may fire events of any id, so that the checkout's alone would let others' count.
    """
    last = Delivery.objects.filter(merchant=merchant_id, event__subject_id=checkout_id, target="checkout").order_by("-pk").first()
    return str(last.status) if last else ""


def _identified(rows: Any, column: str, value: str) -> Any:
    """Rows with that id; all without one, none for what is no id."""
    if not value:
        return rows
    return rows.filter(**{column: UUID(value)}) if is_uuid(value) else rows.none()


def _typed(rows: Any, column: str, pattern: str) -> Any:
    """Rows of that type, or of a family as `payout.*`."""
    if not pattern or pattern == "*":
        return rows
    family = pattern.removesuffix("*")
    return rows.filter(**{f"{column}__startswith": family}) if pattern.endswith(".*") else rows.filter(**{column: pattern})
