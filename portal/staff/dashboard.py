"""The dashboard: how business is, what waits for staff, how we are.

Figures of many rows are read at most once a minute and say when; what waits is always new.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.urls import reverse

from audit.models import AuditEntry, AuditSeal
from merchants.models import Merchant
from merchants.selectors import config_value
from merchants.states import ConfigKey, MerchantStatus
from mypay.kit import clock, scheduling
from mypay.kit.ids import first_uuid7
from mypay.kit.money import to_text
from payments.models import Checkout, Dispute
from payments.states import CheckoutStatus, DisputeStatus
from payouts.models import Payout, PayoutApproval
from payouts.states import ApprovalStatus, PayoutStatus
from portal.staff.chart import Bars, bars
from webhooks.models import Delivery
from webhooks.states import DeliveryStatus

DAYS = 14
CURRENCY = "PKR"
_SECONDS = 60
_KEY = "admin-dashboard"
_COUNTED = 1000
_LATE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Share:
    """How many are in a status."""

    label: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Business:
    """One kind of row over the last days; `volume` is what was completed, in words."""

    label: str
    url: str
    count: int
    volume: str
    success_rate: float | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that staff may have to look at."""

    label: str
    value: str
    url: str
    is_bad: bool = False


def dashboard() -> dict[str, Any]:
    """What the dashboard's template shows."""
    kept: dict[str, Any] | None = cache.get(_KEY)
    if kept is None:
        kept = _figures(clock.real_now())
        cache.set(_KEY, kept, _SECONDS)
    return {**kept, "waiting": waiting(), "health": health()}


def _figures(now: datetime) -> dict[str, Any]:
    since = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    merchants = dict(Merchant.objects.order_by().values_list("status").annotate(n=Count("pk")))
    payments = _business("Payments", "payments_checkout", Checkout, CheckoutStatus, CheckoutStatus.COMPLETED, CheckoutStatus.FAILED, since)
    payouts = _business("Payouts", "payouts_payout", Payout, PayoutStatus, PayoutStatus.SUCCESS, PayoutStatus.FAILED, since)
    return {
        "figures_at": now,
        "days": DAYS,
        "merchants": sum(merchants.values()),
        "active_merchants": merchants.get(MerchantStatus.ACTIVE, 0),
        "business": [payments, payouts],
        "chart": _chart(since),
    }


def _since(model: type[Model], since: datetime) -> QuerySet[Any]:
    """Rows made since then in real time, by their id: a range of the primary key."""
    return model._default_manager.filter(pk__gte=first_uuid7(since)).order_by()


def _business(label: str, name: str, model: type[Model], statuses: Any, done: str, failed: str, since: datetime) -> Business:
    rows = _since(model, since).values_list("status").annotate(n=Count("pk"), volume=Sum("amount", filter=Q(currency=CURRENCY)))
    counted = {str(status): (count, volume or 0) for status, count, volume in rows}
    total = sum(count for count, _ in counted.values())
    good, bad = (counted.get(str(status), (0, 0))[0] for status in (done, failed))
    shares = tuple(Share(str(status.label), counted[status.value][0], 100 * counted[status.value][0] / total)
                   for status in statuses if status.value in counted)  # fmt: skip
    return Business(
        label=label,
        url=reverse(f"admin:{name}_changelist"),
        count=total,
        volume=f"{CURRENCY} {_grouped(counted.get(str(done), (0, 0))[1])}",
        success_rate=round(100 * good / (good + bad), 1) if good + bad else None,
        shares=shares,
    )


def _grouped(minor: int) -> str:
    whole, _, part = to_text(minor, CURRENCY).partition(".")
    return f"{int(whole):,}.{part}"


def _chart(since: datetime) -> Bars:
    """Payments and payouts made on each day."""
    days = [since + timedelta(days=number) for number in range(DAYS)]
    ranges = {str(number): Q(pk__gte=first_uuid7(day), pk__lt=first_uuid7(day + timedelta(days=1))) for number, day in enumerate(days)}
    counts = [
        list(_since(model, since).aggregate(**{f"day{name}": Count("pk", filter=within) for name, within in ranges.items()}).values())
        for model in (Checkout, Payout)
    ]
    return bars([f"{day:%d %b}" for day in days], counts[0], counts[1])


def waiting() -> list[Waiting]:
    """What waits for staff or is overdue; each count stops at a thousand."""
    soon = clock.real_now() + timedelta(days=3)
    open_approvals = PayoutApproval.objects.filter(status=ApprovalStatus.WAITING, expires_at__gt=clock.real_now())
    failed = _of_merchants(Delivery, DeliveryStatus.FAILED).filter(pk__gte=first_uuid7(clock.real_now() - timedelta(days=1)))
    disputes = _of_merchants(Dispute, DisputeStatus.NEEDS_RESPONSE).filter(respond_by__lte=soon)
    return [
        _wait("Payouts in review", _of_merchants(Payout, PayoutStatus.IN_REVIEW), "payouts_payout", "status__exact=IN_REVIEW"),
        _wait("Payouts on hold", _of_merchants(Payout, PayoutStatus.ON_HOLD), "payouts_payout", "status__exact=ON_HOLD"),
        _wait("Approvals to confirm", open_approvals, "payouts_payoutapproval", "status__exact=waiting"),
        _wait("Webhooks failed today", failed, "webhooks_delivery", "status__exact=failed"),
        _wait("Disputes due in three days", disputes, "payments_dispute", "status__exact=needs_response"),
    ]


def _of_merchants(model: type[Model], status: str) -> QuerySet[Any]:
    """Rows in a status that few are in: merchant by merchant, on the index that starts with it."""
    return model._default_manager.filter(merchant__in=Merchant.objects.order_by().values("pk"), status=status)


def _wait(label: str, rows: QuerySet[Any], name: str, query: str) -> Waiting:
    count = rows.order_by().values("pk")[:_COUNTED].count()
    return Waiting(
        label, f"{count}" if count < _COUNTED else f"{_COUNTED} or more", f"{reverse(f'admin:{name}_changelist')}?{query}", count > 0
    )


def health() -> list[Waiting]:
    """Whether the work is done in time and the trail is sealed."""
    now = clock.real_now()
    wake, seal = scheduling.next_wake(), AuditSeal.objects.order_by("-number").first()
    unsealed = AuditEntry.objects.filter(seal__isnull=True).order_by("pk").values_list("at", flat=True).first()
    late = now - wake if wake is not None and wake < now else timedelta(0)
    is_closed = config_value(ConfigKey.MAINTENANCE_MODE) == "true"
    trail, is_old = "Sealed", unsealed is not None and now - unsealed > _LATE
    if unsealed is not None:
        trail = "Not sealed for minutes" if is_old else "Being sealed"
    return [
        Waiting("APIs", "Maintenance: 503" if is_closed else "Open", reverse("admin:merchants_systemconfig_changelist"), is_closed),
        Waiting("Due work", f"{round(late.total_seconds())} s late" if late > _LATE else "In time", "", late > _LATE),
        Waiting("Audit trail", f"{trail}, {seal.number if seal else 0} seals", reverse("admin:audit_auditentry_changelist"), is_old),
    ]
