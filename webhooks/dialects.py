"""How an event looks on the wire: one form a dialect, which the apps above register."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from webhooks.catalogue import EventType
from webhooks.models import Event
from webhooks.states import Dialect


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a dialect tells it; `data` is JSON, `name` what the dialect calls the event."""

    id: UUID
    type: str
    created_at: datetime
    data: str
    merchant: Merchant
    name: str = ""


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
    seconds before each try, None for the endpoint's, `seconds` how long the receiver has to answer, None for the
    sender's usual. `secrets` are those of the merchant that sign in place of the endpoint's, the newest first; with none
    the endpoint's sign.

    `names` are those of the dialect's events that tell of one of ours, in the order they are told, by
    its type and data: one of the same name unless the dialect says otherwise, none where it has no
    word for it. `catalogue` lists all names the form may give, for the endpoints' filters; empty where
    the names are our types.
    """

    body: Callable[[Told], bytes]
    headers: Callable[[Told, bytes, UUID, Signing], Mapping[str, str]]
    url: Callable[[Event, dict[str, Any]], tuple[str, str] | None] = lambda event, data: None
    after: timedelta = timedelta(0)
    schedule: Callable[[], tuple[int, ...] | None] = lambda: None
    names: Callable[[str, dict[str, Any]], tuple[str, ...]] = lambda type, data: (type,)
    catalogue: tuple[str, ...] = ()
    seconds: float | None = None
    secrets: Callable[[Merchant], tuple[str, ...]] | None = None


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


def known() -> list[str]:
    """The dialects that an endpoint may speak: those with a form."""
    return [*dict.fromkeys(dialect for dialect, _ in _forms)]


def catalogue(dialect: str) -> tuple[str, ...]:
    """All names of events in the dialect: its forms', or our types where these give none."""
    names = dict.fromkeys(name for (of, _), form in _forms.items() if of == dialect for name in form.catalogue)
    return tuple(names) or tuple(EventType.values)


def own_secrets(dialect: str, merchant: Merchant) -> tuple[str, ...]:
    """What of the merchant's signs in the dialect in place of the endpoint's secrets, none for most."""
    signs = next((form.secrets for (of, _), form in _forms.items() if of == dialect and form.secrets), None)
    return signs(merchant) if signs else ()


def has_own_names(dialect: str) -> bool:
    """Whether the dialect calls events by other names than we do."""
    return any(form.catalogue for (of, _), form in _forms.items() if of == dialect)
