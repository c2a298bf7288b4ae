"""Which account is picked: pure rules over what is known of each (contract lightspeedpay section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateways.states import Mode

SAMPLES = 100  # the newest decided orders that count
SAMPLE_MINUTES = 60
MIN_SAMPLES = 20  # fewer say nothing: the rate is taken for 1
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An assignment that may take the payment; `is_trial` where its circuit is half open.

    `rate` is the share of its recent orders that were paid, `latency` how many milliseconds opening one took.
    """

    id: int
    place: int
    weight: int = 1
    current_weight: int = 0
    priority: int = 100
    rate: float = 1.0
    latency: float = 0.0
    last_used_at: datetime | None = None
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """Who it is, why, and the weights to remember by assignment."""

    chosen: Candidate
    why: str
    weights: dict[int, int]


def pick(mode: Mode, candidates: Sequence[Candidate], position: int) -> Pick:
    """One of the candidates, of whom there is at least one; `position` is the place of the last one picked in turn."""
    match mode:
        case Mode.PRIORITY:
            return _by_priority(candidates)
        case Mode.SMART:
            return _by_success(candidates)
        case Mode.WEIGHTED:
            return _by_weight(candidates)
        case _:
            return _in_turn(candidates, position)


def rate_of(paid: int, decided: int) -> float:
    """The success rate that those orders show, 0 to 1."""
    return paid / decided if decided >= MIN_SAMPLES else 1.0


def _in_turn(candidates: Sequence[Candidate], position: int) -> Pick:
    """The next place after the last one's, in a circle, past those that are not eligible."""
    chosen = min(candidates, key=lambda one: (one.place <= position, one.place))
    return Pick(chosen, f"in turn: place {chosen.place} after {position}", {})


def _by_priority(candidates: Sequence[Candidate]) -> Pick:
    chosen = min(candidates, key=lambda one: (-one.priority, -one.rate, one.last_used_at or _LONG_AGO, one.place))
    return Pick(chosen, f"priority {chosen.priority}, success rate {chosen.rate:.0%}", {})


def _by_success(candidates: Sequence[Candidate]) -> Pick:
    """A half-open one goes first: its poor rate would keep it from ever showing that it works again."""
    chosen = min(candidates, key=lambda one: (not one.is_trial, -one.rate, one.latency, -one.priority, one.place))
    return Pick(chosen, f"success rate {chosen.rate:.0%}, {chosen.latency:.0f} ms, priority {chosen.priority}", {})


def _by_weight(candidates: Sequence[Candidate]) -> Pick:
    """Smooth weighted round robin: over as many picks as the weights sum up to, each has exactly its share."""
    total = sum(one.weight for one in candidates)
    weights = {one.id: one.current_weight + one.weight for one in candidates}
    chosen = max(candidates, key=lambda one: (weights[one.id], -one.place))
    weights[chosen.id] -= total
    return Pick(chosen, f"weight {chosen.weight} of {total}", weights)
