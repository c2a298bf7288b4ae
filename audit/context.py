"""Who acts, for as long as one request or task lasts."""

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Context:
    """Filled in as the request learns who calls; read when an audit entry is written.

    `touched` are the resources that entries were made of; some of them may not have been written.
    """

    request_id: str = ""
    ip: str = ""
    actor_type: str = "system"
    actor_id: str = ""
    merchant_id: int | None = None
    api_key_hash: str = ""
    api_key_id: int | None = None
    touched: list[str] = field(default_factory=list)


_current: ContextVar[Context | None] = ContextVar("audit_context", default=None)


def start(*, request_id: str, ip: str) -> Context:
    """Begin a context; the middleware does it for every request."""
    context = Context(request_id=request_id, ip=ip)
    _current.set(context)
    return context


def end() -> None:
    """The request is over: whatever this thread does next, the system does."""
    _current.set(None)


def current() -> Context:
    """The present context; outside requests the system acts."""
    return _current.get() or Context()


def acts(*, actor_type: str, actor_id: str, merchant_id: int | None = None, api_key_hash: str = "", api_key_id: int | None = None) -> None:
    """Say who acts from here on."""
    context = _current.get()
    if context is not None:
        context.actor_type, context.actor_id = actor_type, actor_id
        context.merchant_id, context.api_key_hash, context.api_key_id = merchant_id, api_key_hash, api_key_id
