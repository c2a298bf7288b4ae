"""Reads the trail of events and audit entries into the shadow's books, and compares these with the rows."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.models import AuditEntry
from ledger.models import MerchantBalance
from payments.models import Checkout, Dispute, Payment, Refund, SettlementItem, SettlementPlan
from payments.tests.shadow import (
    ARRIVAL,
    CHECKOUT,
    DISPUTE,
    EXPIRY,
    LATER,
    PAYMENT,
    REFUND,
    RESPONSE,
    REVIEW,
    Back,
    Book,
    Pay,
    minor,
    require,
)
from webhooks.models import Event

_EVENTS = {
    "requires_action": "payment.pending",
    "processing": "payment.pending",
    "authorized": "payment.authorized",
    "captured": "payment.completed",
    "failed": "payment.failed",
    "voided": "payment.voided",
    "reversed": "payment.reversed",
}
_BY_CODE = {"CANCELLED": "payment.cancelled", "EXPIRED": "payment.expired"}
_UNPAID = {"CANCELLED": "cancelled", "EXPIRED": "expired"}


class Trail:
    """All that some merchants did, as it ought to be."""

    def __init__(self, books: dict[tuple[int, str], Book]) -> None:
        self.books = books
        self.merchants = sorted({merchant for merchant, _ in books})
        self.pays: dict[UUID, Pay] = {}
        self.refunds: dict[UUID, Back] = {}
        self.disputes: dict[UUID, Back] = {}
        self.planned: dict[str, tuple[str, str]] = {}  # by reference: scenario, capture mode
        self.refunding: str = ""  # the outcome of the refund that is just asked for
        self.losing = False  # whether the evidence just handed in loses
        self.settling_everything = False
        self._events = UUID(int=0)
        self._entries = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._apply = {
            "checkout.created": self._opened,
            "checkout.moved": self._moved,
            "refund.created": self._refund_created,
            "refund.moved": self._refund_moved,
            "dispute.opened": self._dispute_opened,
            "dispute.moved": self._dispute_moved,
            "settlement.created": self._settled,
        }

    @property
    def last(self) -> Pay:
        return list(self.pays.values())[-1]

    def some(self, *statuses: str) -> bool:
        return any(pay.status in statuses for pay in self.pays.values())

    def pick(self, number: int, *statuses: str) -> Pay:
        """One of these statuses, if there is any; now and then any other."""
        pay: Pay = one({pay.id: pay for pay in self.pays.values() if pay.payment or "" in statuses}, number, *statuses)
        return pay

    def refundable(self, pay: Pay, amount: int | None) -> tuple[int, str]:
        """What a refund ought to be answered."""
        book, wanted = self._book(pay), pay.refundable if amount is None else amount
        if pay.status != "captured":
            return 400, "INVALID_STATUS"
        if not 0 < wanted <= pay.refundable:
            return 400, "REFUND_EXCEEDS_PAYMENT"
        is_there = max(0, wanted - book.pending) <= max(0, book.available)
        return (201, "") if is_there else (400, "INSUFFICIENT_BALANCE")

    def nobody_asks(self) -> None:
        """What was asked for is done or refused."""
        for thing in (*self.pays.values(), *self.refunds.values(), *self.disputes.values()):
            thing.asked = set()

    def read(self) -> int:
        """Take in what happened since; returns how much that was."""
        events = list(Event.objects.filter(merchant__in=self.merchants, pk__gt=self._events).order_by("pk"))
        entries = AuditEntry.objects.filter(merchant_id__in=self.merchants, pk__gt=self._entries, action__in=self._apply).order_by("pk")
        for event, entry in zip(events, entries, strict=True):
            require((str(event.subject_id), event.created_at) == (entry.resource_id, entry.at), "event and audit differ", event, entry)
            self._nothing_to_dispute({event.merchant_id: event.created_at})
            self._apply[entry.action](event, json.loads(entry.details))
            self._events, self._entries = event.pk, entry.pk
        return len(events)

    def _nothing_to_dispute(self, now: dict[int, datetime]) -> None:
        """A payer who is about to dispute a payment that is all given back does nothing."""
        for pay in self.pays.values():
            is_next = pay.steps and pay.steps[0][0] == "disputed" and pay.merchant in now
            if is_next and pay.is_due(now[pay.merchant]) and not pay.refundable:
                pay.steps = []

    def _opened(self, event: Event, _: dict[str, Any]) -> None:
        told = json.loads(event.data)
        scenario, mode = self.planned[told["reference"]]
        pay = Pay(event.subject_id, event.merchant_id, told["currency"], minor(told["amount"]), PAYMENT, since=event.created_at)
        pay.outcome, _, challenge = scenario.partition(";")
        pay.challenge, pay.is_manual, pay.steps = challenge.removeprefix("challenge="), mode == "manual", [("expired", EXPIRY)]
        require(event.type == "payment.created" and pay.id not in self.pays, "opened twice", pay.id)
        self.pays[pay.id] = pay

    def _moved(self, event: Event, details: dict[str, Any]) -> None:
        pay, at, code = self.pays[event.subject_id], event.created_at, details["statusCode"]
        status = details.get("paymentStatus") or _UNPAID[code]
        require(event.type == (_BY_CODE.get(code) or _EVENTS[status]), "wrong event", event.type, status)
        if "paymentId" in details:
            require(pay.payment in (None, UUID(details["paymentId"])), "attempted twice", pay.id)
            pay.payment = UUID(details["paymentId"])
        left = pay.left
        pay.moved(status, at)
        pay.checkout_status = "cancelled" if code == "CANCELLED" else CHECKOUT[status]
        require(details["to"] == json.loads(event.data)["status"] == pay.checkout_status, "checkout", details, event.data)
        if status == "captured":
            pay.captured = pay.capturing or pay.amount
            self._book(pay).bring(pay, "payment", pay.payment, pay.captured, at)
        if status == "reversed" and left:
            self._book(pay).take(pay, "reversal", pay.payment, left, at)

    def _refund_created(self, event: Event, _: dict[str, Any]) -> None:
        back = self._back(event, REFUND, "pending")
        require(self.refunding and event.type == "refund.created", "nobody asked for a refund", back)
        end = {"success": ("succeeded", ARRIVAL), "failed": ("failed", ARRIVAL)}
        slow = {"pending_then_success": ("succeeded", LATER), "pending_then_failed": ("failed", LATER)}
        back.steps = [step] if (step := (end | slow).get(self.refunding)) else []
        back.pay.refunded += back.amount
        self.refunds[back.id] = back
        self._book(back).take(back.pay, "refund", back.id, back.amount, event.created_at)

    def _refund_moved(self, event: Event, details: dict[str, Any]) -> None:
        back, status = self.refunds[event.subject_id], details["to"]
        require((details["from"], event.type) == (back.status, f"refund.{status}"), "refund", details, event.type)
        back.go(status, event.created_at)
        if status == "failed":
            back.pay.refunded -= back.amount
            self._book(back).bring(back.pay, "refund_failure", back.id, back.amount, event.created_at)

    def _dispute_opened(self, event: Event, _: dict[str, Any]) -> None:
        back = self._back(event, DISPUTE, "needs_response")
        if "disputed" not in back.pay.asked:
            require(back.pay.steps and back.pay.steps[0][0] == "disputed" and back.pay.is_due(event.created_at), "nobody disputed", back)
            require(back.amount == back.pay.refundable, "not all is disputed", back)
            back.pay.steps = []
        back.steps = [("lost", RESPONSE)]
        back.pay.disputed += back.amount
        self.disputes[back.id] = back
        book = self._book(back)
        book.take(back.pay, "dispute", back.id, back.amount, event.created_at)
        book.disputed += back.amount

    def _dispute_moved(self, event: Event, details: dict[str, Any]) -> None:
        back, status, book = self.disputes[event.subject_id], details["to"], self._book(self.disputes[event.subject_id])
        ought = "dispute.answered" if status == "under_review" else "dispute.closed"
        require((details["from"], event.type) == (back.status, ought), "dispute", details, event.type)
        back.go(status, event.created_at)
        if status == "under_review":
            back.steps = [("lost" if self.losing else "won", REVIEW)]
            return
        book.disputed -= back.amount
        if status == "won":
            back.pay.disputed -= back.amount
            book.bring(back.pay, "dispute_won", back.id, back.amount, event.created_at)

    def _settled(self, event: Event, _: dict[str, Any]) -> None:
        told = json.loads(event.data)
        keys = set(SettlementItem.objects.filter(settlement=event.subject_id).values_list("subject_id", "kind"))
        book = self.books[event.merchant_id, told["currency"]]
        book.settle(event.subject_id, keys, told, event.created_at, everything=self.settling_everything)

    def _back(self, event: Event, moves: dict[str, set[str]], first: str) -> Back:
        told = json.loads(event.data)
        pay = next(pay for pay in self.pays.values() if str(pay.payment) == told["paymentId"])
        back = Back(event.subject_id, pay.merchant, pay.currency, minor(told["amount"]), moves, first, event.created_at, pay=pay)
        require(told["status"] == first and 0 < back.amount <= pay.refundable, "more than was captured", back)
        return back

    def _book(self, thing: Pay | Back) -> Book:
        return self.books[thing.merchant, thing.currency]

    def compare(self, now: dict[int, datetime], *, is_caught_up: bool = True) -> None:
        """Every row is as it ought to be, and nothing that was due by now is left undone."""
        every = {"merchant__in": self.merchants}
        if is_caught_up:
            self._nothing_to_dispute(now)
        rows = MerchantBalance.objects.filter(**every).values_list("merchant_id", "currency", "available", "pending", "disputed")
        ought = {key: (book.available, book.pending, book.disputed) for key, book in self.books.items()}
        require({(one, other): tuple(sums) for one, other, *sums in rows} | ought == ought, "balances", list(rows), ought)
        due = {"due": "due_at"} if is_caught_up else {}
        _same(Checkout.objects.filter(**every), self.pays.values(), "id", checkout_status="status")
        paid = [pay for pay in self.pays.values() if pay.payment]
        _same(Payment.objects.filter(**every), paid, "payment", status="status", captured="captured", refunded="refunded",
              disputed="disputed", **due)  # fmt: skip
        _same(Refund.objects.filter(**every), self.refunds.values(), "id", status="status", **due)
        _same(Dispute.objects.filter(**every), self.disputes.values(), "id", status="status", **due)
        self._compare_items()
        if is_caught_up:
            self._nothing_is_left(now)

    def _compare_items(self) -> None:
        names = ("subject_id", "kind", "amount", "fee", "tax", "settles_at", "settlement_id")
        rows = {row[:2]: row[2:] for row in SettlementItem.objects.filter(merchant__in=self.merchants).values_list(*names)}
        every = {key: item for book in self.books.values() for key, item in book.items.items()}
        ought = {key: (item.amount, item.fee, item.tax, item.settles_at, item.batch) for key, item in every.items()}
        require(rows == ought, "items", rows, ought)

    def _nothing_is_left(self, now: dict[int, datetime]) -> None:
        for thing in (*self.pays.values(), *self.refunds.values(), *self.disputes.values()):
            require(not thing.is_due(now[thing.merchant]), "not done", thing)
        plans = SettlementPlan.objects.filter(merchant__in=self.merchants).values_list("merchant_id", "currency", "due_at")
        due = {(merchant, currency): due_at for merchant, currency, due_at in plans}
        for key, book in self.books.items():
            waiting = [item.settles_at for item in book.items.values() if item.batch is None]
            if waiting:
                latest = min(waiting) if min(waiting) > now[key[0]] else book.terms.calendar.next_cutoff(now[key[0]])
                require(due[key] is not None and now[key[0]] < due[key] <= latest, "no settlement is due", key, due[key], latest)


def _same(rows: Any, things: Iterable[Any], key: str, **columns: str) -> None:
    """The rows are the things: of each the attributes equal the columns."""
    found = {row[0]: row[1:] for row in rows.values_list("pk", *columns.values())}
    ought = {getattr(thing, key): tuple(getattr(thing, name) for name in columns) for thing in things}
    require(found == ought, rows.model.__name__, found, ought)


def one(things: Mapping[UUID, Any], number: int, *statuses: str) -> Any:
    """One of these statuses, if there is any; now and then any other."""
    fitting = [thing for thing in things.values() if thing.status in statuses]
    pool = fitting if fitting and number % 8 != 7 else list(things.values())
    return pool[number % len(pool)]
