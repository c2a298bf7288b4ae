"""What Razorpay asks of bodies: whole paise, notes, short texts; each refusal in its words."""

from collections.abc import Mapping
from typing import Any

from emulators.bodies import Reader
from emulators.razorpay.errors import BadRequest

MINIMUM, MAXIMUM = 100, 99_999_999_00
MAX_RECEIPT = 40
MAX_DESCRIPTION = 500
_MAX_NOTES, _MAX_NOTE = 15, 256


class _Reader(Reader):
    missing = "The {name} field is required."
    no_integer = "The {name} must be an integer."
    no_text = "The {name} must be a string."
    no_flag = "The {name} field must be true or false."
    no_object = "The {name} must be an array."
    no_url = "The {name} format is invalid."
    too_small = "The {name} must be at least {limit}."
    too_great = "The {name} may not be greater than {limit}."
    too_long = "The {name} may not be greater than {limit} characters."
    too_many = "The {name} may not have more than {limit} items."
    no_pair = "The {name} values must be strings of at most {limit} characters."
    no_currency = "Currency is not supported"

    def refusal(self, words: str, name: str) -> BadRequest:
        return BadRequest(words, field=name)

    def unknown(self, names: list[str]) -> BadRequest:
        verb = "is" if len(names) == 1 else "are"
        return self.refusal(f"{', '.join(name[:50] for name in names)} {verb} not required and should not be sent", names[0])

    def amount(self, body: Mapping[str, Any], name: str = "amount", *, default: int | None = None, currency: str = "INR") -> int:
        """A member of so many paise, at least 100; required without a default."""
        value = self.whole(body, name, default=default)
        if value < MINIMUM:
            raise BadRequest(f"The {name} must be at least {currency} 1.00", field=name)
        if value > MAXIMUM:
            raise BadRequest("Amount exceeds maximum amount allowed.", field=name)
        return value

    def notes(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Up to 15 names with short values; `[]` is none."""
        return self.pairs(body, "notes", _MAX_NOTES, _MAX_NOTE)

    def only_notes(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a change, which is of notes and nothing else."""
        self.only(body, {"notes"})
        if "notes" not in body:
            raise self.required("notes")
        return self.notes(body)


read = _Reader()
