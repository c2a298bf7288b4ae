"""A gateway that does as told, accounts at it, and merchants that use them."""

import itertools
from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from gateways import registry
from gateways.contract import (
    Account,
    Begun,
    Capability,
    Credential,
    ErrorCode,
    Fate,
    GatewayRefused,
    Notice,
    Order,
    Redirect,
    RefundSeen,
    Seen,
    Spec,
)
from gateways.models import GatewayAccount, GatewayAssignment, GatewayOrder, GatewayUsage, RoutingNote
from gateways.services.assign import assign
from gateways.services.change_policy import change_mode
from gateways.services.choose import choose
from gateways.states import Mode
from merchants.models import Merchant

_numbers = itertools.count(1)


class Paper:
    """A gateway on paper: it takes rupees, wants a key and a secret, and accepts all but the key `wrong`."""

    spec = Spec(
        name="paper",
        label="Paper",
        capabilities=frozenset({Capability.COLLECT, Capability.LOOK}),
        currencies=("INR", "USD"),
        credentials=(
            Credential("key_id", "Key id"),
            Credential("key_secret", "Key secret", is_secret=True),
            Credential("region", "Region", is_required=False),
        ),
        production_url="https://paper.example",
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    def check(self) -> None:
        if self.account.credentials["key_id"] == "wrong":
            raise GatewayRefused(ErrorCode.BAD_CREDENTIALS, "key_id is not known")

    def begin(self, order: Order) -> Begun:
        return Begun(order.reference)

    def find(self, reference: str) -> str:
        return reference

    def redirect(self, order_id: str, order: Order) -> Redirect | None:
        return None

    def look(self, order_id: str) -> Seen:
        return Seen(order_id, Fate.PENDING, 0, "INR")

    def capture(self, payment_id: str, amount: int, currency: str) -> Seen:
        raise GatewayRefused(ErrorCode.BAD_REQUEST)

    def refund(self, payment_id: str, amount: int, currency: str, *, key: str) -> RefundSeen:
        raise GatewayRefused(ErrorCode.BAD_REQUEST)

    def look_refund(self, payment_id: str, refund_id: str) -> RefundSeen:
        raise GatewayRefused(ErrorCode.NOT_FOUND)

    def returned(self, order_id: str, fields: Mapping[str, str]) -> bool:
        return True

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return Notice("1", "nothing")


CREDENTIALS = {"key_id": "key_1", "key_secret": "sealed secret"}


def make_account(**changes: Any) -> GatewayAccount:
    """An account at the gateway on paper; `changes` are columns."""
    from gateways.services.create_account import create_account

    registry.register(Paper)
    account = create_account(name=f"Account {next(_numbers)}", gateway="paper", credentials=CREDENTIALS)
    for name, value in changes.items():
        setattr(account, name, value)
    account.save()
    return account


def use(
    merchant: Merchant, count: int = 3, *, mode: Mode = Mode.ROUND_ROBIN, weights: Collection[int] = (), **changes: Any
) -> list[GatewayAssignment]:
    """The merchant uses that many new accounts."""
    given = list(weights) or [100] * count
    made = [assign(merchant=merchant, account=make_account(**changes), weight=weight) for weight in given]
    change_mode(merchant=merchant, mode=mode)
    return made


def chosen(merchant: Merchant, amount: int = 10_000, currency: str = "INR", **more: Any) -> GatewayOrder:
    """The order of one payment."""
    return choose(merchant=merchant, amount=amount, currency=currency, **{"checkout_id": uuid4(), "payment_id": uuid4(), **more})


def told(order_or_checkout: Any) -> list[tuple[str, str]]:
    """What a checkout's timeline tells: happening and text, in order."""
    subject = getattr(order_or_checkout, "checkout_id", order_or_checkout)
    return list(RoutingNote.objects.filter(subject_id=subject).order_by("id").values_list("happening", "text"))


def usage(order: GatewayOrder) -> tuple[int, int]:
    """Reserved and paid of the order's account, merchant and day."""
    row = GatewayUsage.objects.get(merchant=order.merchant, account=order.account, day=order.day)
    return row.reserved, row.paid
