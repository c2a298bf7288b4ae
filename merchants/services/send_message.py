"""Mails and SMS: written in the transaction of what they tell of, handed to a gateway later, or kept for the inbox.

So no request waits for a mail server, and none is sent for what did not happen.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.template.loader import render_to_string

from merchants.models import Merchant, Message
from merchants.selectors import merchant_box
from merchants.states import Environment, MessageKind, Notice
from mypay.kit import clock, sms
from mypay.kit.wakeups import wake
from mypay.settings import environment

_KEPT = timedelta(days=30)
_PRUNED = 20


def send_mail(*, to: str, template: str, told: dict[str, Any], merchant: Merchant | None = None, copy_to: str = "") -> None:
    """A mail from `emails/<template>.txt`, whose first line is the subject.

    One to the merchant itself is for all of its people. `copy_to` is an address whose inbox shows it
    too where mails stay here; by a gateway it goes to `to` alone.
    """
    subject, _, body = render_to_string(f"emails/{template}.txt", told).strip().partition("\n")
    subject = " ".join(subject.split())[:200]
    boxes = [merchant_box(merchant) if merchant is not None and to == merchant.email else to]
    if copy_to and copy_to != to and not environment.EMAIL_URL:
        boxes.append(copy_to)
    for box in boxes:
        _write(MessageKind.MAIL, box, to, subject, body.strip(), merchant, is_due=bool(environment.EMAIL_URL))


def notify(*, merchant: Merchant, notice: Notice, told: dict[str, Any]) -> None:
    """Tell the merchant by mail, if it wants to be told of such."""
    if notice.value in merchant.notices.split():
        send_mail(to=merchant.email, template=notice.value, told=told, merchant=merchant)


def send_sms(*, to: str, text: str, merchant: Merchant) -> None:
    """An SMS on the merchant's behalf; without a gateway it is in its people's inbox.

    So is every SMS of a sandbox merchant: the numbers there are made up, and may be somebody's.
    """
    is_due = sms.is_configured() and merchant.environment == Environment.LIVE
    _write(MessageKind.SMS, merchant_box(merchant), to, "", text, merchant, is_due=is_due)


def _write(kind: MessageKind, box: str, to: str, subject: str, body: str, merchant: Merchant | None, *, is_due: bool) -> None:
    now = clock.real_now()
    due = now if is_due else None
    Message.objects.create(kind=kind, box=box, to=to, subject=subject, body=body, merchant=merchant, sent_at=now, due_at=due, wake_at=due)
    wake("message", due)
    _forget_old(now)


def _forget_old(now: datetime) -> None:
    """The oldest few, once they are past keeping."""
    oldest = Message.objects.order_by("pk").values_list("pk", "sent_at")[:_PRUNED]
    old = [pk for pk, sent_at in oldest if sent_at < now - _KEPT]
    if old:
        Message.objects.filter(pk__in=old).delete()


def hand_over(pk: int, at: datetime | None) -> None:
    """Give a due message to its gateway and forget it: it may hold a link that opens something.

    A worker killed in between sends it twice, never not at all.
    """
    message = Message.objects.filter(pk=pk, due_at__isnull=False).first()
    if message is None:
        return
    if message.kind == MessageKind.SMS:
        sms.send(message.to, message.body)
    else:
        mail.send_mail(message.subject, message.body, None, [message.to])
    message.delete()


def give_up(pk: int, error: Exception) -> None:
    """A message that no gateway took stays, for staff to see why."""
    Message.objects.filter(pk=pk).update(due_at=None, wake_at=None, error=f"{type(error).__name__}: {error}"[:200])
