"""Read and check a payout's destination and amount, in the contract's order (section 1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import UUID

from mypay.kit.errors import ValidationError
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import free_object
from mypay.kit.money import InvalidAmount, to_minor
from payouts.models import Beneficiary
from payouts.selectors import payable_codes
from payouts.states import DestinationType

CURRENCY = "PKR"
DEFAULT_TITLE = "Account Holder"
_ACCOUNT = re.compile(r"[0-9]{9,16}", re.ASCII)
_CODE_FIELDS = {DestinationType.BANK: "bankCode", DestinationType.WALLET: "walletCode"}
_CODE_MESSAGES = {
    DestinationType.BANK: "Invalid or missing bank code",
    DestinationType.WALLET: "Invalid or missing wallet code",
}
_LENGTHS = {"merchantReference": 255, "name": 200, "accountTitle": 200, "purpose": 255, "description": 500}
_MAX_METADATA = 16_384
# Other names that clients written after the original's contradictory guides use.
_ALIASES = {
    "merchantReference": ("merchant_reference", "merchantTransactionId", "merchant_transaction_id"),
    "destType": ("dest_type",),
    "bankCode": ("bank_code",),
    "walletCode": ("wallet_code",),
    "accountNumber": ("account_number",),
    "accountTitle": ("account_title", "beneficiary_name", "beneficiaryName"),
}
_BENEFICIARY = {"accountTitle": "name", "accountNumber": "accountNumber", "bankCode": "bankCode"}
_DESTINATION = ("destType", "bankCode", "walletCode", "accountNumber")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the money goes; one of the codes is empty."""

    type: DestinationType
    bank_code: str
    wallet_code: str
    account_number: str

    @property
    def code(self) -> str:
        """The bank's or the wallet's."""
        return self.bank_code or self.wallet_code


@dataclass(frozen=True, slots=True)
class PayoutRequest:
    """A checked create body; `amount` in minor units, `id` what the payout will be known by."""

    merchant_reference: str
    amount: int
    currency: str
    destination: Destination
    account_title: str
    purpose: str
    description: str
    metadata: dict[str, Any] | None
    id: UUID = field(default_factory=uuid7)


def with_aliases(body: dict[str, Any]) -> dict[str, Any]:
    """The body under its canonical names; the canonical name wins over an alias."""
    known = dict(body)
    nested = body.get("beneficiary")
    for name, others in _ALIASES.items():
        if name not in known:
            found = [body[other] for other in others if other in body]
            if not found and isinstance(nested, dict) and _BENEFICIARY.get(name) in nested:
                found = [nested[_BENEFICIARY[name]]]
            if found:
                known[name] = found[0]
    if "destType" not in known:
        given = [kind for kind, field in _CODE_FIELDS.items() if known.get(field)]
        if len(given) == 1:
            known["destType"] = given[0].value
    return known


def to_beneficiary(body: dict[str, Any], find: Callable[[str], Beneficiary]) -> dict[str, Any]:
    """The body with the destination of its `beneficiaryId`, which `find` knows; as it is without one.

    Raises ValidationError when it names a destination too, and what `find` raises.
    """
    given = body.get("beneficiaryId")
    if given in (None, ""):
        return body
    if not isinstance(given, str):
        _refuse("beneficiaryId must be text", "beneficiaryId")
    known = with_aliases(body)
    both = next((name for name in _DESTINATION if known.get(name)), None)
    if both:
        _refuse("Give either beneficiaryId or a destination", "beneficiaryId", f"{both} is given too")
    return {**known, **_destination_of(find(given), known.get("accountTitle"))}


def _destination_of(row: Beneficiary, title: Any) -> dict[str, Any]:
    return {
        "destType": str(row.destination_type),
        _CODE_FIELDS[DestinationType(row.destination_type)]: row.code,
        "accountNumber": row.account_number,
        "accountTitle": title or row.name,
    }


def read_beneficiary(body: dict[str, Any]) -> tuple[str, Destination]:
    """The checked name and destination of a beneficiary; `accountTitle` is another word for `name`."""
    known = with_aliases(body)
    known.setdefault("name", known.get("accountTitle"))
    _require(known, ("name", "destType", "accountNumber"))
    destination = read_destination(known)
    return _text(known, "name"), destination


def read_payout(body: dict[str, Any]) -> PayoutRequest:
    """The checked request; raises ValidationError at the first rule broken."""
    known = with_aliases(body)
    _require(known, ("merchantReference", "amount", "destType", "accountNumber"))
    amount = _amount(known["amount"])
    currency = known.get("currency")
    if currency not in (None, "") and currency != CURRENCY:
        _refuse("Invalid currency. Only PKR is supported", "currency")
    destination = read_destination(known)
    return PayoutRequest(
        merchant_reference=_text(known, "merchantReference"),
        amount=amount,
        currency=CURRENCY,
        destination=destination,
        account_title=_text(known, "accountTitle") or DEFAULT_TITLE,
        purpose=_text(known, "purpose"),
        description=_text(known, "description"),
        metadata=_metadata(known.get("metadata")),
    )


def read_verification(body: dict[str, Any]) -> Destination:
    """The checked destination of verify-account."""
    known = with_aliases(body)
    _require(known, ("destType", "accountNumber"))
    return read_destination(known)


def read_destination(known: dict[str, Any]) -> Destination:
    """Account number, then type, then the type's code."""
    number = known["accountNumber"]
    if not isinstance(number, str) or not _ACCOUNT.fullmatch(number):
        _refuse("Invalid account number format", "accountNumber", "9 to 16 digits, as text")
    kind = known["destType"]
    if not isinstance(kind, str) or kind not in DestinationType.values:
        _refuse("Invalid destination type", "destType", "BANK or WALLET")
    kind = DestinationType(kind)
    field = _CODE_FIELDS[kind]
    code = known.get(field)
    code = code.strip().upper() if isinstance(code, str) else ""
    if code not in payable_codes(kind):
        _refuse(_CODE_MESSAGES[kind], field)
    is_bank = kind == DestinationType.BANK
    return Destination(kind, code if is_bank else "", "" if is_bank else code, number)


def _amount(value: Any) -> int:
    try:
        return to_minor(value, CURRENCY)
    except InvalidAmount as problem:
        _refuse("Amount must be greater than 0", "amount", f"amount is {problem}")


def _require(known: dict[str, Any], names: tuple[str, ...]) -> None:
    missing = [name for name in names if not known.get(name)]
    if missing:
        _refuse("Missing required fields", missing[0], f"missing: {', '.join(missing)}")


def _text(known: dict[str, Any], name: str) -> str:
    """A text member, trimmed; absent is empty."""
    value = known.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse(f"{name} must be text", name)
    if len(value) > _LENGTHS[name]:
        _refuse(f"{name} must be at most {_LENGTHS[name]} characters", name)
    if any(character < " " or character == "\x7f" for character in value):
        _refuse(f"{name} must not contain control characters", name)
    if value and not value.strip():
        _refuse(f"{name} must not be blank", name)
    return value.strip()


def _metadata(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    try:
        return free_object(value, longest=_MAX_METADATA)
    except ValueError as problem:
        _refuse(f"metadata {problem}", "metadata")


def _refuse(message: str, field: str, detail: str = "") -> NoReturn:
    raise ValidationError(message, field=field, detail=detail)
