"""Reads of the request log; the merchant comes first."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet

from audit.models import ApiRequest, AuditEntry
from mypay.kit import paging
from mypay.kit.errors import NotFound
from mypay.kit.filters import span
from mypay.kit.ids import first_uuid7, is_uuid

# So many of the newest records are searched at once, fewer where no index has the column: a page costs the same
# however many there are.
WINDOW = 20_000
WIDE_WINDOW = 4_000
_MOST_REQUESTS_OF_AN_OBJECT = 200
_WRITTEN_LATE = timedelta(minutes=2)
STATUSES = {"2xx": (200, 300), "3xx": (300, 400), "4xx": (400, 500), "5xx": (500, 600), "errors": (400, 600)}


def list_requests(merchant_id: int, query: Mapping[str, str]) -> paging.Page:
    """The merchant's API requests, newest first, by cursor.

    By `status` (2xx, 4xx, 5xx, errors, or a number), `method`, `path` (how it begins), `requestId`, `object` (an
    id that a request touched or named), `startDate`, `endDate`. A page that is not full may have a next one: a
    search looks at some thousand records at a time. Raises ValidationError for what is no date or cursor.
    """
    rows = _between(ApiRequest.objects.filter(merchant_id=merchant_id), query)
    if request_id := query.get("requestId", ""):
        return paging.page(rows.filter(request_id=request_id), query)
    filtered = _filtered(merchant_id, rows, query)
    if filtered is rows:
        return paging.page(rows, query)
    is_wide = bool(query.get("path") or query.get("object"))
    return paging.window(rows, filtered, query, WIDE_WINDOW if is_wide else WINDOW)


def _between(rows: QuerySet[ApiRequest], query: Mapping[str, str]) -> QuerySet[ApiRequest]:
    """By the time in the id, which an index has, and to the millisecond by `at`."""
    if start := query.get("startDate"):
        first = span("startDate", start)[0]
        rows = rows.filter(pk__gte=first_uuid7(first), at__gte=first)
    if end := query.get("endDate"):
        last = span("endDate", end)[1]
        rows = rows.filter(pk__lt=first_uuid7(last + _WRITTEN_LATE), at__lt=last)
    return rows


def _filtered(merchant_id: int, rows: QuerySet[ApiRequest], query: Mapping[str, str]) -> QuerySet[ApiRequest]:
    status, method = query.get("status", "").lower(), query.get("method", "").upper()
    if status in STATUSES:
        low, high = STATUSES[status]
        rows = rows.filter(status__gte=low, status__lt=high)
    elif status:
        rows = rows.filter(status=int(status)) if status.isascii() and status.isdigit() and len(status) == 3 else rows.none()
    if method:
        rows = rows.filter(method=method)
    if path := query.get("path", ""):
        rows = rows.filter(path__startswith=path)
    if touched := query.get("object", ""):
        rows = rows.filter(Q(request_id__in=requests_of(merchant_id, touched)) | Q(path__contains=touched))
    return rows


def requests_of(merchant_id: int, resource_id: str) -> list[str]:
    """The ids of the requests that touched the object, by the trail: the latest few hundred."""
    entries = AuditEntry.objects.filter(merchant_id=merchant_id, resource_id=resource_id).exclude(request_id="")
    found = entries.order_by("-pk").values_list("request_id", flat=True)[:_MOST_REQUESTS_OF_AN_OBJECT]
    return list(dict.fromkeys(found))


def requests_by_ids(merchant_id: int, request_ids: Iterable[str]) -> dict[str, ApiRequest]:
    """The merchant's requests by their request ids, one query: for an object's timeline. Of several, the first."""
    rows = ApiRequest.objects.filter(merchant_id=merchant_id, request_id__in=list(request_ids)).order_by("-pk")
    return {row.request_id: row for row in rows}


def get_request(merchant_id: int, pk: str) -> ApiRequest:
    """The merchant's request; raises NotFound for an unknown or foreign id alike."""
    found = ApiRequest.objects.filter(merchant_id=merchant_id, pk=UUID(pk)).first() if is_uuid(pk) else None
    if found is None:
        raise NotFound("Request not found")
    return found


def entries_of(request: ApiRequest) -> list[AuditEntry]:
    """What the request did, in order: the trail's entries of its id, found by what it may have touched."""
    touched: list[Any] = orjson.loads(request.touched or "[]")
    if not touched:
        return []
    entries = AuditEntry.objects.filter(merchant_id=request.merchant_id, resource_id__in=touched, request_id=request.request_id)
    return list(entries.order_by("pk")[:_MOST_REQUESTS_OF_AN_OBJECT])
