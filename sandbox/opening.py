"""What the sandbox needs of the ledger, which is above it and so registers itself here when ready."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from merchants.models import Merchant


class ReadsOpening(Protocol):
    """What each balance of a merchant opened with, in minor units; 0 for one that opened empty."""

    def __call__(self, merchant_id: int) -> dict[str, int]: ...


class OpensBalances(Protocol):
    """Open a balance a currency, with that amount of minor units, as part of the caller's transaction."""

    def __call__(self, *, merchant: Merchant, amounts: Mapping[str, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """How a merchant's money begins."""

    amounts: ReadsOpening
    open: OpensBalances


_registered: list[Opening] = []


def register(opening: Opening) -> None:
    """The ledger calls this when it is ready."""
    _registered[:] = [opening]


def opening() -> Opening:
    """The ledger's way to begin."""
    return _registered[0]
