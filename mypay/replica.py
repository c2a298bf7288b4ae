"""Reads that may be a little late go to DATABASE_REPLICA_URL: lists and reports that people look at.

Only rows of what happened are read there. Who calls and what they may do, keys, balances before a
decision, and everything inside a transaction are read where they are written, as is every write.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse

REPLICA = "replica"
_APPS = frozenset(("payouts", "payments", "webhooks", "ledger", "audit"))
# Routes as the URLconf writes them: the lists and reports of the portals' APIs and pages, none of the payment APIs'.
MARKED = re.compile(
    r"^(?:api/(?:v1/)?(?:portal|admin)/(?:transactions|payouts|stats|dashboard/stats)(?:/export/<str:format>)?"
    r"|portal/(?:payments|payments/checkouts|refunds|disputes|payouts|settlements|history|events|requests|endpoints/deliveries)(?:/export)?)$"
)
_may_be_late: ContextVar[bool] = ContextVar("may_be_late", default=False)


@contextmanager
def late_reads() -> Iterator[None]:
    """Reads of what happened may come from the replica meanwhile."""
    token = _may_be_late.set(True)
    try:
        yield
    finally:
        _may_be_late.reset(token)


class ReplicaMiddleware:
    """Marks the requests whose reads may be late; there only where a replica is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method not in ("GET", "HEAD") or match is None or not MARKED.match(match.route):
            return None
        with late_reads():
            response: HttpResponse = view(request, *args, **kwargs)
            if hasattr(response, "render"):
                response.render()
        if response.streaming:
            response.streaming_content = _late(response.streaming_content)  # type: ignore[attr-defined]
        return response


def _late(parts: Iterable[bytes]) -> Iterator[bytes]:
    """An export reads while it is sent."""
    with late_reads():
        yield from parts


class Router:
    """Django's database router."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        late = _may_be_late.get() and model._meta.app_label in _APPS and not connections["default"].in_atomic_block
        return REPLICA if late else "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"
