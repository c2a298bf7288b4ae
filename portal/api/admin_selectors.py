"""Reads of the admin API, over all merchants (contract section 7)."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Model, Q, QuerySet, Sum
from django.db.models.functions import Lower

from merchants.key_forms import CORE_SCOPES
from merchants.models import ApiKey, Merchant
from merchants.states import MerchantStatus
from mypay.kit import filters, paging
from mypay.kit.errors import ValidationError
from mypay.kit.ids import is_uuid
from payments.models import Checkout
from payments.render import number
from payments.states import CheckoutStatus
from payouts.errors import payout_not_found
from payouts.models import Payout
from payouts.states import FINAL, PayoutStatus
from portal.api.selectors import CURRENCY, Query

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
RECENT = 10
_MAX_ID = 2**63 - 1
_COMPLETED = Q(status=CheckoutStatus.COMPLETED, currency=CURRENCY)
_PAID = Q(status=PayoutStatus.SUCCESS, currency=CURRENCY)


def merchant_id(text: str) -> int:
    """The number in a path or query; raises ValidationError (400 `Invalid merchant ID`)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= _MAX_ID):
        raise ValidationError("Invalid merchant ID", field="merchantId")
    return int(text)


def list_merchants(query: Query) -> tuple[list[Merchant], int]:
    """All merchants, or the page that `limit` asks for, by `status` and `search`; and how many there are."""
    rows = filters.one_of(Merchant.objects.order_by("pk"), "status", query.get("status", "").lower(), MerchantStatus.values)
    if search := query.get("search", "").strip().lower()[:255]:
        # Small letters on both sides: MariaDB's columns compare exactly, SQLite's LIKE does not.
        rows = rows.annotate(small=Lower("name"), small_company=Lower("company_name"))
        rows = rows.filter(Q(email__contains=search) | Q(small__contains=search) | Q(small_company__contains=search))
    if "limit" not in query:
        found = list(rows)
        return found, len(found)
    limit = paging.whole(query["limit"], DEFAULT_LIMIT, MAX_LIMIT)
    start = (paging.whole(query.get("page"), 1, paging.MAX_PAGE) - 1) * limit
    return list(rows[start : start + limit]), rows.count()


def figures(merchants: list[Merchant]) -> dict[int, dict[str, Any]]:
    """Each merchant's counts and volumes of what is completed; two queries for all of them."""
    ids = [merchant.pk for merchant in merchants]
    collected, paid = _sums(Checkout, _COMPLETED, ids), _sums(Payout, _PAID, ids)
    return {pk: _figures(collected.get(pk, (0, 0)), paid.get(pk, (0, 0))) for pk in ids}


def _figures(collected: tuple[int, int], paid: tuple[int, int]) -> dict[str, Any]:
    return {
        "transactionCount": collected[0],
        "totalVolume": number(collected[1], CURRENCY),
        "payoutCount": paid[0],
        "totalPayoutVolume": number(paid[1], CURRENCY),
    }


def _sums(model: type[Model], done: Q, ids: list[int]) -> dict[int, tuple[int, int]]:
    rows = model._default_manager.filter(merchant_id__in=ids).order_by().values_list("merchant_id")
    return {pk: (count, volume or 0) for pk, count, volume in rows.annotate(n=Count("pk"), volume=Sum("amount", filter=done))}


def recent(model: type[Model], merchant: Merchant) -> list[Any]:
    """The merchant's newest few checkouts or payouts."""
    return paging.page(model._default_manager.filter(merchant=merchant), {"limit": str(RECENT), "cursor": ""}).rows


def all_keys(merchant: Merchant) -> list[ApiKey]:
    """The merchant's keys of our own APIs, newest first, switched off ones too."""
    return list(merchant.api_keys.filter(scope__in=CORE_SCOPES).order_by("-pk"))


def list_transactions(query: Query) -> list[Checkout]:
    """Any merchant's checkouts, newest first, by `merchantId` and `status`."""
    return _newest(filters.one_of(_of(Checkout, query), "status", query.get("status", "").lower(), CheckoutStatus.values), query)


def list_payouts(query: Query) -> list[Payout]:
    """Any merchant's payouts, newest first, by `merchantId` and `status`."""
    return _newest(filters.one_of(_of(Payout, query), "status", query.get("status", "").upper(), PayoutStatus.values), query)


def _of(model: type[Model], query: Query) -> QuerySet[Any]:
    rows = model._default_manager.all()
    return rows.filter(merchant_id=merchant_id(query["merchantId"])) if query.get("merchantId") else rows


def _newest(rows: QuerySet[Any], query: Query) -> list[Any]:
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: paging.whole(query.get("limit"), DEFAULT_LIMIT, MAX_LIMIT)])
    return list(rows.model._default_manager.filter(pk__in=ids).order_by("-pk"))


def merchants_of(rows: Iterable[Any]) -> dict[int, Merchant]:
    """The merchants of some rows, by id."""
    return Merchant.objects.in_bulk({row.merchant_id for row in rows})


def get_payout(payout_id: str) -> Payout:
    """Any merchant's payout, with its merchant; raises NotFound."""
    rows = Payout.objects.select_related("merchant")
    found = rows.filter(pk=UUID(payout_id)).first() if is_uuid(payout_id) else None
    if found is None:
        raise payout_not_found()
    return found


def stats() -> dict[str, Any]:
    """The dashboard's figures; a payout is pending until it is final."""
    merchants = _by_status(Merchant, Q())
    payments, payouts = _by_status(Checkout, _COMPLETED), _by_status(Payout, _PAID)
    return {
        "totalMerchants": _total(merchants),
        "activeMerchants": merchants.get(MerchantStatus.ACTIVE, (0, 0))[0],
        "totalPaymentTransactions": _total(payments),
        "totalPayoutTransactions": _total(payouts),
        "paymentVolume": number(payments.get(CheckoutStatus.COMPLETED, (0, 0))[1], CURRENCY),
        "payoutVolume": number(payouts.get(PayoutStatus.SUCCESS, (0, 0))[1], CURRENCY),
        "successfulPayments": payments.get(CheckoutStatus.COMPLETED, (0, 0))[0],
        "failedPayments": payments.get(CheckoutStatus.FAILED, (0, 0))[0],
        "pendingPayments": payments.get(CheckoutStatus.PENDING, (0, 0))[0],
        "successfulPayouts": payouts.get(PayoutStatus.SUCCESS, (0, 0))[0],
        "failedPayouts": payouts.get(PayoutStatus.FAILED, (0, 0))[0],
        "pendingPayouts": sum(count for status, (count, _) in payouts.items() if status not in FINAL),
    }


def _by_status(model: type[Model], done: Q) -> dict[str, tuple[int, int]]:
    rows: QuerySet[Any] = model._default_manager.order_by().values_list("status").annotate(n=Count("pk"))
    if not done:
        return {status: (count, 0) for status, count in rows}
    return {status: (count, volume or 0) for status, count, volume in rows.annotate(volume=Sum("amount", filter=done))}


def _total(counted: dict[str, tuple[int, int]]) -> int:
    return sum(count for count, _ in counted.values())
