"""Reads of checkouts; the merchant comes first, except where a payer holds the id."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.dateparse import parse_date, parse_datetime

from merchants.models import Merchant
from merchants.states import MerchantStatus
from mypay.kit import paging
from mypay.kit.errors import ValidationError
from mypay.kit.ids import is_uuid
from payments.errors import checkout_not_found, invalid_session, transaction_not_found
from payments.models import Checkout
from payments.states import CheckoutStatus, Method


def get_checkout(merchant: Merchant, checkout_id: str) -> Checkout:
    """The merchant's checkout; raises NotFound for an unknown or foreign id alike."""
    found = Checkout.objects.filter(merchant=merchant, pk=UUID(checkout_id)).first() if is_uuid(checkout_id) else None
    if found is None:
        raise checkout_not_found()
    return found


def get_transaction(merchant: Merchant, reference: str) -> Checkout:
    """The merchant's checkout of that reference; raises NotFound."""
    found = Checkout.objects.filter(merchant=merchant, reference=reference.strip()).first()
    if found is None:
        raise transaction_not_found()
    return found


def find_session(checkout_id: str) -> Checkout | None:
    """The checkout a payer holds the id of, with its merchant; None when unknown.

    No merchant goes before: the unguessable id is the payer's right to pay, and to no more. A
    merchant that does not work any more takes no payments.
    """
    if not is_uuid(checkout_id):
        return None
    sessions = Checkout.objects.select_related("merchant").filter(merchant__status=MerchantStatus.ACTIVE)
    return sessions.filter(pk=UUID(checkout_id)).first()


def get_session(checkout_id: str) -> Checkout:
    """As `find_session`; raises NotFound when unknown (contract section 3, complete)."""
    found = find_session(checkout_id)
    if found is None:
        raise invalid_session()
    return found


def list_transactions(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's checkouts, newest first (contract section 4); `pages` counts them.

    An unknown status or method matches none; a date that is none raises ValidationError.
    """
    rows = _between(Checkout.objects.filter(merchant=merchant), query)
    if status := query.get("status"):
        rows = rows.filter(status=status.lower()) if status.lower() in CheckoutStatus.values else rows.none()
    if method := query.get("paymentMethod"):
        rows = rows.filter(method=method.lower()) if method.lower() in Method.values else rows.none()
    if reference := query.get("reference"):
        rows = rows.filter(reference=reference.strip())
    page = paging.page(rows, query)
    told = {("pages" if name == "totalPages" else name): value for name, value in page.pagination.items()}
    return paging.Page(page.rows, told)


def _between(rows: QuerySet[Checkout], query: Mapping[str, str]) -> QuerySet[Checkout]:
    """Created from startDate to endDate; a date without time is the whole day, UTC."""
    if start := query.get("startDate"):
        rows = rows.filter(created_at__gte=_moment("startDate", start)[0])
    if end := query.get("endDate"):
        rows = rows.filter(created_at__lt=_moment("endDate", end)[1])
    return rows


def _moment(name: str, text: str) -> tuple[datetime, datetime]:
    """From when to before when the text's day, or moment, lasts."""
    try:
        if day := parse_date(text):
            start = datetime.combine(day, time(), UTC)
            return start, start + timedelta(days=1)
        if moment := parse_datetime(text.replace(" ", "+")):
            aware = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
            return aware, aware + timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        pass
    raise ValidationError(f"{name} must be a date like 2026-01-31 or a time like 2026-01-31T12:00:00Z", field=name)
