"""How each dialect's signature is read and made, as data: for the debugger and for whoever shows what was signed."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from webhooks.signatures import SHA256, Found, Problem, read_hex_signature, read_signatures
from webhooks.standard import SECRET_PREFIX, key_of


@dataclass(frozen=True)
class SignatureRules:
    """The rules of one dialect; headers are named as it writes them.

    `signature`   carries the signature: small hexadecimal digits or, `is_standard`, as Standard Webhooks writes it
    `signed`      headers whose texts are signed before the body, a dot after each: an id and a time, or none
    `timestamp`   says the time, if a header does; `has_iso_time` as ISO 8601, else in seconds
    `event_id`, `delivery_id`  carry the id of our event or delivery, if a header does
    `beside`      other headers that only this dialect has
    `algorithm`   of the HMAC
    """

    signature: str
    signed: tuple[str, ...] = ()
    timestamp: str = ""
    has_iso_time: bool = False
    is_standard: bool = False
    event_id: str = ""
    delivery_id: str = ""
    beside: tuple[str, ...] = ()
    algorithm: str = SHA256

    @property
    def needed(self) -> tuple[str, ...]:
        """What a receiver cannot do without."""
        return (*self.signed, self.signature)

    @property
    def own(self) -> tuple[str, ...]:
        """All headers of the dialect, in small letters."""
        named = (*self.needed, self.timestamp, self.event_id, self.delivery_id, *self.beside)
        return tuple(dict.fromkeys(name.lower() for name in named if name))

    def are_in(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers, their names in small letters, are of this dialect."""
        return any(name in headers for name in self.own)

    def read(self, text: str) -> tuple[list[Found], list[Problem]]:
        """The signatures in that header, and what is wrong with their form."""
        return read_signatures(text) if self.is_standard else read_hex_signature(text, self.algorithm)

    def write(self, digest: bytes) -> str:
        """A digest as the header has it."""
        return f"v1,{base64.b64encode(digest).decode()}" if self.is_standard else digest.hex()

    def keys(self, secret: str) -> list[tuple[str, bytes]]:
        """The right key of a secret first, then those that a slip makes of it, each by the slip's code."""
        decoded, whole, bare = key_of(secret), secret.encode(), secret.removeprefix(SECRET_PREFIX).encode()
        if self.is_standard:
            return [("", decoded), ("secret_not_decoded", whole), ("secret_not_decoded", bare)]
        return [("", whole), ("secret_decoded", decoded), ("secret_without_prefix", bare)]

    def base(self, texts: Mapping[str, str], body: bytes) -> bytes:
        """What is to be signed, of the headers by their small names."""
        return "".join(f"{texts.get(name.lower(), '')}." for name in self.signed).encode() + body


_rules: dict[str, SignatureRules] = {}


def register(dialect: str, rules: SignatureRules) -> None:
    """Make known how the dialect signs; apps call this when they are ready."""
    _rules[dialect] = rules


def rules_of(dialect: str) -> SignatureRules | None:
    """The dialect's rules, if it has any."""
    return _rules.get(dialect)


def recognised(headers: Mapping[str, str]) -> str:
    """The dialect that the headers, their names in small letters, are of; empty for none."""
    return next((dialect for dialect, rules in _rules.items() if rules.are_in(headers)), "")


def is_reserved(header: str) -> bool:
    """Whether a dialect says that header itself."""
    return any(header.lower() in rules.own for rules in _rules.values())


def what_was_signed(headers: Mapping[str, str], body: str) -> tuple[str, str]:
    """The base string and the signature of a request; both empty where it carries none."""
    small = {name.lower(): value for name, value in headers.items()}
    for rules in _rules.values():
        if all(name.lower() in small for name in rules.needed):
            return rules.base(small, body.encode()).decode(), small[rules.signature.lower()]
    return "", ""
