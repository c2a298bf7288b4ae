"""Many at once on one payment or one balance: the sums hold. Real threads and a database that lets them run."""

import json
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from conftest import Api
from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import clock, scheduling
from mypay.kit.errors import ApiError
from mypay.kit.models import IdempotencyRecord
from payments.models import Dispute, Payment, Refund, Settlement, SettlementItem, SettlementPlan
from payments.services.dispute import accept_dispute, decide_dispute, submit_evidence
from payments.services.open_dispute import open_dispute
from payments.services.process import process_payment
from payments.services.refund import decide_refund, process_refund
from payments.services.settle import settle
from payments.states import DisputeReason, DisputeStatus, RefundStatus
from payments.tests.acts import answered, at_once, capture, claim, jump, paid, refund, said, void
from payouts.models import Payout
from payouts.tests.factories import make_directory
from tests.threads import WITH_THREADS
from webhooks.models import Event

pytestmark = WITH_THREADS
EVIDENCE = {"evidence": {"text": "It arrived"}}
TOO_MUCH = (400, "REFUND_EXCEEDS_PAYMENT")


def _answers(replies: list[Any]) -> Counter[Any]:
    """How often each was answered; a fault of ours counts as itself."""
    return Counter(repr(reply) if isinstance(reply, Exception) else said(reply) for reply in replies)


def _disputed(payment: Payment, amount: int) -> tuple[int, str]:
    try:
        open_dispute(payment=payment, amount=amount, reason=DisputeReason.GENERAL, at=clock.now(payment.merchant))
    except ApiError as refused:
        return refused.status, refused.code
    return 201, ""


def _decided(decide: Callable[[], Any]) -> int:
    try:
        decide()
    except ApiError as refused:
        return refused.status
    return 200


def test_refund_by_200_at_once_never_exceeds_the_payment() -> None:
    payment = paid(make_merchant(), 100_000)
    replies = at_once(200, lambda _: refund(payment, 1_000))
    assert _answers(replies) == {(201, ""): 100, TOO_MUCH: 100}
    payment.refresh_from_db()
    assert (payment.refunded, payment.refundable, Refund.objects.count()) == (100_000, 0, 100)
    assert MerchantBalance.objects.get().pending == 0
    assert Event.objects.filter(type="refund.created").count() == 100
    assert list(findings()) == []


def test_refund_by_200_at_once_of_uneven_amounts_never_exceeds_the_payment() -> None:
    payment = paid(make_merchant(rupees=0), 100_003)
    replies = at_once(200, lambda number: refund(payment, 701 + number * 13))
    answers = _answers(replies)
    assert set(answers) == {(201, ""), TOO_MUCH}
    payment.refresh_from_db()
    accepted = sum(701 + number * 13 for number, reply in enumerate(replies) if reply.status == 201)
    assert payment.refunded == accepted <= 100_003 and payment.refundable < 701 + 199 * 13
    assert list(findings()) == []


def test_capture_by_100_against_100_voids_has_one_end() -> None:
    merchant = make_merchant()
    ends: Counter[str] = Counter()
    for round_ in range(5):
        payment = paid(merchant, 10_000, mode="manual")
        first, second = (capture, void) if round_ % 2 else (void, capture)
        answers = _answers(at_once(200, lambda number: (second if number % 2 else first)(payment)))  # noqa: B023
        assert answers == {(200, ""): 1, (400, "INVALID_STATUS"): 199}
        payment.refresh_from_db()
        ends[payment.status] += 1
        assert payment.captured == (10_000 if payment.status == "captured" else 0)
    assert set(ends) <= {"captured", "voided"}
    assert MerchantBalance.objects.get().pending == ends["captured"] * 10_000
    assert SettlementItem.objects.count() == ends["captured"]
    assert Event.objects.filter(type__in=("payment.completed", "payment.voided")).count() == 5
    assert list(findings()) == []


def test_partial_captures_at_once_capture_one_amount() -> None:
    payment = paid(make_merchant(), 10_000, mode="manual")
    replies = at_once(50, lambda number: capture(payment, 100 + number))
    assert _answers(replies) == {(200, ""): 1, (400, "INVALID_STATUS"): 49}
    [won] = [number for number, reply in enumerate(replies) if reply.status == 200]
    payment.refresh_from_db()
    assert (payment.captured, MerchantBalance.objects.get().pending) == (100 + won, 100 + won)
    assert list(findings()) == []


def test_capture_against_its_own_expiry_has_one_end() -> None:
    merchant = make_merchant()
    for _ in range(5):
        payment = paid(merchant, 10_000, mode="manual")
        merchant = jump(merchant, days=8)
        answers = at_once(20, lambda number: scheduling.run_due("payment") if number % 2 else capture(payment).status)  # noqa: B023
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        payment.refresh_from_db()
        assert (payment.status, payment.captured) in (("captured", 10_000), ("voided", 0)) and payment.due_at is None
    assert list(findings()) == []


def test_refund_by_50_at_once_with_one_key_is_one_refund() -> None:
    payment = paid(make_merchant(), 100_000)
    for number in range(5):
        key = str(uuid.uuid4())
        replies = at_once(50, lambda _: refund(payment, 1_000, key=key))  # noqa: B023
        assert _answers(replies) == {(201, ""): 50}
        assert len({reply.body for reply in replies}) == 1 and sum(not reply.headers for reply in replies) == 1
        payment.refresh_from_db()
        assert (payment.refunded, Refund.objects.count()) == ((number + 1) * 1_000, number + 1)
    assert IdempotencyRecord.objects.count() == 5 and list(findings()) == []


def test_capture_by_50_at_once_with_one_key_is_answered_alike() -> None:
    payment = paid(make_merchant(), 10_000, mode="manual")
    key = str(uuid.uuid4())
    replies = at_once(50, lambda _: capture(payment, 5_000, key=key))
    assert _answers(replies) == {(200, ""): 50} and len({reply.body for reply in replies}) == 1
    assert MerchantBalance.objects.get().pending == 5_000 and list(findings()) == []


def test_refunds_against_disputes_never_exceed_the_payment() -> None:
    payment = paid(make_merchant(), 100_000)
    answers = at_once(200, lambda number: _disputed(payment, 1_000) if number % 4 == 0 else said(refund(payment, 1_000)))
    assert Counter(answers)[(201, "")] == 100
    assert {repr(answer) for answer in answers} <= {"(201, '')", repr(TOO_MUCH), "(400, 'DISPUTE_EXCEEDS_PAYMENT')"}
    payment.refresh_from_db()
    assert payment.refunded + payment.disputed == 100_000
    assert payment.disputed == Dispute.objects.count() * 1_000 == MerchantBalance.objects.get().disputed
    assert list(findings()) == []


def test_refunds_of_many_payments_against_settlement_lose_nothing() -> None:
    merchant = make_merchant()
    payments = [paid(merchant, 10_000) for _ in range(20)]
    merchant = jump(merchant, days=10)
    plan = SettlementPlan.objects.select_related("merchant").get()

    def act(number: int) -> Any:
        if number % 10 == 0:
            return settle(plan=plan, at=clock.now(merchant))
        if number % 10 == 1:
            return _disputed(payments[number // 10], 1_000)[0]
        return refund(payments[number // 10], 1_000).status

    answers = at_once(200, act)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    batches = [answer for answer in answers if isinstance(answer, Settlement)]
    assert len(batches) == Settlement.objects.count() >= 1
    assert Counter(answer for answer in answers if isinstance(answer, int)) == {201: 180}
    assert SettlementItem.objects.filter(kind="payment").exclude(settlement=None).count() == 20
    assert list(findings()) == []


def test_failing_refunds_against_settlement_and_new_payments_lose_nothing() -> None:
    merchant = make_merchant(rupees=0)
    payments = [paid(merchant, 10_000) for _ in range(10)]
    for payment in payments:
        assert refund(payment, 4_000, scenario="failed").status == 201
    jump(merchant, days=10)
    kinds = ("refund", "settlement", "payment")

    def act(number: int) -> Any:
        if number % 4 == 3:
            return paid(Merchant.objects.get(pk=merchant.pk), 500).status
        return scheduling.run_due(kinds[number % 4])

    answers = at_once(80, act, threads=20)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert Refund.objects.filter(status="failed").count() == 10 and Payment.objects.filter(refunded__gt=0).count() == 0
    assert list(findings()) == []
    jump(merchant, days=10)
    scheduling.sweep()
    row = MerchantBalance.objects.get()
    fees = sum(SettlementItem.objects.values_list("fee", flat=True)) + sum(SettlementItem.objects.values_list("tax", flat=True))
    assert (row.pending, row.available) == (0, 10 * 10_000 + 20 * 500 - fees)
    assert list(findings()) == []


def test_settlement_by_20_schedulers_at_once_settles_once() -> None:
    merchant = make_merchant()
    for _ in range(10):
        paid(merchant, 10_000)
    jump(merchant, days=10)
    plan = SettlementPlan.objects.select_related("merchant").get()
    at = clock.now(plan.merchant)
    answers = at_once(20, lambda number: scheduling.run_due("settlement") if number % 2 else settle(plan=plan, at=at))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    batch = Settlement.objects.get()
    assert (batch.item_count, batch.gross, Event.objects.filter(type="settlement.created").count()) == (10, 100_000, 1)
    assert MerchantBalance.objects.get().pending == 0
    assert list(findings()) == []


def test_dispute_answered_accepted_and_decided_at_once_has_one_end() -> None:
    merchant = make_merchant()
    for _ in range(5):
        dispute = open_dispute(payment=paid(merchant, 10_000), amount=6_000, reason=DisputeReason.GENERAL, at=clock.now(merchant))

        def act(number: int, pk: str = str(dispute.pk)) -> Any:
            if number % 4 == 0:
                return answered(lambda: submit_evidence(merchant=merchant, dispute_id=pk, body=EVIDENCE, claim=claim(merchant))).status
            if number % 4 == 1:
                return answered(lambda: accept_dispute(merchant=merchant, dispute_id=pk, claim=claim(merchant))).status
            return _decided(lambda: decide_dispute(merchant=merchant, dispute_id=pk, status=DisputeStatus(["won", "lost"][number % 2])))

        answers = Counter(at_once(120, act))
        dispute.refresh_from_db()
        # Evidence may come in before the end.
        assert dispute.closed_at is not None and set(answers) == {200, 400} and 1 <= answers[200] <= 2
        assert list(findings()) == []
    assert Event.objects.filter(type="dispute.closed").count() == 5
    lost = Dispute.objects.exclude(status="won").count()
    row = MerchantBalance.objects.get()
    assert (row.disputed, row.pending) == (0, 50_000 - lost * 6_000)


def test_refund_ended_by_many_at_once_has_one_end() -> None:
    merchant = make_merchant()
    payment = paid(merchant, 10_000)
    for _ in range(5):
        made = json.loads(refund(payment, 1_000, scenario="failed").body)["data"]["id"]
        at = clock.now(jump(merchant, minutes=1))

        def end(number: int, pk: str = made, at: datetime = at) -> int:
            if number % 3 == 0:
                process_refund(pk, at)
                return 0
            return _decided(
                lambda: decide_refund(merchant=merchant, refund_id=pk, status=RefundStatus(["failed", "succeeded"][number % 2]))
            )

        answers = Counter(at_once(120, end))
        assert set(answers) <= {0, 200, 400} and answers[200] <= 1
        assert list(findings()) == []
    failed = Refund.objects.filter(status="failed").count()
    assert Refund.objects.filter(status="pending").count() == 0
    assert Event.objects.filter(type__in=("refund.failed", "refund.succeeded")).count() == 5
    payment.refresh_from_db()
    assert payment.refunded == (5 - failed) * 1_000


def test_refunds_against_the_rails_reversal_give_back_no_more_than_was_paid() -> None:
    merchant = make_merchant(rupees=0)
    for _ in range(5):
        payment = paid(merchant, 10_000, scenario="success_then_reversed")
        merchant = jump(merchant, minutes=1)
        at = clock.now(merchant)

        def act(number: int, payment: Payment = payment, at: datetime = at) -> Any:
            return process_payment(payment.pk, at) if number > 20 and number % 10 == 9 else refund(payment, 100).status

        answers = at_once(80, act, threads=20)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        process_payment(payment.pk, at)  # unless it came second to a refund each time
        payment.refresh_from_db()
        refunds = Refund.objects.filter(payment=payment).count()
        assert (payment.status, payment.refunded) == ("reversed", refunds * 100)
        assert sum(SettlementItem.objects.filter(payment=payment).values_list("amount", flat=True)) == 0
        assert MerchantBalance.objects.get().available == 0 and not SettlementItem.objects.filter(kind="funding").exists()
        assert list(findings()) == []


def test_refunds_against_payouts_spend_the_balance_once() -> None:
    make_directory()
    merchant = make_merchant(rupees=0)
    payments = [paid(merchant, 10_000) for _ in range(20)]
    merchant = jump(merchant, days=10)
    scheduling.run_due("settlement")
    before = MerchantBalance.objects.get().available
    apis = [Api(merchant) for _ in range(10)]
    answers = at_once(
        200,
        lambda number: (
            refund(payments[number % 20], 2_000).status if number % 2 else apis[number // 2 % 10].payout(amount="20.00").status_code
        ),
    )
    assert Counter(answers) == {201: before // 2_000, 400: 200 - before // 2_000}
    row = MerchantBalance.objects.get()
    assert (row.pending, row.available) == (0, before % 2_000)
    assert row.reserved == Payout.objects.count() * 2_000 and before - before % 2_000 == row.reserved + Refund.objects.count() * 2_000
    assert list(findings()) == []
