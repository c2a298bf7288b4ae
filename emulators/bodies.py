"""Bodies and queries: forms whose names nest, and members read strictly, each refusal in a vendor's words and naming the field."""

from collections.abc import Iterable, Mapping
from typing import Any

from mypay.kit.api import StrictFormParser
from mypay.kit.errors import ApiError, MalformedBody
from mypay.kit.jsonbody import plain
from mypay.kit.outbound import OutboundRefused, check_url
from payments.validation import CURRENCIES


class FormBody(dict[str, Any]):
    """A form's members, nested; their numbers are text."""


class NestedFormParser(StrictFormParser):
    """Forms whose names nest, each name once."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return nested(super().parse(stream, media_type, parser_context).items())


def nested(fields: Iterable[tuple[str, Any]]) -> FormBody:
    """A form's fields as members: `notes[shop]=1` is `{"notes": {"shop": "1"}}`."""
    body = FormBody()
    for name, value in fields:
        *outer, last = name.replace("]", "").split("[")
        inside: dict[str, Any] = body
        for part in outer:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                raise MalformedBody(f"Duplicate field in request body: {part[:100]}", field=part)
        inside[last] = value
    return body


class Reader:
    """How a vendor reads members; it gives its own words where it has some, with `{name}` and `{limit}` in them."""

    missing = "{name} is required"
    no_integer = "{name} must be an integer"
    no_text = "{name} must be a string"
    no_flag = "{name} must be true or false"
    no_object = "{name} must be an object"
    no_url = "{name} must be an http or https URL"
    too_small = "{name} must be at least {limit}"
    too_great = "{name} must be at most {limit}"
    too_long = "{name} must be at most {limit} characters"
    too_many = "{name} must have at most {limit} members"
    no_pair = "{name} must have short text as values, of at most {limit} characters"
    no_currency = "{name} must be a currency that is taken here"
    has_text_numbers = False  # also in JSON; in a form they are text anyway

    def refusal(self, words: str, name: str) -> ApiError:
        """The vendor's refusal of that member."""
        raise NotImplementedError

    def unknown(self, names: list[str]) -> ApiError:
        """Its refusal of members that it does not know."""
        return self.refusal(f"{', '.join(name[:50] for name in names)} must not be sent", names[0])

    def required(self, name: str) -> ApiError:
        """Its refusal of a body without that member."""
        return self._no(self.missing, name)

    def text(self, body: Mapping[str, Any], name: str, longest: int, *, is_required: bool = False) -> str:
        """A member that is text, empty when absent."""
        value = body.get(name)
        if value in (None, ""):
            if is_required:
                raise self.required(name)
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or any(character < " " for character in value):
            raise self._no(self.no_text, name)
        if len(value) > longest:
            raise self._no(self.too_long, name, longest)
        return value

    def texts(self, body: Mapping[str, Any], longest: Mapping[str, int]) -> dict[str, str]:
        """Several such members, by the longest that each may be."""
        return {name: self.text(body, name, most) for name, most in longest.items()}

    def url(self, body: Mapping[str, Any], name: str) -> str:
        """A member that is an http or https URL, empty when absent."""
        url = self.text(body, name, 2048)
        try:
            check_url(url or "http://localhost")
        except OutboundRefused:
            raise self._no(self.no_url, name) from None
        return url

    def whole(self, body: Mapping[str, Any], name: str, *, default: int | None = None) -> int:
        """A member that is an integer. Required without a default."""
        value = body.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.required(name)
        may_be_text = self.has_text_numbers or isinstance(body, FormBody)
        if may_be_text and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._no(self.no_integer, name)
        return value

    def number(self, query: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
        """A query's whole number within limits."""
        text = query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise self._no(self.no_integer, name)
        if int(text) < least:
            raise self._no(self.too_small, name, least)
        if int(text) > most:
            raise self._no(self.too_great, name, most)
        return int(text)

    def flag(self, body: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
        """A member that is true or false, also as 1 and 0."""
        value = body.get(name)
        if value is None:
            return default
        if value in (True, 1, "1", "true"):
            return True
        if value in (False, 0, "0", "false"):
            return False
        raise self._no(self.no_flag, name)

    def member(self, body: Mapping[str, Any], name: str) -> dict[str, Any]:
        """A member that is an object, empty when absent; what a form nests keeps being a form's."""
        value = body.get(name) or {}
        if not isinstance(value, dict):
            raise self._no(self.no_object, name)
        return FormBody(value) if isinstance(body, FormBody) else value

    def pairs(self, body: Mapping[str, Any], name: str, most: int, longest: int) -> dict[str, Any]:
        """A member of so many free names, each with a short value."""
        given = self.member(body, name)
        if len(given) > most:
            raise self._no(self.too_many, name, most)
        for word, value in given.items():
            if isinstance(value, dict | list) or max(len(word), len(str(value))) > longest:
                raise self._no(self.no_pair, name, longest)
        kept: dict[str, Any] = plain(given)
        return kept

    def currency(self, body: Mapping[str, Any], *, default: str = "") -> str:
        """The currency, three capitals that the engine knows."""
        value = body.get("currency") or default
        if not value:
            raise self.required("currency")
        if value not in CURRENCIES:
            raise self._no(self.no_currency, "currency")
        return str(value)

    def only(self, body: Mapping[str, Any], known: Iterable[str]) -> None:
        """Refuse members that are not known."""
        if others := [name for name in body if name not in known]:
            raise self.unknown(others)

    def _no(self, words: str, name: str, limit: int = 0) -> ApiError:
        return self.refusal(words.format(name=name, limit=limit), name)
