"""Reads of the home page; the merchant comes first. Each is one query, bounded by the days or the rows shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import TruncDate

from merchants.models import ApiKey, Merchant
from mypay.kit import clock
from mypay.kit.ids import first_uuid7
from payments.models import Dispute, Payment
from payments.states import DisputeStatus, Method, PaymentStatus
from payouts.models import Payout
from payouts.states import WAITING
from webhooks.models import Delivery, Endpoint
from webhooks.states import DeliveryStatus, DisabledReason

PERIODS = (14, 30)
MOST = 100
_FAILED_FOR = timedelta(days=7)
_PAID = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.VOIDED, PaymentStatus.REVERSED})


@dataclass(slots=True)
class Tally:
    """Payments of a day, a method, or all of them: how many the rail accepted and refused, and what was captured."""

    paid: int = 0
    failed: int = 0
    open: int = 0
    volume: int = 0

    @property
    def count(self) -> int:
        return self.paid + self.failed + self.open

    @property
    def rate(self) -> int | None:
        """Per cent of those decided; None while none is."""
        decided = self.paid + self.failed
        return round(self.paid * 100 / decided) if decided else None

    def add(self, status: str, count: int, volume: int) -> None:
        if status in _PAID:
            self.paid += count
        elif status == PaymentStatus.FAILED:
            self.failed += count
        else:
            self.open += count
        self.volume += volume


@dataclass(slots=True)
class Activity:
    """Payments of one currency by day, every day of the period, and by method; `currencies` are those with payments in it."""

    currency: str
    currencies: list[str]
    days: dict[date, Tally]
    methods: dict[str, Tally] = field(default_factory=dict)
    total: Tally = field(default_factory=Tally)


def activity(merchant: Merchant, days: int, currency: str = "") -> Activity:
    """What was collected in the last days on the merchant's clock, from one index alone; the currency of most payments unless said."""
    until = clock.now(merchant).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    since = until - timedelta(days=days)
    rows = (
        Payment.objects.filter(merchant=merchant, created_at__gte=since, created_at__lt=until)
        .order_by()
        .values_list(TruncDate("created_at"), "currency", "method", "status")
        .annotate(count=Count("*"), volume=Sum("captured"))
    )
    found = list(rows)
    counts: dict[str, int] = {}
    for _, code, _, _, count, _ in found:
        counts[code] = counts.get(code, 0) + count
    known = sorted(counts)
    chosen = currency if currency in counts else max(known, key=lambda code: counts[code], default="PKR")
    told = Activity(chosen, known, {since.date() + timedelta(days=number): Tally() for number in range(days)})
    for day, code, method, status, count, volume in found:
        if code != chosen:
            continue
        for tally in (told.days[day], told.methods.setdefault(method, Tally()), told.total):
            tally.add(status, count, volume if status == PaymentStatus.CAPTURED else 0)
    told.methods = {
        str(Method(name).label): told.methods[name] for name in sorted(told.methods, key=lambda name: -told.methods[name].count)
    }
    return told


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows wait, MOST at most, and the first time that one of them is due."""

    count: int
    first_at: datetime | None = None

    @property
    def told(self) -> str:
        """`3`, or `100 or more`."""
        return f"{self.count} or more" if self.count >= MOST else str(self.count)


def failed_deliveries(merchant: Merchant) -> Waiting:
    """Deliveries given up within the last seven days."""
    since = first_uuid7(clock.real_now() - _FAILED_FOR)
    return _waiting(Delivery.objects.filter(merchant=merchant, status=DeliveryStatus.FAILED, pk__gte=since).values_list("pk", flat=True))


def disabled_endpoints(merchant: Merchant) -> list[Endpoint]:
    """Endpoints that MyPay switched off."""
    off = Endpoint.objects.filter(merchant=merchant, deleted_at=None, is_enabled=False)
    return list(off.filter(disabled_reason__in=(DisabledReason.GONE, DisabledReason.FAILING)).order_by("pk")[:5])


def disputes_to_answer(merchant: Merchant) -> Waiting:
    """Disputes that wait for the merchant, with the next deadline."""
    due = list(Dispute.objects.filter(merchant=merchant, status=DisputeStatus.NEEDS_RESPONSE).values_list("respond_by", flat=True)[:MOST])
    return Waiting(len(due), min(due, default=None))


def payouts_waiting(merchant: Merchant) -> Waiting:
    """Payouts in review or on hold."""
    return _waiting(Payout.objects.filter(merchant=merchant, status__in=WAITING).values_list("pk", flat=True))


def to_capture(merchant: Merchant) -> Waiting:
    """Authorised payments that nobody has captured, with the time at which the first of them ends."""
    due = list(Payment.objects.filter(merchant=merchant, status=PaymentStatus.AUTHORIZED).values_list("due_at", flat=True)[:MOST])
    return Waiting(len(due), min((at for at in due if at), default=None))


def _waiting(rows: "QuerySet[Delivery, object] | QuerySet[Payout, object]") -> Waiting:
    return Waiting(len(rows[:MOST]))


@dataclass(frozen=True, slots=True)
class Done:
    """Which of the first steps the merchant has taken."""

    key_used: bool
    payout: bool
    paid: bool
    endpoint: bool
    answered: bool

    @property
    def all(self) -> bool:
        return all((self.key_used, self.payout, self.paid, self.endpoint, self.answered))


def first_steps(merchant: Merchant) -> Done:
    """One query of five questions, each answered by the first row of an index."""

    def has(rows: Iterable[object]) -> Exists:
        return Exists(rows)  # type: ignore[arg-type]

    own = OuterRef("pk")
    asked = Merchant.objects.filter(pk=merchant.pk).values_list(
        has(ApiKey.objects.filter(merchant=own, last_used_at__isnull=False)),
        has(Payout.objects.filter(merchant=own)),
        has(Payment.objects.filter(merchant=own, status__in=(PaymentStatus.CAPTURED, PaymentStatus.AUTHORIZED))),
        has(Endpoint.objects.filter(merchant=own, deleted_at=None)),
        has(Delivery.objects.filter(merchant=own, status=DeliveryStatus.DELIVERED)),
    )
    return Done(*asked.get())
