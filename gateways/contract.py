"""What every gateway's connector does for the engine, in neutral words.

A gateway is one folder: `wire.py` maps its words and signatures to those below, `client.py` alone
knows HTTP, `connector.py` puts the verbs together. Callers ask a connector's `spec` what it can do and
never branch on a name. Amounts are minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db import models


class Capability(models.TextChoices):
    """What a gateway can do; the docs' matrix is made from it."""

    COLLECT = "collect", "Take a payment on a page of its own"
    CAPTURE = "capture", "Authorise first, capture later"
    REFUND = "refund", "Give money back, wholly or in part"
    LOOK = "look", "Say what became of an order when asked"
    NOTIFY = "notify", "Call back when something happens"


class ErrorCode(models.TextChoices):
    """The one list of reasons; every gateway's words are mapped to these. What a payer's bank says:"""

    DECLINED = "FAILED", "Declined"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "Not enough money"
    NOT_APPROVED = "NOT_APPROVED", "The payer did not approve"
    CANCELLED_BY_PAYER = "REJECTED", "The payer gave up"
    TIMED_OUT = "TIMEOUT", "The payer took too long"
    WRONG_SECRET = "INVALID_OTP", "Wrong one-time password or PIN"
    INSTRUMENT_DISABLED = "ACCOUNT_DEACTIVATED", "The card or account is closed or not allowed"
    INVALID_INSTRUMENT = "INVALID_INSTRUMENT", "There is no such card, address or account"
    GATEWAY_DOWN = "GATEWAY_ERROR", "The bank or network behind the gateway failed"
    # What the gateway says of our request:
    BAD_REQUEST = "BAD_REQUEST", "The gateway refused the request"
    BAD_CREDENTIALS = "BAD_CREDENTIALS", "The gateway does not accept the account's credentials"
    NOT_FOUND = "NOT_FOUND", "The gateway does not know the order"
    TOO_MANY = "RATE_LIMITED", "The gateway wants fewer requests"
    UNAVAILABLE = "UNAVAILABLE", "The gateway could not be reached, and did nothing"


class Fate(models.TextChoices):
    """What became of an order or a refund, as the gateway knows it."""

    PENDING = "pending", "Not decided"
    AUTHORIZED = "authorized", "Promised, to be captured"
    CAPTURED = "captured", "Collected"
    FAILED = "failed", "Failed; another try may follow"
    REFUNDED = "refunded", "Given back"


class GatewayRefused(Exception):
    """A definite no: the gateway did nothing, so another may be asked. `detail` is for staff, never for payers."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class FateUnknown(Exception):
    """Nobody knows whether the gateway did it: ask again later (`look`), never send it blindly elsewhere."""


class Forged(Exception):
    """A callback or return whose signature does not match, or that cannot be checked."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a gateway, its credentials in clear: what a connector is made with."""

    id: int
    base_url: str
    credentials: Mapping[str, str]
    webhook_secret: str


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to begin. `reference` is unique and ours; the payer comes back to `return_url`.

    `page` is what `begin` answered with, for an order that is open.
    """

    reference: str
    amount: int
    currency: str
    return_url: str
    cancel_url: str
    description: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    is_captured_at_once: bool = True
    expires_at: datetime | None = None
    page: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the payer's browser goes to pay: a link, or a form to post there."""

    url: str
    method: str = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """An order that the gateway knows; without a redirect the payer stays on our own page.

    `page` is the address of the payer's page where only the gateway's answer tells it: kept, to send him there again.
    """

    order_id: str
    redirect: Redirect | None = None
    page: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the gateway knows of an order's payment; `method` and `payer` in the engine's words, empty when unknown.

    `fee` includes `tax`; both None while the gateway has not said.
    """

    order_id: str
    fate: Fate
    amount: int
    currency: str
    payment_id: str = ""
    method: str = ""
    payer: str = ""
    code: str = ""
    fee: int | None = None
    tax: int | None = None


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """What the gateway knows of a refund: PENDING, REFUNDED or FAILED. A callback may not say which it is: `refund_id` is empty."""

    refund_id: str
    payment_id: str
    fate: Fate
    amount: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified callback: what it is about and, where its body can be trusted with it, what was seen.

    `key` is the same when the gateway sends it again. An event we do nothing about has neither.
    """

    key: str
    kind: str
    order_id: str = ""
    seen: Seen | None = None
    refund: RefundSeen | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """One thing an account needs: its name, what people call it, whether it is secret or may be left out."""

    name: str
    label: str
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Spec:
    """What a gateway is and can do. `production_url` is its own; an account may name another base URL."""

    name: str
    label: str
    capabilities: frozenset[Capability]
    currencies: tuple[str, ...]
    credentials: tuple[Credential, ...]
    production_url: str = ""


class Connector(Protocol):
    """One account's verbs. Each raises GatewayRefused for a definite no and FateUnknown when nobody knows."""

    spec: Spec

    def __init__(self, account: Account) -> None: ...

    def check(self) -> None:
        """A harmless real call: the credentials work."""

    def begin(self, order: Order) -> Begun:
        """Open the order at the gateway; a repeat of the same reference is the same order where the gateway can tell."""

    def find(self, reference: str) -> str:
        """The id of the order with our reference, empty when the gateway has none that can be paid: for a `begin` of unknown fate."""

    def redirect(self, order_id: str, order: Order) -> Redirect | None:
        """Where the payer goes for an order that is open; asks nobody."""

    def look(self, order_id: str) -> Seen:
        """What became of the order: its paid payment, else its last."""

    def capture(self, payment_id: str, amount: int, currency: str) -> Seen:
        """Collect an authorised payment; one captured before is no refusal."""

    def refund(self, payment_id: str, amount: int, currency: str, *, key: str) -> RefundSeen:
        """Give back that much; the same `key` (a UUID's text) twice is one refund."""

    def look_refund(self, payment_id: str, refund_id: str) -> RefundSeen:
        """What became of the refund."""

    def returned(self, order_id: str, fields: Mapping[str, str]) -> bool:
        """Whether the payer's browser came back from a payment that went well; raises Forged. Trust `look` for the rest."""

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """A callback, checked over its raw bytes; raises Forged, and ValueError for one that cannot be read."""
