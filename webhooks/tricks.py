"""What a trick's rule can match on, and whether it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mypay.kit.errors import ValidationError
from mypay.kit.ids import is_uuid
from webhooks.catalogue import covers, is_pattern
from webhooks.states import TARGETS

DELAY_SECONDS = 300
_MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a delivery when it is made; `target` is an endpoint's id or one of `TARGETS`."""

    type: str
    target: str
    subject_id: str
    reference: str


_TESTS: dict[str, Callable[[str, Facts], bool]] = {
    "type": lambda value, facts: covers(value, facts.type),
    "endpointId": lambda value, facts: value.lower() == facts.target,
    "subjectId": lambda value, facts: value.lower() == facts.subject_id,
    "reference": lambda value, facts: value == facts.reference,
}


def matches(match: Mapping[str, str], facts: Facts) -> bool:
    """Whether every condition holds."""
    return all(_TESTS[name](value, facts) for name, value in match.items())


def checked_match(match: Any) -> dict[str, str]:
    """The match if it can be understood; raises ValidationError naming the member at fault."""
    if not isinstance(match, dict):
        raise ValidationError("match must be an object", field="match")
    for name, value in match.items():
        where = f"match.{name[:50]}"
        if name not in _TESTS:
            raise ValidationError(f"{where} is unknown; use {', '.join(_TESTS)}", field=where)
        if not isinstance(value, str) or not value or len(value) > _MAX_TEXT:
            raise ValidationError(f"{where} must be text", field=where)
        if name == "type" and not is_pattern(value):
            raise ValidationError(f"{where} must be an event's type, a family as payout.*, or *", field=where)
        if name == "endpointId" and not (is_uuid(value) or value in TARGETS):
            raise ValidationError(f"{where} must be an endpoint's id, {' or '.join(TARGETS)}", field=where)
        if name == "subjectId" and not is_uuid(value):
            raise ValidationError(f"{where} must be an object's id", field=where)
    return match
