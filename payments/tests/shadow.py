"""What ought to be: books in plain Python, kept from the trail of what happened and compared with the rows.

The moves and steps are written out here once more, on purpose: a mistake in `payments.states` or
`payments.services.plan` must not hide itself.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from mypay.kit.money import to_minor
from payments.calendar import Calendar
from payments.fees import Tariff

LATER, ARRIVAL = timedelta(seconds=5), timedelta(seconds=2)
AUTHORIZATION, RESPONSE, REVIEW = timedelta(days=7), timedelta(days=7), timedelta(days=3)
EXPIRY = timedelta(minutes=15)
PATIENCE = {"otp": timedelta(minutes=5), "three_ds": timedelta(minutes=10)}
# A checkout that nobody attempts has the empty status, and may end without a payment.
PAYMENT = {
    "": {"requires_action", "processing", "authorized", "captured", "failed", "cancelled", "expired"},
    "cancelled": set(),
    "expired": set(),
    "requires_action": {"processing", "authorized", "captured", "failed"},
    "processing": {"authorized", "captured", "failed"},
    "authorized": {"captured", "voided"},
    "captured": {"reversed"},
    "failed": {"authorized", "captured"},
    "voided": set(),
    "reversed": set(),
}
REFUND = {"": {"pending"}, "pending": {"succeeded", "failed"}, "succeeded": set(), "failed": set()}
_CLOSED = {"won", "lost", "accepted"}
DISPUTE = {
    "": {"needs_response"},
    "needs_response": _CLOSED | {"under_review"},
    "under_review": _CLOSED,
    "won": set(),
    "lost": set(),
    "accepted": set(),
}
CHECKOUT = {
    "": "pending",
    "cancelled": "cancelled",
    "expired": "failed",
    "requires_action": "pending",
    "processing": "pending",
    "authorized": "authorized",
    "captured": "completed",
    "failed": "failed",
    "voided": "cancelled",
    "reversed": "failed",
}
Step = tuple[str, timedelta]
NOW = timedelta(0)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Wrong(AssertionError):
    """What happened ought not to have."""


def require(holds: object, *about: Any) -> None:
    if not holds:
        raise Wrong(about)


@dataclass
class Item:
    """A line of a statement; `batch` once it has settled."""

    amount: int
    fee: int
    tax: int
    settles_at: datetime
    batch: UUID | None = None


@dataclass
class Terms:
    """A merchant's terms in one currency."""

    calendar: Calendar
    tariff: Tariff
    minimum: int = 0


@dataclass
class Book:
    """One merchant's money in one currency."""

    terms: Terms
    available: int = 0
    pending: int = 0
    disputed: int = 0
    items: dict[tuple[UUID, str], Item] = field(default_factory=dict)

    def bring(self, payment: "Pay", kind: str, subject: UUID, amount: int, at: datetime) -> None:
        """Money becomes pending; only a payment pays a fee and has a day of its own."""
        charge = self.terms.tariff.charge(amount) if kind == "payment" else None
        settles_at = self.terms.calendar.settles_at(at) if charge else self._along_with(payment, at)
        self.pending += amount
        self._note(kind, subject, Item(amount, charge.fee if charge else 0, charge.tax if charge else 0, settles_at))

    def take(self, payment: "Pay", kind: str, subject: UUID, amount: int, at: datetime) -> None:
        """Money is pending no more; what is not pending comes from the balance."""
        settles_at, short = self._along_with(payment, at), max(0, amount - self.pending)
        if short:
            self.available -= short
            self._note("funding", subject, Item(short, 0, 0, settles_at))
        self.pending += short - amount
        self._note(kind, subject, Item(-amount, 0, 0, settles_at))

    def settle(self, batch: UUID, keys: set[tuple[UUID, str]], told: dict[str, Any], at: datetime, *, everything: bool) -> None:
        """The batch holds all that has matured and nothing before its day, and its sums are its items'."""
        lines = {key: self.items[key] for key in keys}
        require(all(line.batch is None for line in lines.values()), "settled twice", batch)
        require(everything or all(line.settles_at <= at or line.amount < 0 for line in lines.values()), "settled too early", batch, at)
        late = [key for key, item in self.items.items() if item.batch is None and item.settles_at <= at and key not in keys]
        require(not late, "left out", late)
        gross, funded, total = (sum(line.amount for key, line in lines.items() if key[1] in kinds) for kinds in _KINDS)
        fee, tax = sum(line.fee for line in lines.values()), sum(line.tax for line in lines.values())
        net = total - fee - tax
        ought = {"gross": gross, "funded": funded, "deducted": gross + funded - total, "fee": fee, "tax": tax, "net": net}
        said = {name: minor(told[name]) for name in ought}
        require(said == ought and told["itemCount"] == len(lines) > 0, "settlement says", said, "its items", ought)
        require(everything or net >= self.terms.minimum or (net < 0 and self.terms.minimum == 0), "too small a batch", net)
        self.pending -= total
        self.available += net
        for line in lines.values():
            line.batch = batch

    def matured(self, at: datetime) -> list[Item]:
        """What is to settle at that moment."""
        return [item for item in self.items.values() if item.batch is None and item.settles_at <= at]

    def ought_to_settle(self, at: datetime) -> bool:
        """Whether a run at that moment surely makes a batch."""
        ripe = self.matured(at)
        total = sum(item.amount for item in ripe)
        net = total - sum(item.fee + item.tax for item in ripe)
        return bool(ripe) and total <= self.pending and net >= self.terms.minimum

    def _along_with(self, payment: "Pay", at: datetime) -> datetime:
        own = self.items.get((payment.payment or payment.id, "payment"))
        waits = own is not None and own.batch is None and own.settles_at > at
        return own.settles_at if own is not None and waits else self.terms.calendar.next_cutoff(at)

    def _note(self, kind: str, subject: UUID, item: Item) -> None:
        require((subject, kind) not in self.items, "written twice", kind, subject)
        self.items[subject, kind] = item


_KINDS = (("payment",), ("funding",), ("payment", "funding", "refund", "refund_failure", "dispute", "dispute_won", "reversal"))


@dataclass
class Thing:
    """Whatever has a status and steps that come by themselves, each so long after the one before.

    `asked` are the statuses that somebody is just asking for.
    """

    id: UUID
    merchant: int
    currency: str
    amount: int
    moves: dict[str, set[str]]
    status: str = ""
    since: datetime = LONG_AGO
    steps: list[Step] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @property
    def due(self) -> datetime | None:
        """When the next step comes."""
        return self.since + self.steps[0][1] if self.steps else None

    def is_due(self, at: datetime) -> bool:
        return self.due is not None and self.due <= at

    def go(self, status: str, at: datetime) -> bool:
        """Move as somebody asked, or as it was to come by itself: then True; anything else is wrong."""
        require(status in self.moves[self.status], "illegal move", self.id, self.status, status)
        by_itself = status not in self.asked
        if by_itself:
            require(self.steps and self.steps[0][0] == status, "nobody asked for", self.id, self.status, status, self.steps)
            require(self.is_due(at), "too early", self.id, status, at)
        self.status, self.since = status, at
        self.steps = self.steps[1:] if by_itself else []
        return by_itself


@dataclass
class Pay(Thing):
    """A checkout and the payment that attempts it, which share a fate."""

    outcome: str = ""
    challenge: str = ""
    is_manual: bool = False
    payment: UUID | None = None
    checkout_status: str = "pending"
    tries: int = 0
    captured: int = 0
    refunded: int = 0
    disputed: int = 0
    capturing: int = 0
    is_declined: bool = False

    @property
    def left(self) -> int:
        return self.captured - self.refunded - self.disputed

    @property
    def refundable(self) -> int:
        return self.left if self.status == "captured" else 0

    @property
    def decided(self) -> list[Step]:
        """All steps once the payer has done his part; what follows the last is added when it is reached."""
        paid = "authorized" if self.is_manual else "captured"
        match self.outcome:
            case "pending":
                return [("processing", NOW)]
            case "pending_then_success":
                return [("processing", NOW), (paid, LATER)]
            case "pending_then_failed":
                return [("processing", NOW), ("failed", LATER)]
            case "failed_then_success":
                return [("failed", NOW), (paid, LATER)]
            case _:
                return [(paid if self.outcome.startswith("success") else "failed", NOW)]

    def moved(self, status: str, at: datetime) -> None:
        """The payment's next status, and the steps that follow it by themselves."""
        before = self.status
        by_itself = self.go(status, at)
        if not by_itself and before in ("", "requires_action") and not self.is_declined and status != "requires_action":
            self.steps = self.decided[1:]
        if not self.steps:
            self.steps = self._after(status)

    def _after(self, status: str) -> list[Step]:
        if status == "requires_action":
            return [("failed", PATIENCE[self.challenge])]
        if status == "authorized":
            return [("voided", AUTHORIZATION)]
        later = {"success_then_reversed": "reversed", "success_then_disputed": "disputed"}.get(self.outcome)
        return [(later, LATER)] if status == "captured" and later else []


@dataclass
class Back(Thing):
    """A refund or a dispute: money of a payment on its way back."""

    pay: Pay = field(kw_only=True)


def minor(text: str) -> int:
    """Decimal text, also below or at zero, as minor units."""
    return 0 if not text.strip("-0.") else -to_minor(text[1:]) if text.startswith("-") else to_minor(text)
