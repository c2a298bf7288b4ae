"""Whatever merchants, payers, banks, the clock and crashes do in whatever order: the books are right."""

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ledger.services.check import findings
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import clock, idempotency, scheduling
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from mypay.settings import environment
from payments.calendar import Calendar, Country
from payments.fees import Tariff, default_tariff
from payments.models import Dispute, Payment, Refund, SettlementPlan
from payments.services.cancel import cancel_payment
from payments.services.capture import capture_payment, void_payment
from payments.services.complete import complete_payment
from payments.services.confirm import confirm_payment
from payments.services.create import create_checkout
from payments.services.dispute import LOSING, accept_dispute, close_dispute, submit_evidence
from payments.services.open_dispute import open_dispute
from payments.services.refund import create_refund, end_refund
from payments.services.settle import settle
from payments.states import DisputeReason, DisputeStatus, RefundStatus
from payments.tests.acts import CARD, claim, said
from payments.tests.conftest import checkout_body
from payments.tests.crashing import failing
from payments.tests.shadow import Book, Pay, Terms, require
from payments.tests.trail import Trail, one
from sandbox.models import ClockAdvance
from sandbox.services.clock import advance, freeze, set_to

# 300 in all: by day each on one of the databases, fewer on the slower; by night all on both.
# Runs of ten, since after ten examples Hypothesis mostly repeats itself.
_BY_DAY = range(20) if environment.DATABASE_URL.startswith("sqlite") else range(20, 30)
RUNS, EXAMPLES, STEPS = (range(30) if os.environ.get("NIGHTLY") else _BY_DAY), 10, 14
START = datetime(2026, 12, 22, 9, 30, tzinfo=UTC)  # a Tuesday before holidays, year's end and weekends
CALENDARS = {"PKR": Calendar(Country.PK, 1, time(17)), "KES": Calendar(Country.KE, 1, time(17))}
SCENARIOS = (
    *("success", "success", "success", "success", "success", "success", "success;challenge=otp", "failed_then_success;challenge=three_ds"),
    *("failed", "pending", "pending_then_success", "pending_then_failed", "failed_then_success"),
    *("success_then_reversed", "success_then_reversed", "success_then_disputed", "success_then_disputed"),
)
REFUNDS = ("success", "failed", "pending", "pending_then_success", "pending_then_failed")
_references = itertools.count(1)

WHO, PICK, CENTS = st.sampled_from([0, 0, 0, 1, 2, 2, 3]), st.integers(0, 40), st.integers(1, 60_000)
SALE = st.tuples(WHO, CENTS, st.sampled_from(SCENARIOS), st.sampled_from(["automatic", "automatic", "manual"]))
PART = st.sampled_from([None, None, 1, 30, 50, 99, 100, 101])  # per cent, of all there is if None
CRASH = st.integers(0, 90)
Said = tuple[int, str]


class Machine(RuleBasedStateMachine):
    """Two merchants, two currencies each; one with little money and the usual terms, one with none and its own.

    A `crash` above 60 has the act crash at the statement so many beyond 60, then be tried again.
    """

    def __init__(self) -> None:
        super().__init__()
        merchants = [make_merchant(rupees=200).pk, make_merchant(rupees=0).pk]
        books = {(pk, currency): Book(Terms(CALENDARS[currency], default_tariff(currency))) for pk in merchants for currency in CALENDARS}
        books[merchants[0], "PKR"].available = 200_00
        books[merchants[1], "PKR"].terms = Terms(Calendar(Country.NONE, 0, time(3)), Tariff(500, 10_000, 800, 50_000), 20_000)
        own = {"country": "", "delay_days": 0, "cutoff": time(3), "minimum": 20_000}
        fees = {"fee_fixed": 500, "fee_ppm": 10_000, "fee_minimum": 800, "tax_ppm": 50_000}
        SettlementPlan.objects.create(merchant_id=merchants[1], currency="PKR", **own, **fees)
        for pk in merchants:
            set_to(pk, START, frozen=True)
        self.accounts = list(books)
        self.trail = Trail(books)
        self.replies: list[tuple[Callable[[], Reply], Reply]] = []
        self.is_set_up = False

    # How anything is done, and how it is seen whether that was right.

    def act(self, pk: int, do: Callable[[], Said], ought: Said | None, crash: int = 0, *, is_keyed: bool = False) -> None:
        """Do it, perhaps after a crash in the middle of it; the books are right after each."""
        happened = 0
        if crash > 60:
            with failing(crash - 60, kill=bool(crash % 2)):
                do()
            happened = self.check(pk)
        if not happened or is_keyed:  # else only the answer was lost
            answer = do()
            assert ought is None or answer == ought, (answer, ought)
            self.check(pk)
        self.trail.nobody_asks()

    def ask(self, pk: int, call: Callable[[Merchant, idempotency.Claim], Reply], ought: Said, crash: int) -> None:
        """The same by a request with an idempotency key, whose second try after a crash is safe."""
        held, kept = claim(self.merchant(pk)), []

        def do() -> Said:
            kept.append(call(self.merchant(pk), held))
            return said(kept[-1])

        self.act(pk, do, ought, crash, is_keyed=True)
        self.replies.append((lambda: call(self.merchant(pk), held), kept[-1]))

    def check(self, pk: int, *, is_caught_up: bool = True) -> int:
        happened = self.trail.read()
        if not self.is_set_up:
            return happened
        self.trail.compare({each: self.now(each) for each in self.trail.merchants}, is_caught_up=is_caught_up)
        require(not (found := list(findings(pk))), *found)
        return happened

    def merchant(self, pk: int) -> Merchant:
        return Merchant.objects.get(pk=pk)

    def now(self, pk: int) -> datetime:
        return clock.now(self.merchant(pk))

    # Payers.

    @initialize(sales=st.lists(SALE, min_size=3, max_size=6))
    def begin(self, sales: list[tuple[int, int, str, str]]) -> None:
        for sale in sales:
            self.open(sale, 0)
            self.pay(self.trail.last, 0)
        self.is_set_up = True

    @rule(sale=SALE, pays=st.sampled_from([True, True, True, False]), crash=CRASH)
    def sell(self, sale: tuple[int, int, str, str], pays: bool, crash: int) -> None:
        self.open(sale, crash)
        if pays:
            self.pay(self.trail.last, crash)

    def open(self, sale: tuple[int, int, str, str], crash: int) -> None:
        who, cents, scenario, mode = sale
        pk, currency = self.accounts[who]
        amount, reference = to_text(cents, currency), f"M-{next(_references)}"
        body = checkout_body(reference=reference, amount=amount, paymentMethod="card", currency=currency, captureMode=mode)
        self.trail.planned[reference] = scenario, mode

        def do() -> Said:
            create_checkout(merchant=self.merchant(pk), body=body, lenient=False, scenario=scenario)
            return 200, ""

        self.act(pk, do, (200, ""), crash)

    def pay(self, pay: Pay, crash: int) -> None:
        first = "requires_action" if pay.challenge else pay.decided[0][0]
        is_open = pay.status == ""
        pay.asked = {first} if is_open else set()
        ought = is_open and first in ("authorized", "captured")
        self.act(pay.merchant, lambda: _answer(complete_payment(checkout_id=str(pay.id), body=CARD)), _is(ought), crash)
        require(not is_open or pay.status == first, "not paid", pay)

    @rule(pick=PICK, does=st.sampled_from(["pay", "confirm", "confirm", "mistype", "decline", "cancel"]), crash=CRASH)
    @precondition(lambda self: self.trail.some("", "requires_action"))
    def go_on(self, pick: int, does: str, crash: int) -> None:
        pay = self.trail.pick(pick, "", "requires_action")
        if does == "pay" or (pay.status == "" and does != "cancel"):
            self.pay(pay, crash)
        elif does == "cancel":
            is_open = pay.status in ("", "requires_action")
            pay.asked, pay.is_declined = {"failed" if pay.status else "cancelled"} if is_open else set(), pay.is_declined or is_open
            self.act(pay.merchant, lambda: _answer(cancel_payment(checkout_id=str(pay.id))), _is(is_open), crash)
        elif pay.status == "requires_action":
            self.confirm(pay, does, crash)

    def confirm(self, pay: Pay, does: str, crash: int) -> None:
        passes = does == "confirm" or (does == "mistype" and pay.challenge == "three_ds")
        fails = does == "decline" or (not passes and pay.tries == 2)
        pay.asked, pay.is_declined = {pay.decided[0][0]} if passes else {"failed"} if fails else set(), fails
        answer, secret = "decline" if does == "decline" else "approve", "000000" if does == "mistype" else "123456"

        def do() -> Said:
            return _answer(confirm_payment(checkout_id=str(pay.id), answer=answer, secret=secret))

        if passes or fails:
            return self.act(pay.merchant, do, _is(passes and pay.decided[0][0] in ("authorized", "captured")), crash)
        pay.tries += 1
        return self.act(pay.merchant, lambda: _refused(do), (400, "VALIDATION_ERROR"))

    # The merchant.

    @rule(pick=PICK, part=PART, voids=st.sampled_from([True, False, False]), crash=CRASH)
    @precondition(lambda self: self.trail.some("authorized"))
    def capture_or_void(self, pick: int, part: int | None, voids: bool, crash: int) -> None:
        pay = self.trail.pick(pick, "authorized")
        amount = None if part is None or voids else max(1, pay.amount * part // 100)
        ought = (200, "") if pay.status == "authorized" else (400, "INVALID_STATUS")
        if ought == (200, "") and (amount or 0) > pay.amount:
            ought = (400, "VALIDATION_ERROR")
        if ought == (200, ""):
            pay.asked, pay.capturing = {"voided" if voids else "captured"}, amount or 0

        def call(merchant: Merchant, held: idempotency.Claim) -> Reply:
            if voids:
                return void_payment(merchant=merchant, payment_id=str(pay.payment), claim=held)
            return capture_payment(merchant=merchant, payment_id=str(pay.payment), body=_amount(amount, pay), claim=held)

        self.ask(pay.merchant, call, ought, crash)

    @rule(pick=PICK, part=PART, outcome=st.sampled_from(REFUNDS), crash=CRASH)
    @precondition(lambda self: self.trail.some("captured"))
    def refund(self, pick: int, part: int | None, outcome: str, crash: int) -> None:
        pay = self.trail.pick(pick, "captured")
        amount = None if part is None else max(1, pay.captured * part // 100)
        self.trail.refunding = outcome

        def call(merchant: Merchant, held: idempotency.Claim) -> Reply:
            body = _amount(amount, pay)
            return create_refund(merchant=merchant, payment_id=str(pay.payment), body=body, claim=held, scenario=outcome)

        self.ask(pay.merchant, call, self.trail.refundable(pay, amount), crash)
        self.trail.refunding = ""

    @rule(pick=PICK, does=st.sampled_from(["answer", "answer badly", "accept"]), crash=CRASH)
    @precondition(lambda self: self.trail.disputes)
    def answer(self, pick: int, does: str, crash: int) -> None:
        dispute = one(self.trail.disputes, pick, "needs_response", "under_review")
        may = ("needs_response", "under_review") if does == "accept" else ("needs_response",)
        dispute.asked = {"accepted" if does == "accept" else "under_review"} if dispute.status in may else set()
        self.trail.losing = does == "answer badly"
        body = {"evidence": {"text": LOSING if self.trail.losing else "It arrived"}}

        def call(merchant: Merchant, held: idempotency.Claim) -> Reply:
            if does == "accept":
                return accept_dispute(merchant=merchant, dispute_id=str(dispute.id), claim=held)
            return submit_evidence(merchant=merchant, dispute_id=str(dispute.id), body=body, claim=held)

        self.ask(dispute.merchant, call, (200, "") if dispute.asked else (400, "INVALID_STATUS"), crash)

    @rule()
    @precondition(lambda self: self.replies)
    def ask_all_again(self) -> None:
        """The same keys give the same bytes and do nothing."""
        for again, reply in self.replies:
            repeated = again()
            assert (repeated.status, repeated.body) == (reply.status, reply.body)
        assert self.check(self.trail.merchants[0]) == 0

    # Banks.

    @rule(pick=PICK, part=PART, crash=CRASH)
    @precondition(lambda self: self.trail.some("captured"))
    def dispute(self, pick: int, part: int | None, crash: int) -> None:
        pay = self.trail.pick(pick, "captured")
        amount = pay.refundable if part is None else max(1, pay.captured * part // 100)
        fits = pay.status == "captured" and 0 < amount <= pay.refundable
        pay.asked = {"disputed"} if fits else set()

        def do() -> Said:
            payment = Payment.objects.select_related("merchant", "checkout__merchant").get(pk=pay.payment)
            open_dispute(payment=payment, amount=amount, reason=DisputeReason.GENERAL, at=self.now(pay.merchant))
            return 201, ""

        refused = "INVALID_STATUS" if pay.status != "captured" else "DISPUTE_EXCEEDS_PAYMENT"
        self.act(pay.merchant, lambda: _refused(do), (201, "") if fits else (400, refused), crash)

    @rule(pick=PICK, is_well=st.booleans(), crash=CRASH)
    @precondition(lambda self: self.trail.disputes or self.trail.refunds)
    def decide(self, pick: int, is_well: bool, crash: int) -> None:
        """The bank decides a dispute, or a refund, before its time."""
        back = one(self.trail.disputes | self.trail.refunds, pick, "needs_response", "under_review", "pending")
        rows: Any = Dispute.objects if back.id in self.trail.disputes else Refund.objects
        end = ("won" if is_well else "lost") if back.id in self.trail.disputes else ("succeeded" if is_well else "failed")
        back.asked = {end} if back.status in ("needs_response", "under_review", "pending") else set()

        def do() -> Said:
            row = rows.select_related("merchant", "payment__merchant", "payment__checkout").get(pk=back.id)
            if isinstance(row, Dispute):
                close_dispute(row, DisputeStatus(end), at=self.now(back.merchant))
            else:
                end_refund(row, RefundStatus(end), at=self.now(back.merchant))
            return 200, ""

        self.act(back.merchant, lambda: _refused(do), (200, "") if back.asked else (400, "INVALID_STATUS"), crash)

    # We, time, and what goes wrong with both.

    @rule(who=WHO, everything=st.booleans(), crash=CRASH)
    def settle(self, who: int, everything: bool, crash: int) -> None:
        (pk, currency), at = self.accounts[who], self.now(self.accounts[who][0])
        plan = SettlementPlan.objects.filter(merchant=pk, currency=currency).first()
        is_sure = self.trail.books[pk, currency].ought_to_settle(at)
        self.trail.settling_everything = everything

        def do() -> Said:
            return 200, "settled" if plan and settle(plan=plan, at=at, everything=everything) else ""

        self.act(pk, do, (200, "settled") if is_sure else None, crash)
        self.trail.settling_everything = False

    @rule(who=WHO, hours=st.sampled_from([0.01, 1, 20, 24, 72, 200, 500]), crash=CRASH)
    def pass_time(self, who: int, hours: float, crash: int) -> None:
        """The clock is moved; whoever moves it may be killed, and somebody else then goes on."""
        pk, by = self.accounts[who][0], timedelta(hours=hours)
        target = self.now(pk) + by
        if crash > 60:
            with failing((crash - 60) * 3, kill=True):
                advance(merchant=self.merchant(pk), by=by)
            self.check(pk, is_caught_up=False)
            ClockAdvance.objects.update(wake_at=clock.real_now())
            scheduling.run_due("clock_advance")
        if self.now(pk) != target:
            advance(merchant=self.merchant(pk), by=by)
        require(self.now(pk) == target, "the clock shows", self.now(pk), target)
        self.check(pk)

    @rule(who=WHO, hours=st.sampled_from([0.01, 1, 24, 72, 200]), claims=st.booleans(), crash=st.integers(1, 60))
    def work_late(self, who: int, hours: float, claims: bool, crash: int) -> None:
        """Nobody works for a while; then one claims all and dies, or dies or loses the database at work, and others go on."""
        pk = self.accounts[who][0]
        set_to(pk, self.now(pk) + timedelta(hours=hours), frozen=False)
        if claims:
            for kind in scheduling.kinds():
                scheduling.claim(kind)
        with failing(crash, kill=bool(crash % 2)):
            scheduling.sweep()
        self.check(pk, is_caught_up=False)
        for kind in scheduling.kinds():
            if kind.on_merchant_clock:
                kind.model.objects.filter(merchant=pk, due_at__lte=self.now(pk)).update(wake_at=clock.real_now())
        while scheduling.sweep():
            pass
        freeze(merchant=self.merchant(pk))
        self.check(pk)


def _amount(amount: int | None, pay: Pay) -> dict[str, Any]:
    return {} if amount is None else {"amount": to_text(amount, pay.currency)}


def _is(success: bool) -> Said:
    return 200, str(success)


def _answer(answer: Any) -> Said:
    return _is(answer.success)


def _refused(do: Callable[[], Any]) -> Said:
    try:
        answer: Said = do()
    except ApiError as refused:
        return refused.status, refused.code
    return answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", RUNS)
def test_books_any_sequence_of_acts_and_crashes_are_right(number: int) -> None:
    quick = {"phases": (Phase.generate, Phase.shrink), "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(seed(number)(Machine), settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, **quick))
