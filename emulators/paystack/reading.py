"""What Paystack asks of bodies: whole kobo, also as text, an e-mail address, metadata; each refusal in its words."""

import re
from collections.abc import Mapping
from typing import Any

from emulators.bodies import Reader
from emulators.paystack.errors import InvalidParams
from gateways.paystack import wire
from mypay.kit.errors import MalformedBody
from mypay.kit.jsonbody import canonical, parse_object, plain

MAXIMUM = 99_999_999_00
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+", re.ASCII)
_PHONE = re.compile(r"[0-9]{4,15}", re.ASCII)
_MAX_EMAIL, _MAX_METADATA = 254, 16_000


class _Reader(Reader):
    missing = "{name} is required"
    no_integer = "{name} must be a whole number, in the currency's subunit"
    no_url = "{name} must be a valid URL"
    has_text_numbers = True

    def refusal(self, words: str, name: str) -> InvalidParams:
        return InvalidParams(words[:1].upper() + words[1:], name)

    def required(self, name: str) -> InvalidParams:
        return InvalidParams(f"{name[:1].upper()}{name[1:]} is required", name, code="missing_params")

    def amount(self, body: Mapping[str, Any], name: str = "amount") -> int:
        """A required member of so many kobo, at least 1."""
        value = self.whole(body, name)
        if value < 1 or value > MAXIMUM:
            raise InvalidParams("Invalid Amount Sent", name, code="invalid_amount")
        return value

    def phone(self, body: Mapping[str, Any], name: str) -> str:
        """A required number of a phone, or of a till, as the engine takes it."""
        number = self.text(body, name, 20, is_required=True).removeprefix("+")
        if not _PHONE.fullmatch(number):
            raise self.refusal(f"{name} must be a number, like +254710000000", name)
        return number

    def email(self, body: Mapping[str, Any]) -> str:
        """The customer's address, required, in small letters."""
        address = self.text(body, "email", _MAX_EMAIL, is_required=True)
        if not _EMAIL.fullmatch(address):
            raise InvalidParams("Invalid Email Address Passed", "email", code="invalid_email_address")
        return address.lower()

    def money(self, body: Mapping[str, Any]) -> str:
        """The currency, NGN unless said."""
        currency = body.get("currency") or wire.CURRENCIES[0]
        if currency not in wire.CURRENCIES:
            raise InvalidParams("Currency not supported by merchant", "currency", code="unsupported_currency")
        return str(currency)

    def metadata(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """An object, also as its JSON; no more than 16 kB of it."""
        value = body.get("metadata")
        if isinstance(value, str) and value:
            try:
                value = parse_object(value.encode())
            except MalformedBody:
                raise self._no(self.no_object, "metadata") from None
        kept: dict[str, Any] = plain(self.member({"metadata": value}, "metadata"))
        if len(canonical(kept)) > _MAX_METADATA:
            raise self.refusal("metadata must be at most 16000 characters", "metadata")
        return kept


read = _Reader()
