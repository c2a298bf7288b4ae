"""When the next try comes: ten steps over 76 hours unless the endpoint or the dialect says otherwise."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from merchants.models import Merchant
from mypay.kit import clock
from webhooks.dialects import Form
from webhooks.models import Endpoint
from webhooks.services.owed import Owed

_MINUTE, _HOUR = 60, 3600
USUAL = (0, 5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
GIVES_UP_AFTER = timedelta(hours=120)
_JITTER = 0.2
_LONGEST_WAIT = timedelta(hours=24)


def steps(form: Form, endpoint: Endpoint | None) -> tuple[int, ...]:
    """Seconds before each try, the first from the event on."""
    own = tuple(endpoint.schedule) if endpoint and endpoint.schedule else None
    return own or form.schedule() or USUAL


def next_try(delivery: Owed, form: Form, *, at: datetime, retry_after: int | None = None) -> datetime | None:
    """When to try again after a failure at `at`; None when all tries since it was last sent anew are made.

    The usual waits are up to a fifth longer or shorter, by delivery and try, so that the same run has
    the same times; a schedule that somebody chose is kept as it is. The receiver's `Retry-After` may
    lengthen a wait up to a day, never shorten it.
    """
    waits = steps(form, delivery.endpoint)
    made = delivery.tries - delivery.earlier_tries
    if made >= len(waits):
        return None
    spread = _JITTER * _spread(delivery) if waits is USUAL else 0
    wait = timedelta(seconds=waits[made] * (1 + spread))
    asked = min(timedelta(seconds=retry_after or 0), _LONGEST_WAIT)
    return at + max(wait, asked)


def _spread(delivery: Owed) -> float:
    """From -1 to 1, by chance but always the same."""
    digest = hashlib.sha256(f"{delivery.pk}:{delivery.tries}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**31 - 1


def wake(merchant: Merchant, due_at: datetime) -> datetime | None:
    """When in real time a worker may take it: at once what is due on a clock that stands."""
    if merchant.clock_frozen_ms is not None:
        return clock.real_now() if due_at <= clock.now(merchant) else None
    return clock.wake_at(merchant, due_at)


def moved(merchant: Any, due_at: datetime | None) -> dict[str, Any]:
    """The columns of a delivery that is next due then."""
    return {"due_at": due_at, "wake_at": None if due_at is None else wake(merchant, due_at)}
