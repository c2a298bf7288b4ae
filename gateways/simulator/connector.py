"""The built-in simulator as a connector: the payer stays on our page, and what happens there is decided here.

It knows no order of its own, so it is not asked: it does not LOOK, and it never calls back.
"""

from collections.abc import Mapping
from uuid import UUID, uuid5

from gateways.contract import (
    Account,
    Begun,
    Capability,
    Fate,
    Forged,
    Notice,
    Order,
    RefundSeen,
    Seen,
    Spec,
)

CURRENCIES = ("PKR", "INR", "NGN", "KES", "USD", "GBP", "EUR")
_NAMESPACE = UUID("6f0a3c1e-6d5b-5a0e-9c57-6a1f0d7f5a10")


class Simulator:
    """One account's verbs; every account is as good as another."""

    spec = Spec(
        name="simulator",
        label="Built-in simulator",
        capabilities=frozenset({Capability.COLLECT, Capability.CAPTURE, Capability.REFUND}),
        currencies=CURRENCIES,
        credentials=(),
    )

    def __init__(self, account: Account) -> None:
        self.account = account

    def check(self) -> None:
        """It is always there."""

    def begin(self, order: Order) -> Begun:
        """The same reference is the same order; without a redirect the payer stays with us."""
        return Begun(order_id=str(uuid5(_NAMESPACE, order.reference)))

    def find(self, reference: str) -> str:
        raise NotImplementedError("the simulator does not LOOK: its orders are opened at once")

    def redirect(self, order_id: str, order: Order) -> None:
        """The payer stays."""

    def look(self, order_id: str) -> Seen:
        raise NotImplementedError("the simulator does not LOOK: the payment itself says what became of it")

    def capture(self, payment_id: str, amount: int, currency: str) -> Seen:
        """Always: whether a capture is right was decided before."""
        return Seen(order_id="", fate=Fate.CAPTURED, amount=amount, currency=currency, payment_id=payment_id)

    def refund(self, payment_id: str, amount: int, currency: str, *, key: str) -> RefundSeen:
        """Given back at once; the same key is the same refund."""
        return RefundSeen(refund_id=str(uuid5(_NAMESPACE, key)), payment_id=payment_id, fate=Fate.REFUNDED, amount=amount)

    def look_refund(self, payment_id: str, refund_id: str) -> RefundSeen:
        raise NotImplementedError("the simulator does not LOOK: its refunds are done at once")

    def returned(self, order_id: str, fields: Mapping[str, str]) -> bool:
        raise Forged("nobody comes back from the simulator")

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        raise Forged("the simulator does not call back")
