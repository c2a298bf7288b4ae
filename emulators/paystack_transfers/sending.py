"""Hand transfers to the engine as payouts, one or many together; one that asks for a password waits for it first."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

from django.db import transaction

from emulators.models import VendorObject
from emulators.paystack.errors import InvalidParams, Refused
from emulators.paystack.objects import TRANSFER, kept
from emulators.paystack.reading import read
from emulators.paystack_transfers.recipients import destination, find_recipients
from gateways.paystack import wire
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import sql
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, DuplicateReference, InsufficientBalance, NotFound
from mypay.kit.idempotency import Claim
from payouts.models import Payout
from payouts.services.create import create_payout
from payouts.validation import PayoutRequest

_REASON, _ACCOUNT_REFERENCE = 500, 50


class Order(NamedTuple):
    """A transfer that is not sent yet, and whom it goes to."""

    row: VendorObject
    recipient: VendorObject


def read_orders(merchant: Merchant, bodies: Sequence[dict[str, Any]], currency: str = "") -> list[Order]:
    """The transfers that the bodies ask for, checked; raises Refused naming what is wrong, InvalidParams for a member."""
    given = [(body, read.amount(body), read.text(body, "recipient", 40, is_required=True)) for body in bodies]
    known = find_recipients(merchant, [code for _, _, code in given])
    orders = []
    for body, amount, code in given:
        recipient = known.get(code)
        if recipient is None:
            raise Refused("Recipient specified is invalid", "invalid_transfer_recipient", field="recipient", type=wire.VALIDATION_ERROR)
        if (read.text(body, "currency", 3) or currency or recipient.data["currency"]) != recipient.data["currency"]:
            raise InvalidParams("Currency is not the recipient's", "currency")
        reference = read.text(body, "reference", 50, is_required=True)
        if not wire.TRANSFER_REFERENCE.fullmatch(reference):
            raise InvalidParams("Reference must be of 16 to 50 lowercase letters, digits, - and _", "reference")
        data = {
            "recipient": str(recipient.pk),
            "amount": amount,
            "currency": recipient.data["currency"],
            "reason": read.text(body, "reason", _REASON),
            "account_reference": read.text(body, "account_reference", _ACCOUNT_REFERENCE),
        }
        orders.append(Order(kept.new(merchant, TRANSFER, data, reference=reference), recipient))
    _never_used(merchant, [order.row.reference for order in orders])
    return orders


def await_password(order: Order) -> None:
    """Keep the transfer until it is finalized; raises DuplicateReference, InsufficientBalance."""
    merchant, data = order.row.merchant, order.row.data
    with transaction.atomic():
        Merchant.objects.select_for_update().values_list("pk").get(pk=merchant.pk)
        _never_used(merchant, [order.row.reference])
        if not MerchantBalance.objects.filter(merchant=merchant, currency=data["currency"], available__gte=data["amount"]).exists():
            raise InsufficientBalance("Insufficient balance", field="amount")
        order.row.save(force_insert=True)


def send(order: Order, claim: Claim, *, scenario: str, reply: Callable[[Payout], Reply] = lambda payout: Reply.of(200, {})) -> Reply:
    """The engine's payout under the row's id, the row with it if it is new; of a refusal `claim` tells."""
    is_new = order.row._state.adding
    return create_payout(
        merchant=order.row.merchant,
        body=order.row.data,
        claim=claim,
        scenario=scenario,
        read=lambda merchant, body: _request_of(order),
        reply=reply,
        beside=lambda payout: [sql.insert(order.row)] if is_new else [],
    )


def raised(problem: ApiError) -> NoReturn:
    """A refusal of the engine's in Paystack's words, and nothing of it is kept: a reference that was refused may come again."""
    if isinstance(problem, NotFound):  # there is no balance at all
        raise InsufficientBalance("Insufficient balance", field="amount")
    raise _taken() if isinstance(problem, DuplicateReference) else problem


def _never_used(merchant: Merchant, references: list[str]) -> None:
    """The engine sees to this for what was sent, this for what waits, and for two of one request."""
    if len({*references}) < len(references) or kept.rows(merchant, TRANSFER).filter(reference__in=references).exists():
        raise _taken()


def _taken() -> Refused:
    words = "Please provide a unique reference. Reference already exists on a transfer"
    return Refused(words, "duplicate_reference", field="reference", type=wire.VALIDATION_ERROR)


def _request_of(order: Order) -> PayoutRequest:
    data = order.row.data
    return PayoutRequest(
        merchant_reference=order.row.reference,
        amount=data["amount"],
        currency=data["currency"],
        destination=destination(order.recipient),
        account_title=order.recipient.data["name"],
        purpose="",
        description=data["reason"],
        metadata={"account_reference": data["account_reference"]} if data["account_reference"] else None,
        id=order.row.pk,
    )
