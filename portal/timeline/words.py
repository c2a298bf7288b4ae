"""An audit entry in words: its title, the state it led to, who did it, and what the rail had said."""

from dataclasses import dataclass
from typing import Any

import orjson

from audit.models import AuditEntry
from audit.tags import Tag
from payments.messages import to_webhook
from payments.states import (
    AUTHORIZATION_EXPIRED_CODE,
    CANCELLED_CODE,
    EXPIRED_CODE,
    VOIDED_CODE,
    CheckoutStatus,
    DisputeStatus,
    PaymentStatus,
    RefundStatus,
)
from payouts.states import PayoutStatus
from portal.timeline.moments import Fact
from sandbox.states import DecidedBy

_TITLES = {
    Tag.PAYOUT_CREATED: "Payout created",
    Tag.PAYOUT_REINITIATED: "Sent again",
    Tag.PAYOUT_RESOLVED: "Resolved by hand",
    Tag.PAYOUT_APPROVED: "Approved by staff",
    Tag.PAYOUT_REJECTED: "Rejected by staff",
    Tag.PAYOUT_HELD: "Put on hold by staff",
    Tag.PAYOUT_RELEASED: "Released by staff",
    Tag.CHECKOUT_CREATED: "Checkout created",
    Tag.REFUND_CREATED: "Refund created",
    Tag.DISPUTE_OPENED: "Dispute opened",
    Tag.SETTLEMENT_CREATED: "Settled",
}
_REFUND = {RefundStatus.SUCCEEDED: "Refund succeeded", RefundStatus.FAILED: "Refund failed", RefundStatus.PENDING: "Refund pending"}
_DISPUTE = {
    DisputeStatus.UNDER_REVIEW: "Evidence handed in",
    DisputeStatus.WON: "Dispute won",
    DisputeStatus.LOST: "Dispute lost",
    DisputeStatus.ACCEPTED: "Dispute accepted",
}
_ENDED = {
    CANCELLED_CODE: "Cancelled by the payer",
    EXPIRED_CODE: "Expired",
    VOIDED_CODE: "Voided",
    AUTHORIZATION_EXPIRED_CODE: "Authorisation expired",
}
_FIRST = {
    Tag.PAYOUT_CREATED: "pending",
    Tag.CHECKOUT_CREATED: "pending",
    Tag.REFUND_CREATED: "pending",
    Tag.DISPUTE_OPENED: "needs_response",
}
_ACTORS = {
    "system": "MyPay",
    "payer": "the payer",
    "merchant": "your API key",
    "bank": "the bank",
    "gateway": "the gateway",
    "visitor": "a visitor",
    "admin": "staff",
}


@dataclass(frozen=True, slots=True)
class Told:
    """The entry in words; `facts` are the state and, where the rail had its say, its answer."""

    title: str
    status: str
    facts: tuple[Fact, ...]


def tell(entry: AuditEntry, people: dict[str, str]) -> Told:
    """The entry as a timeline tells it; `people` are the merchant's, by the id of their login."""
    details: dict[str, Any] = orjson.loads(entry.details or "{}")
    tag = Tag(entry.action) if entry.action in Tag.values else None
    status = str(details.get("paymentStatus") or details.get("to") or _FIRST.get(tag, "") if tag else details.get("to", ""))
    title = _title(tag, status, details) or entry.action
    note = ", ".join(part for part in (str(details.get("reason", "")), entry.ip_address) if part)
    before = f"{details['from']} → {status}" if details.get("from") else status
    text = f"{entry.action}{f': {before}' if before else ''}, by {_who(entry, people)}"
    facts = [Fact("State", text, note)]
    if answer := _answer(tag, status, details):
        facts.append(answer)
    return Told(title, status.lower(), tuple(facts))


def _title(tag: Tag | None, status: str, details: dict[str, Any]) -> str:
    if tag == Tag.CHECKOUT_MOVED:
        code = str(details.get("statusCode", ""))
        words = PaymentStatus if status in PaymentStatus.values else CheckoutStatus
        return _ENDED.get(code) or (str(words(status).label) if status in words.values else "")
    if tag == Tag.REFUND_MOVED:
        return _REFUND[RefundStatus(status)] if status in RefundStatus.values else ""
    if tag == Tag.DISPUTE_MOVED:
        return _DISPUTE.get(DisputeStatus(status), "") if status in DisputeStatus.values else ""
    title = _TITLES.get(tag) if tag else None
    return title or (str(PayoutStatus(status).label) if status in PayoutStatus.values else "")


def _who(entry: AuditEntry, people: dict[str, str]) -> str:
    if entry.actor_type in ("user", "staff"):
        return people.get(entry.actor_id, "MyPay's staff")
    return _ACTORS.get(entry.actor_type, entry.actor_type)


def _answer(tag: Tag | None, status: str, details: dict[str, Any]) -> Fact | None:
    """What the rail or the payer's bank had said, where the state came from there."""
    code, reason = str(details.get("statusCode", "")), str(details.get("reason", ""))
    if tag == Tag.CHECKOUT_MOVED and "paymentStatus" in details and code not in _ENDED:
        is_bad = status in (PaymentStatus.FAILED, PaymentStatus.REVERSED)
        waits = CheckoutStatus.PENDING if status in (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING) else ""
        return Fact("Rail", f"{code}: {to_webhook(waits, code)}", _decided(details), is_bad=is_bad)
    if tag == Tag.REFUND_MOVED:
        return Fact("Rail", reason or "The payer's bank took the money", is_bad=bool(reason))
    if tag == Tag.DISPUTE_MOVED and status in (DisputeStatus.WON, DisputeStatus.LOST):
        return Fact("Rail", f"The payer's bank decided: {status}", is_bad=status == DisputeStatus.LOST)
    if tag == Tag.PAYOUT_MOVED and status not in (PayoutStatus.PENDING, PayoutStatus.PROCESSING):
        return Fact("Rail", f"{status}: {reason}" if reason else status, is_bad=status == PayoutStatus.FAILED)
    return None


def _decided(details: dict[str, Any]) -> str:
    by = str(details.get("decidedBy", ""))
    return f"Decided by: {str(DecidedBy(by).label).lower()}" if by in DecidedBy.values else ""
