"""Tell a checkout's timeline what happened on its way through the gateways."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from gateways.models import RoutingNote
from gateways.states import Happening
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.ids import uuid7

_MAX_TEXT = 300


@dataclass(frozen=True, slots=True)
class Note:
    """What happened with which account. `text` names no gateway: merchants read it."""

    happening: Happening
    account_id: int | None = None
    text: str = ""


def note(*, merchant: Merchant, subject_id: UUID, notes: Iterable[Note]) -> None:
    """Write them in their order, at the merchant's present; in the transaction of what they tell of."""
    at = clock.now(merchant)
    RoutingNote.objects.bulk_create(
        RoutingNote(
            id=uuid7(), merchant=merchant, subject_id=subject_id, happening=each.happening.value, account_id=each.account_id,
            text=each.text[:_MAX_TEXT], created_at=at,
        )
        for each in notes
    )  # fmt: skip
