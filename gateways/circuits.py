"""When an assignment's circuit is open: pure rules over its row. Times are the merchant's."""

from datetime import datetime, timedelta

from gateways.contract import ErrorCode
from gateways.models import GatewayAssignment

IN_A_ROW = 5
WINDOW = 20
OF_WINDOW = 10
OPEN_FOR = timedelta(seconds=30)
_SKEW = timedelta(seconds=30)  # between two machines' clocks
FAULTS = frozenset({ErrorCode.GATEWAY_DOWN, ErrorCode.BAD_CREDENTIALS, ErrorCode.TOO_MANY, ErrorCode.UNAVAILABLE})
MASK = (1 << WINDOW) - 1


def is_fault(code: str) -> bool:
    """Whether the gateway or our account there is at fault, not the payer and not the request."""
    return code in FAULTS


def is_open(row: GatewayAssignment, now: datetime) -> bool:
    """Whether nothing may go there now. One that opens later than it can is of before the clock went back: it counts no more."""
    return row.open_until is not None and now < row.open_until <= now + OPEN_FOR + _SKEW


def is_half_open(row: GatewayAssignment, now: datetime) -> bool:
    """Whether one payment may try it."""
    return row.open_until is not None and not is_open(row, now)


def is_of_the_present(row: GatewayAssignment, chosen_at: datetime) -> bool:
    """Whether an order chosen then says something of an open circuit: it is its trial, not one from before it opened."""
    return row.open_until is None or chosen_at + OPEN_FOR >= row.open_until


def is_too_much(failures: int, recent: int) -> bool:
    """Five failures in a row, or ten of the last twenty answers."""
    return failures >= IN_A_ROW or recent.bit_count() >= OF_WINDOW
