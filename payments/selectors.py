"""Reads of checkouts; the merchant comes first, except where a payer holds the id."""

from collections.abc import Mapping
from uuid import UUID

from merchants.models import Merchant
from merchants.states import MerchantStatus
from mypay.kit import paging
from mypay.kit.filters import between, one_of
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
    rows = between(Checkout.objects.filter(merchant=merchant), query)
    rows = one_of(rows, "status", query.get("status", "").lower(), CheckoutStatus.values)
    rows = one_of(rows, "method", query.get("paymentMethod", "").lower(), Method.values)
    if reference := query.get("reference"):
        rows = rows.filter(reference=reference.strip())
    page = paging.page(rows, query)
    told = {("pages" if name == "totalPages" else name): value for name, value in page.pagination.items()}
    return paging.Page(page.rows, told)
