"""Read and check a create body: all faults at once, in the contract's order (section 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mypay.kit.jsonbody import plain
from mypay.kit.money import InvalidAmount, to_minor
from mypay.kit.outbound import OutboundRefused, check_url
from payments.errors import InvalidCheckout
from payments.states import Method

CURRENCY = "PKR"
PAYMENT_TYPE = "onetime"
MAX_INTEGER_DIGITS = 8
_MAX_REFERENCE, _MAX_DESCRIPTION, _MAX_FREE = 255, 500, 16_384
_METHODS = '"jazzcash", "easypaisa", or "card"'
# Other names that clients written after the user's document use; the canonical name wins.
_ALIASES = {
    "reference": ("merchant_ref", "merchantReference", "merchant_reference"),
    "paymentMethod": ("payment_method",),
    "paymentType": ("payment_type",),
    "successUrl": ("success_url", "webhook_url", "webhookUrl"),
    "returnUrl": ("return_url", "redirect_url", "redirectUrl"),
    "user": ("customer",),
}


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A checked create body; `amount` in minor units, `method` None when the payer chooses."""

    reference: str
    amount: int
    currency: str
    method: Method | None
    payment_type: str
    success_url: str
    return_url: str
    user: dict[str, Any] | None
    description: str
    metadata: dict[str, Any] | None


class _Reader:
    """Takes members out of a body and notes what is wrong with them."""

    def __init__(self, body: dict[str, Any], optional: frozenset[str]) -> None:
        self.body = body
        self.optional = optional
        self.faults: list[tuple[str, str]] = []

    def note(self, name: str, text: str) -> None:
        self.faults.append((name, f"{name} {text}"))

    def read(self, name: str, check: Callable[[Any], Any], default: Any = "") -> Any:
        """The member as `check` gives it; `check` raises ValueError with the contract's text."""
        value = self.body.get(name)
        if value is None or (value == "" and name != "reference"):
            if name not in self.optional:
                self.note(name, "is required")
            return default
        try:
            return check(value)
        except ValueError as problem:
            self.note(name, str(problem))
            return default


_ALWAYS_OPTIONAL = frozenset({"user", "currency", "description", "metadata"})
_LENIENTLY_OPTIONAL = _ALWAYS_OPTIONAL | {"paymentMethod", "paymentType", "successUrl", "returnUrl"}


def read_checkout(body: dict[str, Any], *, lenient: bool) -> CheckoutRequest:
    """The checked request; raises InvalidCheckout with every fault.

    Lenient is `/api/checkout/create`: other names are understood, and only reference and amount
    are required.
    """
    reader = _Reader(_with_aliases(body) if lenient else body, _LENIENTLY_OPTIONAL if lenient else _ALWAYS_OPTIONAL)
    reference = reader.read("reference", _reference)
    amount = reader.read("amount", _amount, 0)
    method = reader.read("paymentMethod", _method, None)
    payment_type = reader.read("paymentType", _payment_type, PAYMENT_TYPE)
    success_url = reader.read("successUrl", _url)
    return_url = reader.read("returnUrl", _url)
    user = reader.read("user", _free_object, None)
    currency = reader.read("currency", _currency, CURRENCY)
    description = reader.read("description", _description)
    metadata = reader.read("metadata", _free_object, None)
    if reader.faults:
        raise InvalidCheckout(reader.faults)
    return CheckoutRequest(reference, amount, currency, method, payment_type, success_url, return_url, user, description, metadata)


def _with_aliases(body: dict[str, Any]) -> dict[str, Any]:
    known = dict(body)
    for name, others in _ALIASES.items():
        if name not in known:
            found = [body[other] for other in others if other in body]
            if found:
                known[name] = found[0]
    return known


def _reference(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a non-empty string")
    return _text(value, _MAX_REFERENCE)


def _description(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return _text(value, _MAX_DESCRIPTION)


def _text(value: str, longest: int) -> str:
    if len(value) > longest:
        raise ValueError(f"must be at most {longest} characters")
    if any(character < " " or character == "\x7f" for character in value):
        raise ValueError("must not contain control characters")
    return value.strip()


def _amount(value: Any) -> int:
    try:
        return to_minor(value, CURRENCY, max_integer_digits=MAX_INTEGER_DIGITS)
    except InvalidAmount:
        raise ValueError("must be a positive number") from None


def _method(value: Any) -> Method:
    name = value.strip().lower() if isinstance(value, str) else ""
    if name not in Method.values:
        raise ValueError(f"must be either {_METHODS}")
    return Method(name)


def _payment_type(value: Any) -> str:
    if value != PAYMENT_TYPE:
        raise ValueError(f'only supports "{PAYMENT_TYPE}"')
    return PAYMENT_TYPE


def _currency(value: Any) -> str:
    if value != CURRENCY:
        raise ValueError(f'only supports "{CURRENCY}"')
    return CURRENCY


def _url(value: Any) -> str:
    """http and https only: the page puts it into a link, the server calls it."""
    if not isinstance(value, str):
        raise ValueError("must be a valid URL")
    try:
        check_url(value)
    except OutboundRefused:
        raise ValueError("must be a valid URL") from None
    return value


def _free_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    if len(str(value)) > _MAX_FREE:
        raise ValueError(f"must be at most {_MAX_FREE} characters")
    try:
        kept: dict[str, Any] = plain(value)
    except (TypeError, ValueError):
        raise ValueError("holds a number out of range") from None
    return kept
