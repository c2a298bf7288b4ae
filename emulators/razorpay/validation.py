"""What Razorpay asks of bodies: whole paise, notes, short texts; each refusal in its words, naming the field."""

from typing import Any

from emulators.razorpay.base import FormBody
from emulators.razorpay.errors import BadRequest, not_required
from mypay.kit.jsonbody import plain
from payments.validation import CURRENCIES

MINIMUM, MAXIMUM = 100, 99_999_999_00
MAX_RECEIPT = 40
MAX_DESCRIPTION = 500
_MAX_NOTES, _MAX_NOTE = 15, 256


def amount(body: dict[str, Any], name: str = "amount", *, default: int | None = None, currency: str = "INR") -> int:
    """A member of so many paise, at least 100; required without a default."""
    value = whole(body, name, default=default)
    if value < MINIMUM:
        raise BadRequest(f"The {name} must be at least {currency} 1.00", field=name)
    if value > MAXIMUM:
        raise BadRequest("Amount exceeds maximum amount allowed.", field=name)
    return value


def whole(body: dict[str, Any], name: str, *, default: int | None = None) -> int:
    """A member that is an integer; a form has its digits as text. Required without a default."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if value is None:
        raise required(name)
    if isinstance(body, FormBody) and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequest(f"The {name} must be an integer.", field=name)
    return value


def required(name: str) -> BadRequest:
    """The refusal of a body without that member."""
    return BadRequest(f"The {name} field is required.", field=name)


def flag(body: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """A member that is true or false, also as 1 and 0."""
    value = body.get(name)
    if value is None:
        return default
    if value in (True, 1, "1", "true"):
        return True
    if value in (False, 0, "0", "false"):
        return False
    raise BadRequest(f"The {name} field must be true or false.", field=name)


def text(body: dict[str, Any], name: str, longest: int, *, is_required: bool = False) -> str:
    """A member that is text, empty when absent."""
    value = body.get(name)
    if value in (None, ""):
        if is_required:
            raise required(name)
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or any(character < " " for character in value):
        raise BadRequest(f"The {name} must be a string.", field=name)
    if len(value) > longest:
        raise BadRequest(f"The {name} may not be greater than {longest} characters.", field=name)
    return value


def member(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A member that is an object, empty when absent; what a form nests keeps being a form's."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise BadRequest(f"The {name} must be an array.", field=name)
    return FormBody(value) if isinstance(body, FormBody) else value


def currency(body: dict[str, Any], *, default: str = "") -> str:
    """The currency, three capitals that the engine knows."""
    value = body.get("currency") or default
    if not value:
        raise required("currency")
    if value not in CURRENCIES:
        raise BadRequest("Currency is not supported", field="currency")
    return str(value)


def notes(body: dict[str, Any]) -> dict[str, Any]:
    """Up to 15 names with short values; `[]` is none."""
    value = body.get("notes") or {}
    if not isinstance(value, dict):
        raise BadRequest("The notes must be an array.", field="notes")
    if len(value) > _MAX_NOTES:
        raise BadRequest(f"The notes may not have more than {_MAX_NOTES} items.", field="notes")
    for name, note in value.items():
        if isinstance(note, dict | list) or max(len(name), len(str(note))) > _MAX_NOTE:
            raise BadRequest(f"The notes values must be strings of at most {_MAX_NOTE} characters.", field="notes")
    kept: dict[str, Any] = plain(value)
    return kept


def only_notes(body: dict[str, Any]) -> dict[str, Any]:
    """The body of a change, which is of notes and nothing else."""
    only(body, {"notes"})
    if "notes" not in body:
        raise required("notes")
    return notes(body)


def only(body: dict[str, Any], known: set[str]) -> None:
    """Refuse members that are not known."""
    if others := [name for name in body if name not in known]:
        raise not_required(others)
