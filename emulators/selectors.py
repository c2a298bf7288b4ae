"""Reads that every vendor's objects need; of many rows at once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from mypay.kit.paging import span
from payments.models import Payment, SettlementItem
from payments.states import ItemKind


def newest(
    rows: QuerySet[Any],
    *,
    skip: int,
    count: int,
    since: datetime | None = None,
    until: datetime | None = None,
    related: tuple[str, ...] = (),
    key: str = "pk",
) -> list[Any]:
    """A page, newest first by `key`, with what is `related`: ids first from the covering index, then rows."""
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    if until is not None:
        rows = rows.filter(created_at__lte=until)
    return span(rows, skip, skip + count, key=key, related=related)


def attempts(checkouts: Iterable[UUID]) -> dict[UUID, int]:
    """How many payments tried to pay each."""
    rows = Payment.objects.filter(checkout_id__in=list(checkouts)).values_list("checkout_id").annotate(Count("pk")).order_by()
    return defaultdict(int, dict(rows))


def captured(checkouts: Iterable[UUID], *, until: datetime | None = None) -> dict[UUID, list[Payment]]:
    """The payments that were captured of each, in the order they began; those until then where that is said."""
    rows = Payment.objects.filter(checkout_id__in=list(checkouts), captured__gt=0).order_by("pk")
    found: dict[UUID, list[Payment]] = defaultdict(list)
    for row in rows.filter(created_at__lte=until) if until else rows:
        found[row.checkout_id].append(row)
    return found


def charges(payments: Iterable[UUID]) -> dict[UUID, tuple[int, int] | None]:
    """Fee without its tax, and the tax, in minor units: what was taken of each when it was captured; None before."""
    rows = SettlementItem.objects.filter(subject_id__in=list(payments), kind=ItemKind.PAYMENT).values_list("subject_id", "fee", "tax")
    return defaultdict(lambda: None, {key: (fee, tax) for key, fee, tax in rows})
