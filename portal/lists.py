"""A list as its page shows it: the rows of the filter at the cursor, its links and its files."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from merchants.models import Merchant
from portal.links import paging
from portal.parts import FilterForm, exports
from portal.searches import Found


def listed(
    request: HttpRequest, merchant: Merchant, room: str, filters: FilterForm, search: Callable[[Merchant, dict[str, str]], Found]
) -> dict[str, Any]:
    """What the list's template needs; `room` names its route, `room-file` that of its files.

    Raises ValidationError on a bad cursor.
    """
    path, query, cursor = reverse(f"portal:{room}"), filters.query(), request.GET.get("cursor", "")
    page = search(merchant, query).page(cursor)
    return {
        "page": page,
        "filters": filters,
        "query": query,
        "clear_url": path if query else "",
        "exports": exports(reverse(f"portal:{room}-file"), query),
        **paging(cursor, page.pagination["nextCursor"], path, query),
    }
