"""How accounts do, for staff: health of the last hour, and how payments were spread over them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from gateways.models import GatewayAccount, GatewayAssignment, GatewayOrder
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.ids import first_uuid7
from mypay.kit.money import to_text

_HEALTH_HOURS = 1
_MOST_ORDERS = 5_000
_EXCELLENT, _GOOD = 10, 25


@dataclass(slots=True)
class Health:
    """Of one account in the last hour: `success` in percent and `latency` in milliseconds, None where nothing tells.

    `circuits` is how many merchants' circuits are not closed.
    """

    orders: int = 0
    success: float | None = None
    latency: float | None = None
    circuits: int = 0


def health(account_ids: Iterable[int]) -> dict[int, Health]:
    """By account, from the newest orders of the last real hour; two reads however many accounts."""
    found = {account_id: Health() for account_id in account_ids}
    since = first_uuid7(clock.real_now() - timedelta(hours=_HEALTH_HOURS))
    rows = GatewayOrder.objects.filter(pk__gte=since, account__in=list(found)).order_by("-pk")
    ends: dict[int, list[bool]] = defaultdict(list)
    times: dict[int, list[int]] = defaultdict(list)
    for account_id, is_paid, latency in rows.values_list("account", "is_paid", "latency_ms")[:_MOST_ORDERS]:
        found[account_id].orders += 1
        if is_paid is not None:
            ends[account_id].append(is_paid)
        if latency is not None:
            times[account_id].append(latency)
    for account_id, one in found.items():
        one.success = 100 * sum(ends[account_id]) / len(ends[account_id]) if ends[account_id] else None
        one.latency = median(times[account_id]) if times[account_id] else None
    open_ones = GatewayAssignment.objects.filter(account__in=list(found), open_until__isnull=False)
    for account_id, number in open_ones.values_list("account").annotate(number=Count("pk")):
        found[account_id].circuits = number
    return found


@dataclass(slots=True)
class Turn:
    """One account's part of the payments: `share` and `success` in percent, `variance` in points off the equal share."""

    account: str
    gateway: str
    count: int = 0
    paid: int = 0
    decided: int = 0
    volumes: list[str] = field(default_factory=list)
    share: float = 0.0
    variance: float = 0.0

    @property
    def success(self) -> float | None:
        return 100 * self.paid / self.decided if self.decided else None

    @property
    def grade(self) -> str:
        if self.variance < _EXCELLENT:
            return "Excellent"
        return "Good" if self.variance < _GOOD else "Uneven"


def rotation(*, days: int, merchant: Merchant | None = None) -> list[Turn]:
    """How the orders of the last real days were spread, a merchant's over its accounts or all over all that are on."""
    orders = GatewayOrder.objects.filter(pk__gte=first_uuid7(clock.real_now() - timedelta(days=days)))
    accounts = GatewayAccount.objects.filter(is_active=True)
    if merchant is not None:
        orders = orders.filter(merchant=merchant)
        accounts = accounts.filter(assignments__merchant=merchant, assignments__is_active=True)
    turns = {pk: Turn(name, gateway) for pk, name, gateway in accounts.values_list("pk", "name", "gateway")}
    for row in _sums(orders):
        turn = turns.setdefault(row["account"], Turn(row["account__name"], row["account__gateway"]))
        turn.count += row["count"]
        turn.paid += row["paid"]
        turn.decided += row["decided"]
        turn.volumes.append(f"{row['currency']} {to_text(row['volume'], row['currency'])}")
    total = sum(turn.count for turn in turns.values())
    for turn in turns.values():
        turn.share = 100 * turn.count / total if total else 0.0
        turn.variance = abs(turn.share - 100 / len(turns)) if total else 0.0
    return sorted(turns.values(), key=lambda turn: (-turn.count, turn.account))


def _sums(orders: QuerySet[GatewayOrder]) -> Iterable[Any]:
    by_account = orders.order_by("account", "currency").values("account", "account__name", "account__gateway", "currency")
    return by_account.annotate(
        count=Count("pk"),
        volume=Sum("amount"),
        paid=Count("pk", filter=Q(is_paid=True)),
        decided=Count("pk", filter=Q(is_paid__isnull=False)),
    )
