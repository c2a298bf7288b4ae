"""What the landing page teaches, taken from the tables that decide, so that it is never wrong."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from mypay.kit.ids import random_text
from mypay.settings import environment
from payouts.services.plan import plan
from payouts.states import PayoutStatus
from sandbox import builtin
from sandbox.services.decide import Decision
from sandbox.states import DecidedBy, Flow, Outcome


@dataclass(frozen=True, slots=True)
class Sample:
    """A request to try: what makes it special, and the statuses it goes through."""

    when: str
    outcome: Outcome
    statuses: tuple[PayoutStatus, ...]


def samples() -> list[Sample]:
    """The built-in table, but for its whole-number aliases."""
    rows = [(_when(match), outcome) for match, outcome in builtin.table(Flow.PAYOUT)]
    told = [Sample(when, outcome, _statuses(outcome)) for when, outcome in rows if when]
    return sorted(told, key=lambda sample: sample.outcome == Outcome.IN_REVIEW)


def _when(match: dict[str, Any]) -> str:
    if "numberEndsWith" in match:
        return f"…{match['numberEndsWith']}"
    return f"amount ≥ {match['minAmount']:,}" if "minAmount" in match else ""


def _statuses(outcome: Outcome) -> tuple[PayoutStatus, ...]:
    steps = plan(Decision(outcome, DecidedBy.TABLE))
    return PayoutStatus.PENDING, *(step.status for step in steps)


def curl(base_url: str, key: str = "YOUR_PAYOUT_KEY") -> str:
    """A command that creates a payout at `base_url`; its reference and idempotency key are fresh."""
    body = {
        "merchantReference": f"FIRST-{random_text(6)}",
        "amount": 2500,
        "destType": "BANK",
        "bankCode": "HBL",
        "accountNumber": "12345670001",
        "accountTitle": "Ayesha Khan",
    }
    lines = [
        f"curl -X POST {base_url}/api/v1/payouts",
        "-H 'Content-Type: application/json'",
        f"-H 'X-API-KEY: {key}'",
        f"-H 'X-Idempotency-Key: {uuid4()}'",
        f"-d '{json.dumps(body, indent=4)[:-1]}  }}'",
    ]
    return " \\\n  ".join(lines)


def is_demo() -> bool:
    """Whether the demo merchants are seeded here."""
    return bool(environment.DEMO)
