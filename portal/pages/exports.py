"""The money rooms' lists as files: every row of the filter, streamed, formula-safe."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from ledger.models import Transfer
from merchants.models import Member
from mypay.kit.clock import iso
from mypay.kit.exports import export
from mypay.kit.money import to_text
from payments.models import Checkout, Dispute, Payment, Refund, Settlement
from payments.render import dispute_json, payment_json, refund_json, settlement_json, snapshot
from portal import searches
from portal.access import member_page
from portal.money_forms import CheckoutFilters, DisputeFilters, PaymentFilters, RefundFilters

_PAYMENT = [
    "id", "checkoutId", "reference", "amount", "capturedAmount", "refundedAmount", "disputedAmount", "currency", "method", "payer",
    "status", "statusCode", "createdAt",
]  # fmt: skip
_CHECKOUT = ["id", "reference", "amount", "currency", "method", "status", "statusCode", "description", "createdAt", "expiresAt"]
_REFUND = ["id", "paymentId", "reference", "amount", "currency", "status", "reason", "failureReason", "createdAt"]
_DISPUTE = ["id", "paymentId", "reference", "amount", "currency", "reason", "status", "respondBy", "closedAt", "createdAt"]
_TRANSFER = ["id", "number", "type", "from", "to", "amount", "currency", "availableAfter", "description", "subjectId", "createdAt"]
_SETTLEMENT = ["id", "currency", "itemCount", "gross", "deducted", "funded", "fee", "tax", "net", "createdAt"]
_MONEY = frozenset(
    {"gross", "deducted", "funded", "fee", "tax", "net", "amount", "capturedAmount", "refundedAmount", "disputedAmount", "availableAfter"}
)


@require_safe
@member_page
def payments_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """Payments as the API shows them."""
    found = searches.payments(member.merchant, PaymentFilters(request.GET).query())
    return _file(request, found, "payments", _PAYMENT, payment_json)


@require_safe
@member_page
def checkouts_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """Checkouts, paid or not."""
    found = searches.checkouts(member.merchant, CheckoutFilters(request.GET).query())
    return _file(request, found, "checkouts", _CHECKOUT, _checkout)


@require_safe
@member_page
def refunds_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """Refunds, with their payments' references."""
    found = searches.refunds(member.merchant, RefundFilters(request.GET).query())
    return _file(request, found, "refunds", _REFUND, _refund)


@require_safe
@member_page
def disputes_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """Disputes, with their payments' references."""
    found = searches.disputes(member.merchant, DisputeFilters(request.GET).query())
    return _file(request, found, "disputes", _DISPUTE, _dispute)


@require_safe
@member_page
def settlements_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """Settlements with their sums."""
    rows = Settlement.objects.filter(merchant=member.merchant)
    if currency := request.GET.get("currency", "").upper()[:5]:
        rows = rows.filter(currency=currency)
    return _file(request, searches.Found(rows, rows), "settlements", _SETTLEMENT, settlement_json)


@require_safe
@member_page
def history_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """A balance's moves."""
    query = request.GET.dict()
    balance, rows = searches.transfers(member.merchant, {"currency": "PKR", **query})
    found = searches.Found(rows, rows)
    return _file(request, found, f"balance-{balance.currency}", _TRANSFER, lambda row: _transfer(row, balance.currency))


def _file(request: HttpRequest, found: searches.Found, name: str, columns: list[str], item: Any) -> StreamingHttpResponse:
    def cells(row: Any) -> list[str | Decimal]:
        told = item(row)
        return [_cell(column, told[column]) for column in columns]

    format = request.GET.get("format", "csv")
    return export(found.rows, name=name, format=format, columns=columns, cells=cells, item=item, related=found.related)


def _cell(column: str, value: Any) -> str | Decimal:
    """Numbers as numbers; nothing as nothing."""
    if value is None:
        return ""
    return Decimal(value) if column in _MONEY else str(value)


def _checkout(checkout: Checkout) -> dict[str, Any]:
    told = snapshot(checkout)
    return {name: told[name] for name in (*_CHECKOUT, "metadata", "user", "updatedAt")}


def _refund(refund: Refund) -> dict[str, Any]:
    return {**refund_json(refund), "reference": _reference(refund.payment)}


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {**dispute_json(dispute), "reference": _reference(dispute.payment)}


def _reference(payment: Payment) -> str:
    return payment.checkout.reference


def _transfer(row: Transfer, currency: str) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "number": str(row.sequence),
        "type": str(row.entry_type),
        "from": str(row.source),
        "to": str(row.target),
        "amount": to_text(row.amount, currency),
        "currency": currency,
        "availableAfter": to_text(row.available_after, currency),
        "description": row.description,
        "subjectId": str(row.subject_id) if row.subject_id else None,
        "createdAt": iso(row.created_at),
    }
