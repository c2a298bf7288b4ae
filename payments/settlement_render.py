"""Settlement as its API and its files show it: plans, statement lines, what is pending, planted mistakes."""

from decimal import Decimal
from typing import Any

from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payments.calendar import Country
from payments.models import SettlementPlan, StatementBreak
from payments.pending import Upcoming
from payments.statements import Line
from payments.states import BreakKind
from payments.terms import percent

LINE_MONEY = ("amount", "fee", "tax", "net")
LINE_COLUMNS = ["id", "type", "paymentId", "reference", "subjectId", "date", "currency", *LINE_MONEY]


def plan_json(plan: SettlementPlan) -> dict[str, Any]:
    """The terms of one plan; `timeZone` is the cut-off's, `nextSettlementAt` null when nothing waits."""
    amounts = {"feeFixed": plan.fee_fixed, "feeMinimum": plan.fee_minimum, "minimum": plan.minimum}
    money = {name: to_text(amount, plan.currency) for name, amount in amounts.items()}
    return {
        "currency": plan.currency,
        "country": str(plan.country),
        "timeZone": str(Country(plan.country).zone),
        "delayDays": plan.delay_days,
        "cutoff": f"{plan.cutoff:%H:%M}",
        "feeFixed": money["feeFixed"],
        "feePercent": percent(plan.fee_ppm),
        "feeMinimum": money["feeMinimum"],
        "taxPercent": percent(plan.tax_ppm),
        "minimum": money["minimum"],
        "nextSettlementAt": iso(plan.due_at) if plan.due_at else None,
    }


def line_json(line: Line, currency: str) -> dict[str, Any]:
    """One line of a statement; the columns of its file are the same."""
    return {
        "id": str(line.id),
        "type": str(line.kind),
        "paymentId": str(line.payment_id),
        "reference": line.reference,
        "subjectId": str(line.subject_id),
        "date": iso(line.at),
        "currency": currency,
        **{name: to_text(getattr(line, name), currency) for name in LINE_MONEY},
    }


def line_cells(line: Line, currency: str) -> list[str | Decimal]:
    """One line as cells of a file: text, and numbers as numbers."""
    return [Decimal(text) if name in LINE_MONEY else text for name, text in line_json(line, currency).items()]


def upcoming_json(pending: Upcoming) -> dict[str, Any]:
    """What is pending in one currency."""
    return {
        "currency": pending.currency,
        "itemCount": pending.count,
        **{name: to_text(getattr(pending, name), pending.currency) for name in LINE_MONEY},
        "nextSettlementAt": iso(pending.settles_at) if pending.settles_at else None,
    }


def break_json(made: StatementBreak) -> dict[str, Any]:
    """One planted mistake: what the line should say and what it does say, null where it is no number that is wrong."""
    item = made.item
    was = {BreakKind.WRONG_AMOUNT: item.amount, BreakKind.WRONG_FEE: item.fee}.get(BreakKind(made.kind))
    return {
        "kind": str(made.kind),
        "lineId": str(made.item_id),
        "type": str(item.kind),
        "paymentId": str(item.payment_id),
        "reference": item.payment.checkout.reference,
        "expected": None if was is None else to_text(was, item.currency),
        "shown": None if was is None or made.amount is None else to_text(made.amount, item.currency),
    }
