"""Reads of checkouts; the merchant comes first, except where a payer holds the id."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from merchants.states import MerchantStatus
from mypay.kit import paging
from mypay.kit.errors import NotFound
from mypay.kit.filters import between, one_of
from mypay.kit.ids import is_uuid
from payments.errors import checkout_not_found, invalid_session, transaction_not_found
from payments.models import Checkout, Dispute, Payment, Refund, Settlement
from payments.states import CheckoutStatus, DisputeStatus, Method, PaymentStatus, RefundStatus


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
    return paging.Page(page.rows, page.as_pages)


def waiting_payment(checkout: Checkout) -> Payment | None:
    """The payment that waits for its payer's answer, with its checkout and merchant; None if there is none."""
    if checkout.attempt_id is None:
        return None
    waiting = Payment.objects.select_related("merchant", "checkout__merchant").filter(pk=checkout.attempt_id)
    return waiting.filter(status=PaymentStatus.REQUIRES_ACTION).first()


def get_payment(merchant: Merchant, payment_id: str) -> Payment:
    """The merchant's payment with its checkout; raises NotFound for an unknown or foreign id alike."""
    payment: Payment = _owned(Payment.objects.select_related("checkout"), merchant, payment_id, "Payment")
    payment.checkout.merchant = merchant
    return payment


def get_refund(merchant: Merchant, refund_id: str) -> Refund:
    """The merchant's refund; raises NotFound."""
    refund: Refund = _owned(Refund.objects.select_related("payment__checkout"), merchant, refund_id, "Refund")
    refund.payment.merchant = refund.payment.checkout.merchant = merchant
    return refund


def get_dispute(merchant: Merchant, dispute_id: str) -> Dispute:
    """The merchant's dispute with its payment; raises NotFound."""
    dispute: Dispute = _owned(Dispute.objects.select_related("payment__checkout"), merchant, dispute_id, "Dispute")
    dispute.payment.merchant = dispute.payment.checkout.merchant = merchant
    return dispute


def get_settlement(merchant: Merchant, settlement_id: str) -> Settlement:
    """The merchant's settlement; raises NotFound."""
    settlement: Settlement = _owned(Settlement.objects.all(), merchant, settlement_id, "Settlement")
    return settlement


def _owned(rows: Any, merchant: Merchant, key: str, what: str) -> Any:
    found = rows.filter(merchant=merchant, pk=UUID(key)).first() if is_uuid(key) else None
    if found is None:
        raise NotFound(f"{what} not found")
    found.merchant = merchant
    return found


def payment_ids(merchant: Merchant, texts: Iterable[str]) -> set[str]:
    """Those of the texts that are ids of the merchant's payments, in small letters."""
    wanted = [UUID(text) for text in texts if is_uuid(text)]
    return {str(pk) for pk in Payment.objects.filter(merchant=merchant, pk__in=wanted).values_list("pk", flat=True)}


def list_payments(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's payments with their checkouts, newest first.

    By `status`, `method`, `reference`, `checkoutId`, `startDate`, `endDate`; an unknown word matches none.
    """
    rows = between(Payment.objects.filter(merchant=merchant), query)
    rows = one_of(rows, "status", query.get("status", "").lower(), PaymentStatus.values)
    rows = one_of(rows, "method", query.get("method", "").lower(), Method.values)
    if reference := query.get("reference"):
        rows = rows.filter(checkout__reference=reference.strip())
    return paging.page(_of(rows, "checkout_id", query.get("checkoutId", "")), query, related=("checkout",))


def list_refunds(merchant: Merchant, query: Mapping[str, str], *, payment: Payment | None = None) -> paging.Page:
    """The merchant's refunds, of all its payments or of one, newest first, by `status`, `paymentId`, `startDate`, `endDate`."""
    rows = between(Refund.objects.filter(merchant=merchant, **({"payment": payment} if payment else {})), query)
    rows = one_of(rows, "status", query.get("status", "").lower(), RefundStatus.values)
    return paging.page(_of(rows, "payment_id", query.get("paymentId", "")), query)


def list_disputes(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's disputes, newest first, by `status`, `paymentId`, `startDate`, `endDate`."""
    rows = between(Dispute.objects.filter(merchant=merchant), query)
    rows = one_of(rows, "status", query.get("status", "").lower(), DisputeStatus.values)
    return paging.page(_of(rows, "payment_id", query.get("paymentId", "")), query)


def list_settlements(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's settlements, newest first, by `currency`, `startDate`, `endDate`."""
    rows = between(Settlement.objects.filter(merchant=merchant), query)
    if currency := query.get("currency"):
        rows = rows.filter(currency=currency.upper())
    return paging.page(rows, query)


def _of(rows: Any, column: str, key: str) -> Any:
    """The rows of one object; what is no id matches none."""
    if not key:
        return rows
    return rows.filter(**{column: UUID(key)}) if is_uuid(key) else rows.none()


def last_attempt(checkout: Checkout) -> Payment | None:
    """The payment that attempts the checkout, whatever its status; None before anybody tried."""
    return None if checkout.attempt_id is None else Payment.objects.filter(pk=checkout.attempt_id).first()


def newest_payment(checkout: Checkout) -> Payment | None:
    """The last payment that somebody tried, also where it left the checkout open; None before anybody did."""
    return Payment.objects.select_related("checkout").filter(checkout=checkout).order_by("-pk").first()
