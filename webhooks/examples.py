"""An object as each event would tell of it: for the catalogue, and to fire events without a fact.

The apps above register how their objects are made, through the same renderers that real events use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from webhooks.catalogue import FAMILIES, EventType

CATALOGUE_ID = UUID("01936b2e-7f00-7000-8000-000000000001")
CATALOGUE_TIME = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an example is to be of: whose, of which event, with which id, at which time."""

    merchant: Merchant
    type: EventType
    subject_id: UUID
    at: datetime


Maker = Callable[[Wanted], dict[str, Any]]
_makers: dict[str, Maker] = {}


def register(family: str, maker: Maker) -> None:
    """Make known what the objects of `family.*` look like; apps call this when they are ready."""
    _makers[family] = maker


def example(wanted: Wanted) -> dict[str, Any]:
    """The object as that event would tell of it."""
    return _makers[family_of(wanted.type)](wanted)


def family_of(type: str) -> str:
    """What comes before the dot; one of the catalogue's families."""
    family = type.partition(".")[0]
    assert family in FAMILIES  # noqa: S101
    return family
