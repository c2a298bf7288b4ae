"""The timeline: a constant number of reads of the merchant's own rows, put in order."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.urls import reverse

from audit.models import AuditEntry
from audit.selectors import requests_by_ids
from audit.tags import Tag
from ledger.models import Transfer
from merchants.models import Member, Merchant
from mypay.kit.masking import REDACTED
from payments.models import Checkout, Dispute, Payment, Refund, Settlement, SettlementItem
from payments.states import CheckoutStatus, DisputeStatus, ItemKind, PaymentStatus, RefundStatus
from payouts.models import Payout
from portal.timeline.exchanges import of_attempt, of_request
from portal.timeline.gateways import add_gateways
from portal.timeline.moments import Fact, Moment, Moments
from portal.timeline.words import tell
from webhooks.models import Attempt, Delivery, Event
from webhooks.states import DeliveryStatus

Subject = Payment | Checkout | Refund | Dispute | Payout | Settlement
# Enough for any object that people look at; what is beyond is in the lists of deliveries and requests.
_MOST = 300
_STATES = {
    DeliveryStatus.DELIVERED: "answered",
    DeliveryStatus.PENDING: "still to be answered",
    DeliveryStatus.FAILED: "given up",
    DeliveryStatus.SKIPPED: "not sent",
}

_COMING: dict[tuple[type[Any], str], str] = {
    (Checkout, CheckoutStatus.PENDING): "Expires, unless it is paid",
    (Payment, PaymentStatus.AUTHORIZED): "Ends, unless it is captured",
    (Payment, PaymentStatus.PROCESSING): "The rail answers",
    (Refund, RefundStatus.PENDING): "The payer's bank answers",
    (Dispute, DisputeStatus.NEEDS_RESPONSE): "Lost, unless it is answered",
    (Dispute, DisputeStatus.UNDER_REVIEW): "The payer's bank decides",
}


def timeline(merchant: Merchant, subject: Subject) -> list[Moment]:
    """The object's moments, oldest first, and what comes next. A payment's has its checkout, refunds and disputes."""
    moments = Moments()
    ids, payments = _family(subject)
    entries = _entries(merchant, ids)
    _states(moments, merchant, entries, getattr(subject, "psp_reference", ""))
    _calls(moments, merchant, entries)
    _money(moments, merchant, ids, payments)
    _events(moments, merchant, ids)
    if isinstance(subject, Checkout | Payment):
        add_gateways(moments, merchant, subject.pk if isinstance(subject, Checkout) else subject.checkout_id)
    return [*moments.told(), *_next(subject)]


def _entries(merchant: Merchant, ids: Iterable[UUID]) -> list[AuditEntry]:
    """What was done, but for planted mistakes: those are for the merchant's reconciliation to find."""
    rows = AuditEntry.objects.filter(merchant_id=merchant.pk, resource_id__in=[str(key) for key in ids])
    return list(rows.exclude(action=Tag.STATEMENT_BROKEN).order_by("pk")[:_MOST])


def _family(subject: Subject) -> tuple[list[UUID], list[UUID]]:
    """The ids that rows about the object name, and the payments among them."""
    if isinstance(subject, Checkout):
        payments = list(Payment.objects.filter(checkout_id=subject.pk).values_list("pk", flat=True)[:_MOST])
    elif isinstance(subject, Payment):
        payments = [subject.pk]
    else:
        return [subject.pk], []
    checkout_id = subject.pk if isinstance(subject, Checkout) else subject.checkout_id
    refunds = Refund.objects.filter(payment_id__in=payments).values_list("pk", flat=True)[:_MOST]
    disputes = Dispute.objects.filter(payment_id__in=payments).values_list("pk", flat=True)[:_MOST]
    return [checkout_id, *payments, *refunds, *disputes], payments


def _states(moments: Moments, merchant: Merchant, entries: Sequence[AuditEntry], psp_reference: str) -> None:
    """Every change has its audit entry, so that it gives the moment its title and state; a success has the rail's reference."""
    people = {entry.actor_id for entry in entries if entry.actor_type in ("user", "staff") and entry.actor_id.isdigit()}
    members = Member.objects.filter(merchant=merchant, user_id__in=people).values_list("user_id", "user__email") if people else ()
    emails = {str(pk): email for pk, email in members}
    for entry in entries:
        told, moment = tell(entry, emails), moments.at(entry.at)
        moment.titles.append(told.title)
        moment.status = told.status or moment.status
        is_paid_out = psp_reference and told.status == "success"
        moment.facts += [
            replace(fact, note=f"PSP reference {psp_reference}") if is_paid_out and fact.source == "Rail" else fact for fact in told.facts
        ]


def _calls(moments: Moments, merchant: Merchant, entries: Sequence[AuditEntry]) -> None:
    """The API calls that did it, each at the first thing it did: that is on the merchant's clock, the call is not."""
    times: dict[str, datetime] = {}
    for entry in entries:
        if entry.request_id:
            times.setdefault(entry.request_id, entry.at)
    if not times:
        return
    for request_id, call in requests_by_ids(merchant.pk, times).items():
        exchange = of_request(call)
        key = f", key {call.key_hint}" if call.key_hint and call.key_hint != REDACTED else ""
        note = f"{call.duration_ms} ms{key}, request {request_id}"
        text = f"{exchange.line} answered {call.status}"
        moments.at(times[request_id]).facts.append(Fact("API", text, note, is_bad=call.status >= 400, exchange=exchange))


def _money(moments: Moments, merchant: Merchant, ids: Iterable[UUID], payments: Sequence[UUID]) -> None:
    rows = Transfer.objects.filter(subject_id__in=list(ids), balance__merchant=merchant).select_related("balance")
    for row in rows.order_by("created_at", "sequence")[:_MOST]:
        path = f"{row.get_source_display()} → {row.get_target_display()}".lower()
        moments.at(row.created_at).facts.append(Fact("Ledger", path, row.description, row.amount, row.balance.currency))
    if not payments:
        return
    settled = SettlementItem.objects.filter(payment_id__in=payments, merchant=merchant, kind=ItemKind.PAYMENT).exclude(settlement=None)
    for item in settled.select_related("settlement")[:_MOST]:
        if item.settlement is not None:
            moment = moments.at(item.settlement.created_at)
            moment.titles.append("Settled")
            moment.status = "success"
            url = reverse("portal:settlement", args=[item.settlement_id])
            net = item.amount - item.fee - item.tax
            moment.facts.append(Fact("Ledger", "pending → available, after fee and tax", "With its settlement", net, item.currency, url))


def _events(moments: Moments, merchant: Merchant, ids: Iterable[UUID]) -> None:
    """The events, the deliveries they became, and every try of each: never a read an event."""
    events = list(Event.objects.filter(subject_id__in=list(ids), merchant=merchant).order_by("pk")[:_MOST])
    for event in events:
        moments.at(event.created_at).facts.append(Fact("Event", str(event.type), str(event.pk)))
    if not events:
        return
    deliveries = list(
        Delivery.objects.filter(event__in=events, merchant=merchant).select_related("event", "endpoint").order_by("pk")[:_MOST]
    )
    for delivery in deliveries:
        moments.at(delivery.event.created_at).facts.append(_owed(delivery))
    if not deliveries:
        return
    by_id = {delivery.pk: delivery for delivery in deliveries}
    for attempt in Attempt.objects.filter(delivery_id__in=list(by_id)).order_by("pk")[:_MOST]:
        delivery, moment = by_id[attempt.delivery_id], moments.at(attempt.created_at)
        if not any(fact.source == "State" for fact in moment.facts):
            moment.titles.append("Webhook failed" if attempt.error else "Webhook answered")
            moment.status = moment.status or ("failed" if attempt.error else "success")
        answered = f"answered {attempt.status_code}" if attempt.status_code else attempt.error or "not answered"
        text = f"{delivery.event_name} to {_host(attempt.url)}, try {attempt.number}: {answered}"
        fact = Fact("Delivery", text, f"{attempt.duration_ms} ms", is_bad=bool(attempt.error), exchange=of_attempt(attempt))
        moment.facts.append(fact)


def _owed(delivery: Delivery) -> Fact:
    url = delivery.endpoint.url if delivery.endpoint else delivery.url
    state = _STATES[DeliveryStatus(delivery.status)]
    waits = f"next try {delivery.due_at:%-d %b %Y, %H:%M:%S}" if delivery.due_at else ""
    tries = f"{delivery.tries} tr{'y' if delivery.tries == 1 else 'ies'}" if delivery.tries else ""
    note = ", ".join(part for part in (url, tries, waits) if part)
    named = f"{delivery.name}, owed" if delivery.name else "Owed"
    return Fact("Delivery", f"{named} to {_host(url)}: {state}", note, is_bad=delivery.status == DeliveryStatus.FAILED)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or url[:80]


def _next(subject: Any) -> list[Moment]:
    """What will happen by itself."""
    due_at = getattr(subject, "due_at", None)
    if due_at is None:
        return []
    return [Moment(due_at, [_COMING.get((type(subject), str(subject.status)), "Next step")], "next")]
