"""What a timeline is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

# The order in which one moment is told.
SOURCES = ("API", "State", "Ledger", "Rail", "Event", "Delivery")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer as they went over the wire, secrets masked.

    `base_string` is what was signed, empty for what is not; `status` None: nothing was answered.
    """

    line: str
    request_headers: str
    request_body: str
    status: int | None
    response_headers: str
    response_body: str
    curl: str
    error: str = ""
    base_string: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One row that tells of the moment; `amount` in minor units of `currency`."""

    source: str
    text: str
    note: str = ""
    amount: int | None = None
    currency: str = ""
    url: str = ""
    is_bad: bool = False
    exchange: Exchange | None = None


@dataclass(slots=True)
class Moment:
    """All that was written at one time: one transaction, unless the merchant's clock stood still.

    `status` is the last state it led to, small letters; `next` for what is still to come.
    """

    at: datetime
    titles: list[str] = field(default_factory=list)
    status: str = ""
    facts: list[Fact] = field(default_factory=list)


class Moments:
    """Facts under the time they belong to."""

    def __init__(self) -> None:
        self._by_time: dict[datetime, Moment] = {}

    def at(self, time: datetime) -> Moment:
        """The moment of that time."""
        return self._by_time.setdefault(time, Moment(time))

    def told(self) -> Iterator[Moment]:
        """The moments, oldest first, each with its facts in order and at least one title."""
        for moment in sorted(self._by_time.values(), key=lambda one: one.at):
            moment.facts.sort(key=lambda fact: SOURCES.index(fact.source))
            moment.titles = list(dict.fromkeys(moment.titles)) or [moment.facts[0].text]
            yield moment
