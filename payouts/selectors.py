"""Reads of payouts and the directory; the merchant comes first."""

import time
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from merchants.models import Merchant
from mypay.kit import paging
from mypay.kit.ids import is_uuid
from payouts.errors import batch_not_found, beneficiary_not_found, payout_not_found
from payouts.models import Beneficiary, DirectoryEntry, Payout, PayoutBatch, PayoutBatchLine
from payouts.states import DestinationType, LineStatus, PayoutStatus

_CHUNK = 500
_TO_PICK = 200
_CODES_SECONDS = 5.0
_codes: tuple[float, dict[str, frozenset[str]]] = (0.0, {})


def get_payout(merchant: Merchant, payout_id: str) -> Payout:
    """The merchant's payout; raises NotFound for an unknown or foreign id alike."""
    payout = Payout.objects.filter(merchant=merchant, pk=UUID(payout_id)).first() if is_uuid(payout_id) else None
    if payout is None:
        raise payout_not_found()
    return payout


def list_payouts(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's payouts, newest first; an unknown `status` matches none."""
    payouts = Payout.objects.filter(merchant=merchant)
    if status := query.get("status"):
        wanted = status.upper()
        payouts = payouts.filter(status=wanted) if wanted in PayoutStatus.values else payouts.none()
    return paging.page(payouts, query)


def get_beneficiary(merchant: Merchant, beneficiary_id: str) -> Beneficiary:
    """The merchant's beneficiary; raises NotFound for an unknown, foreign or removed one alike."""
    rows = _beneficiaries(merchant)
    row = rows.filter(pk=UUID(beneficiary_id)).first() if is_uuid(beneficiary_id) else None
    if row is None:
        raise beneficiary_not_found()
    return row


def list_beneficiaries(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """A page of `find_beneficiaries`."""
    return paging.page(find_beneficiaries(merchant, query), query)


def find_beneficiaries(merchant: Merchant, query: Mapping[str, str]) -> QuerySet[Beneficiary]:
    """The merchant's beneficiaries; `q` is how a name begins, in letters of any case, or a whole account number."""
    rows = _beneficiaries(merchant)
    search = query.get("q", "").strip()
    if not search:
        return rows
    if search.isdigit():
        return rows.filter(account_number=search)
    return rows.annotate(small=Lower("name")).filter(small__startswith=search.lower())


def beneficiaries_to_pick(merchant: Merchant) -> list[Beneficiary]:
    """The newest beneficiaries by name, as many as one would choose from in a form."""
    return sorted(_beneficiaries(merchant).order_by("-pk")[:_TO_PICK], key=lambda row: row.name.lower())


def beneficiaries_by_id(merchant: Merchant, ids: Iterable[str]) -> dict[str, Beneficiary]:
    """Those of the ids that are the merchant's beneficiaries, by id in small letters, in few queries."""
    wanted = sorted({each.lower() for each in ids if is_uuid(each)})
    found: dict[str, Beneficiary] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = _beneficiaries(merchant).filter(pk__in=wanted[start : start + _CHUNK])
        found |= {str(row.pk): row for row in rows}
    return found


def _beneficiaries(merchant: Merchant) -> QuerySet[Beneficiary]:
    return Beneficiary.objects.filter(merchant=merchant, removed_at=None)


def taken_references(merchant: Merchant, references: Iterable[str]) -> set[str]:
    """Those of the references that the merchant has used, in few queries."""
    wanted = sorted(set(references))
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        rows = Payout.objects.filter(merchant=merchant, merchant_reference__in=wanted[start : start + _CHUNK])
        found |= set(rows.values_list("merchant_reference", flat=True))
    return found


def get_batch(merchant: Merchant, batch_id: str) -> PayoutBatch:
    """The merchant's batch; raises NotFound for an unknown or foreign id alike."""
    row = PayoutBatch.objects.filter(merchant=merchant, pk=UUID(batch_id)).first() if is_uuid(batch_id) else None
    if row is None:
        raise batch_not_found()
    return row


def list_batches(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's batches, newest first."""
    return paging.page(PayoutBatch.objects.filter(merchant=merchant), query)


def list_lines(batch: PayoutBatch, query: Mapping[str, str]) -> paging.Page:
    """The batch's lines in their order, of one `status` or all, each with its payout."""
    lines = PayoutBatchLine.objects.filter(batch=batch)
    if status := query.get("status"):
        wanted = status.upper()
        lines = lines.filter(status=wanted) if wanted in LineStatus.values else lines.none()
    return paging.page(lines, query, key="number", related=("payout",), rising=True)


def directory(kind: DestinationType) -> list[DirectoryEntry]:
    """The active banks or wallets, by name."""
    return list(DirectoryEntry.objects.filter(kind=kind, is_active=True).order_by("name"))


def payable_codes(kind: DestinationType) -> frozenset[str]:
    """The codes that take payouts; remembered for seconds, for the hot path."""
    global _codes
    read_at, codes = _codes
    if time.monotonic() - read_at > _CODES_SECONDS or not codes:
        rows = list(DirectoryEntry.objects.filter(accepts_payouts=True).values_list("kind", "code"))
        codes = {kind.value: frozenset(code for k, code in rows if k == kind.value) for kind in DestinationType}
        _codes = (time.monotonic(), codes)
    return codes[kind.value]


def forget_codes() -> None:
    """Read the codes anew at the next use: the directory has changed."""
    global _codes
    _codes = (0.0, {})
