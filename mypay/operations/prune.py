"""Delete what is older than its settings say: webhooks, their tries, callbacks, idempotency keys, the request log, sessions.

By key and in batches, so that nobody waits. The ledger, payouts, payments and the audit trail are never pruned.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from audit.models import ApiRequest
from gateways.models import InboundEvent, RoutingNote
from merchants.models import LoginAttempt
from mypay.kit import clock
from mypay.kit.ids import first_uuid7
from mypay.kit.models import IdempotencyRecord
from mypay.settings import environment
from webhooks.models import Attempt, Delivery, Event
from webhooks.states import DeliveryStatus

_BATCH = 1000
_LOGIN_DAYS = 30


def _attempts(before: datetime) -> QuerySet[Any]:
    return Attempt.objects.filter(created_at__lt=before)


def _deliveries(before: datetime) -> QuerySet[Any]:
    return Delivery.objects.filter(pk__lt=first_uuid7(before), due_at__isnull=True).exclude(status=DeliveryStatus.PENDING)


def _events(before: datetime) -> QuerySet[Any]:
    owed = Exists(Delivery.objects.filter(event=OuterRef("pk")))
    return Event.objects.filter(pk__lt=first_uuid7(before), due_at__isnull=True).exclude(owed)


def _inbound(before: datetime) -> QuerySet[Any]:
    return InboundEvent.objects.filter(pk__lt=first_uuid7(before), due_at__isnull=True)


def _routing(before: datetime) -> QuerySet[Any]:
    return RoutingNote.objects.filter(pk__lt=first_uuid7(before))


def _keys(before: datetime) -> QuerySet[Any]:
    return IdempotencyRecord.objects.filter(expires_at__lt=before)


def _requests(before: datetime) -> QuerySet[Any]:
    return ApiRequest.objects.filter(pk__lt=first_uuid7(before))


def _logins(before: datetime) -> QuerySet[Any]:
    return LoginAttempt.objects.filter(at__lt=before)


def _sessions(before: datetime) -> QuerySet[Any]:
    return Session.objects.filter(expire_date__lt=before)


def _tokens(before: datetime) -> QuerySet[Any]:
    return OutstandingToken.objects.filter(expires_at__lt=before)


KINDS: dict[str, tuple[Callable[[datetime], QuerySet[Any]], Callable[[], int]]] = {
    "attempts": (_attempts, lambda: environment.ATTEMPT_DAYS),
    "deliveries": (_deliveries, lambda: environment.DELIVERY_DAYS),
    "events": (_events, lambda: environment.DELIVERY_DAYS),
    "inbound": (_inbound, lambda: environment.GATEWAY_DAYS),
    "routing": (_routing, lambda: environment.GATEWAY_DAYS),
    "idempotency": (_keys, lambda: 1),
    "requests": (_requests, lambda: environment.REQUEST_LOG_DAYS),
    "logins": (_logins, lambda: _LOGIN_DAYS),
    "sessions": (_sessions, lambda: 0),
    "tokens": (_tokens, lambda: 0),
}


def prune(kinds: list[str], *, days: int | None = None, dry_run: bool = False) -> dict[str, int]:
    """Rows deleted (or that would be) by kind; `days` instead of each kind's setting. Events go when nothing is owed for them."""
    return {kind: _prune(*KINDS[kind], days, dry_run) for kind in KINDS if kind in kinds}


def _prune(rows: Callable[[datetime], QuerySet[Any]], usual: Callable[[], int], days: int | None, dry_run: bool) -> int:
    old = rows(clock.real_now() - timedelta(days=usual() if days is None else days))
    if dry_run:
        return old.count()
    count, after = 0, None
    while True:
        left = old if after is None else old.filter(pk__gt=after)
        keys = list(left.order_by("pk").values_list("pk", flat=True)[:_BATCH])
        if not keys:
            return count
        old.model._default_manager.filter(pk__in=keys).delete()
        count, after = count + len(keys), keys[-1]
