"""How an event looks on the wire: one form a dialect, which the apps above register."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from webhooks.models import Event
from webhooks.states import Dialect


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a dialect tells it; `data` is JSON."""

    id: UUID
    type: str
    created_at: datetime
    data: str
    merchant: Merchant


@dataclass(frozen=True, slots=True)
class Signing:
    """What a dialect signs with: the endpoint's secrets, the newest first, the moment, and the try's number."""

    secrets: tuple[str, ...]
    at: datetime
    number: int

    @property
    def at_seconds(self) -> int:
        """The moment as most dialects sign it."""
        return int(self.at.timestamp())


@dataclass(frozen=True)
class Form:
    """A dialect's form for some events.

    `body` is the same whoever gets it, `headers` are those of one try of one delivery. `url` tells
    where the event goes by itself, beside the endpoints that ask for it: the target's name and the
    URL, None for nowhere. `after` is how long after the event the first try comes, `schedule` the
    seconds before each try, None for the endpoint's.
    """

    body: Callable[[Told], bytes]
    headers: Callable[[Told, bytes, UUID, Signing], Mapping[str, str]]
    url: Callable[[Event, dict[str, Any]], tuple[str, str] | None] = lambda event, data: None
    after: timedelta = timedelta(0)
    schedule: Callable[[], tuple[int, ...] | None] = lambda: None


_forms: dict[tuple[str, str], Form] = {}


def register(dialect: Dialect, family: str, form: Form) -> None:
    """Make known how the events `family.*` look in the dialect; apps call this when they are ready."""
    _forms[dialect.value, family] = form


def form(dialect: str, type: str) -> Form | None:
    """The dialect's form of that type of event; None if the dialect knows no such event."""
    family = type.partition(".")[0]
    return _forms.get((dialect, family)) or _forms.get((dialect, "*"))


def families() -> list[tuple[str, Form]]:
    """Every dialect with a form, for events that go somewhere by themselves."""
    return [(dialect, known) for (dialect, _), known in _forms.items()]
