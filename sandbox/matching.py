"""What a rule can match on, and whether it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mypay.kit.errors import ValidationError
from mypay.kit.jsonbody import plain
from mypay.kit.money import InvalidAmount, to_minor


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a request when its outcome is decided; `amount` in minor units."""

    amount: int
    currency: str
    number: str = ""
    method: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


def _amount(value: Any, facts: Facts) -> int:
    return to_minor(value, facts.currency)


_TESTS: dict[str, Callable[[Any, Facts], bool]] = {
    "amount": lambda value, facts: facts.amount == _amount(value, facts),
    "minAmount": lambda value, facts: facts.amount >= _amount(value, facts),
    "maxAmount": lambda value, facts: facts.amount <= _amount(value, facts),
    "number": lambda value, facts: facts.number == value,
    "numberEndsWith": lambda value, facts: facts.number.endswith(value),
    "method": lambda value, facts: facts.method.lower() == value.lower(),
    "metadata": lambda value, facts: all(facts.metadata.get(name) == wanted for name, wanted in value.items()),
}


def matches(match: Mapping[str, Any], facts: Facts) -> bool:
    """Whether every condition holds."""
    return all(_TESTS[name](value, facts) for name, value in match.items())


def checked(match: Any) -> dict[str, Any]:
    """The match if it can be understood; raises ValidationError naming the member at fault."""
    if not isinstance(match, dict):
        raise ValidationError("match must be an object", field="match")
    for name, value in match.items():
        if name not in _TESTS:
            raise ValidationError(f"match.{name[:50]} is unknown; use {', '.join(_TESTS)}", field=f"match.{name}")
        _check_value(name, value)
    try:
        kept: dict[str, Any] = plain(match)
    except (TypeError, ValueError):
        raise ValidationError("match holds a number out of range", field="match") from None
    return kept


def _check_value(name: str, value: Any) -> None:
    where = f"match.{name}"
    if name == "metadata":
        if not isinstance(value, dict):
            raise ValidationError(f"{where} must be an object", field=where)
    elif "mount" in name:
        try:
            to_minor(value)
        except InvalidAmount as problem:
            raise ValidationError(f"{where} is {problem}", field=where) from None
    elif not isinstance(value, str) or not value:
        raise ValidationError(f"{where} must be text", field=where)
