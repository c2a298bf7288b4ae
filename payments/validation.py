"""Read and check a create body: all faults at once, in the contract's order (section 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mypay.kit.errors import ValidationError
from mypay.kit.jsonbody import free_object
from mypay.kit.money import InvalidAmount, to_minor, to_text
from mypay.kit.outbound import OutboundRefused, check_url
from payments.errors import InvalidCheckout
from payments.states import CaptureMode, Method

CURRENCY = "PKR"
CURRENCIES = ("PKR", "INR", "NGN", "KES", "USD", "GBP", "EUR")
PAYMENT_TYPE = "onetime"
MAX_INTEGER_DIGITS = 8
_OWN_CURRENCY = {
    Method.JAZZCASH: ("PKR",),
    Method.EASYPAISA: ("PKR",),
    Method.UPI: ("INR",),
    Method.MPESA: ("KES",),
    Method.NETBANKING: ("INR",),
    Method.WALLET: ("INR",),
}
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
    capture_mode: CaptureMode = CaptureMode.AUTOMATIC


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


_ALWAYS_OPTIONAL = frozenset({"user", "currency", "description", "metadata", "captureMode"})
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
    capture_mode = reader.read("captureMode", _capture_mode, CaptureMode.AUTOMATIC)
    if method and currency not in currencies_of(method):
        reader.note("paymentMethod", f'"{method}" pays in {" or ".join(currencies_of(method))} only')
    if reader.faults:
        raise InvalidCheckout(reader.faults)
    return CheckoutRequest(
        reference, amount, currency, method, payment_type, success_url, return_url, user, description, metadata, capture_mode
    )


def currencies_of(method: Method) -> tuple[str, ...]:
    """The currencies that a method pays in."""
    return _OWN_CURRENCY.get(method, CURRENCIES)


def methods_of(currency: str) -> list[Method]:
    """What a payer may choose from: in rupees the contract's three, elsewhere all that pay in the currency."""
    usual = (Method.JAZZCASH, Method.EASYPAISA, Method.CARD) if currency == CURRENCY else tuple(Method)
    return [method for method in usual if currency in currencies_of(method)]


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
    return _short(value, _MAX_DESCRIPTION)


def _short(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return _text(value, longest)


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
    if value not in CURRENCIES:
        raise ValueError(f"must be one of {', '.join(CURRENCIES)}")
    return str(value)


def _capture_mode(value: Any) -> CaptureMode:
    if value not in CaptureMode.values:
        raise ValueError(f"must be one of {', '.join(CaptureMode.values)}")
    return CaptureMode(value)


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
    return free_object(value, longest=_MAX_FREE)


def read_amount(body: dict[str, Any], currency: str, *, default: int, most: int | None = None) -> int:
    """`amount` of a body in minor units, `default` when absent; raises ValidationError, also above `most`."""
    value = body.get("amount")
    if value is None:
        return default
    try:
        amount = to_minor(value, currency)
    except InvalidAmount as problem:
        raise ValidationError(f"amount is {problem}", field="amount") from None
    if most is not None and amount > most:
        raise ValidationError(f"amount must be at most {to_text(most, currency)}", field="amount")
    return amount


def read_text(body: dict[str, Any], name: str, longest: int) -> str:
    """A text of a body, empty when absent; raises ValidationError."""
    return str(_checked(body, name, lambda value: _short(value, longest), ""))


def read_metadata(body: dict[str, Any]) -> dict[str, Any] | None:
    """`metadata` of a body; raises ValidationError."""
    found: dict[str, Any] | None = _checked(body, "metadata", _free_object, None)
    return found


def _checked(body: dict[str, Any], name: str, check: Callable[[Any], Any], default: Any) -> Any:
    if body.get(name) is None:
        return default
    try:
        return check(body[name])
    except ValueError as problem:
        raise ValidationError(f"{name} {problem}", field=name) from None
