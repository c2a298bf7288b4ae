"""What a log may show (contract section 11): applied to every line before it is written."""

import re
from collections.abc import Mapping
from typing import Any

_REDACTED = re.compile(
    r"^(password|currentpassword|newpassword|pin|mpin|otp|cvv|cvc|pan|card|cardnumber|secret|token|authorization"
    r"|mobilenumber|privatekey|cookie|setcookie|refresh|access)$"
    r"|password|secret|token$|authorization$"
)
_KEYS = re.compile(r"^(apikey|apikeyplain|xapikey|paymentapikey|payoutapikey|paymentkey|payoutkey|apisecret|key)$")
_ACCOUNTS = re.compile(r"^(accountnumber|iban|msisdn)$")
_SEPARATORS = re.compile(r"[_\-\s]")
REDACTED = "[REDACTED]"
_MAX_DEPTH = 8
_MAX_ITEMS = 100
_MAX_TEXT = 20_000


def mask_key(key: str) -> str:
    """First 8, `...`, last 4; a short one shows nothing."""
    return f"{key[:8]}...{key[-4:]}" if len(key) > 16 else REDACTED


def mask_account(number: str) -> str:
    """First 3 and last 2 digits."""
    return f"{number[:3]}{'*' * max(len(number) - 5, 3)}{number[-2:]}" if len(number) > 5 else "***"


def masked(value: Any, depth: int = 0) -> Any:
    """A copy fit for a log: secrets hidden at any depth, long texts and lists cut."""
    if isinstance(value, dict | list | tuple) and depth >= _MAX_DEPTH:
        return "[…]"
    if isinstance(value, dict):
        return {name: _member(name, member, depth) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [masked(member, depth + 1) for member in value[:_MAX_ITEMS]]
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return f"{value[:_MAX_TEXT]}… ({len(value)} characters)"
    return value


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy fit for a log of names with plain texts, as `masked` makes it."""
    shown = {}
    for name, value in headers.items():
        rule = _rule(name)
        shown[name] = rule(value) if rule else value if len(value) <= _MAX_TEXT else masked(value)
    return shown


def _member(name: Any, value: Any, depth: int) -> Any:
    rule = None if value is None or isinstance(value, bool) else _rule(str(name))
    if rule is None:
        return masked(value, depth + 1)
    # Under a secret's name everything is secret, whatever its shape.
    return REDACTED if isinstance(value, dict | list | tuple) else rule(str(value))


def _redact(_text: str) -> str:
    return REDACTED


_rules: dict[str, Any] = {}


def _rule(name: str) -> Any:
    """The mask for a member's name, remembered: log lines use the same few hundred names."""
    if name not in _rules:
        plain = _SEPARATORS.sub("", name).lower()
        rule: Any = None
        if _KEYS.search(plain):
            rule = mask_key
        elif _ACCOUNTS.search(plain):
            rule = mask_account
        elif _REDACTED.search(plain):
            rule = _redact
        if len(_rules) > 2000:
            return rule
        _rules[name] = rule
    return _rules[name]
