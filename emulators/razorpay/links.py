"""Payment links: an engine checkout whose address is sent to somebody, and which may be paid in parts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay import render
from emulators.razorpay.base import RazorpayView
from emulators.razorpay.errors import NO_SUCH_URL, BadRequest
from emulators.razorpay.objects import LINK, PAYMENT, kept, links_json
from emulators.razorpay.orders import payable
from emulators.razorpay.reading import MAX_DESCRIPTION, MAX_RECEIPT, MINIMUM, read
from emulators.views import answer
from gateways.razorpay import wire
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.services.cancel import cancel_payment
from payments.services.send_link import send_link

_SOONEST, _USUAL_LIFE = timedelta(minutes=15), timedelta(days=183)
_LATEST = 32_503_680_000  # the year 3000
_CUSTOMER = {"name": 50, "email": 64, "contact": 15}
_MEDIA = {"sms": "contact", "email": "email"}


class Links(RazorpayView):
    kind, model = LINK, Checkout

    def rows(self) -> QuerySet[Checkout]:
        return super().rows().filter(pk__in=kept.subjects(self.merchant, LINK))

    def shown(self, rows: list[Checkout]) -> list[dict[str, Any]]:
        return links_json(rows)

    def create(self, request: Request) -> HttpResponse:
        """Create a payment link, and send it where `notify` says."""
        body, now = self.body, clock.now(self.merchant)
        amount, currency = read.amount(body), read.currency(body, default="INR")
        extra = _extra(self.merchant, body, amount, now)
        made = {
            "amount": to_text(amount, currency),
            "currency": currency,
            "description": read.text(body, "description", MAX_DESCRIPTION),
            "metadata": read.notes(body),
            "user": extra["customer"] or None,
        }
        until = wire.moment(extra["expire_by"]) if extra["expire_by"] else now + _USUAL_LIFE
        part_minimum = extra["first_min_partial_amount"] or MINIMUM if extra["accept_partial"] else None
        checkout = self.open_checkout(made, extra, payable(until, part_minimum=part_minimum), reference=extra["reference_id"])
        for medium, wanted in extra["notify"].items():
            if wanted and (to := extra["customer"].get(_MEDIA[medium])):
                send_link(checkout=checkout, url=render.link_page(checkout.pk), to=to, by_sms=medium == "sms")
        return self.told(checkout)

    def list(self, request: Request) -> HttpResponse:
        """All, those of one reference, or the one that a payment paid."""
        query, links = request.query_params, kept.rows(self.merchant, LINK)
        if reference := query.get("reference_id"):
            links = links.filter(reference=reference)
        if payment_id := query.get("payment_id"):
            payment = kept.find(Payment.objects.filter(merchant=self.merchant), PAYMENT, payment_id)
            links = links.filter(subject_id=payment.checkout_id)
        keys = [link.subject_id for link in self.page(links)]
        checkouts = Checkout.objects.in_bulk(keys)
        return answer({"payment_links": self.shown([checkouts[key] for key in keys])})

    def change(self, request: Request, link_id: str) -> HttpResponse:
        """Change its reference, notes or reminders while it is not paid."""
        checkout, body = self.find(link_id), self.body
        readers: dict[str, Callable[[], Any]] = {
            "reference_id": lambda: _reference(self.merchant, body),
            "notes": lambda: read.notes(body),
            "reminder_enable": lambda: read.flag(body, "reminder_enable"),
        }
        read.only(body, readers)
        _open_only(checkout, "updated")
        changes = {name: read_it() for name, read_it in readers.items() if name in body}
        kept.note(self.merchant, LINK, checkout.pk, reference=changes.get("reference_id"), **changes)
        return self.told(checkout)

    def cancel(self, request: Request, link_id: str) -> HttpResponse:
        """End a link that nobody has paid."""
        checkout = self.find(link_id)
        _open_only(checkout, "cancelled")
        cancel_payment(checkout_id=str(checkout.pk))
        return self.told(self.find(link_id))

    def notify(self, request: Request, link_id: str, medium: str) -> HttpResponse:
        """Send its address by SMS or mail once more."""
        if medium not in _MEDIA:
            raise BadRequest(NO_SUCH_URL, status=404)
        checkout = self.find(link_id)
        _open_only(checkout, "notified")
        to = (checkout.user_data or {}).get(_MEDIA[medium])
        if not to:
            raise BadRequest(f"The customer {_MEDIA[medium]} is required to notify by {medium}.", field=f"customer.{_MEDIA[medium]}")
        send_link(checkout=checkout, url=render.link_page(checkout.pk), to=to, by_sms=medium == "sms")
        return answer({"success": True})


def _extra(merchant: Merchant, body: dict[str, Any], amount: int, now: datetime) -> dict[str, Any]:
    """What Razorpay keeps of a link beside its checkout."""
    customer, notify = read.member(body, "customer"), read.member(body, "notify")
    return {
        "reference_id": _reference(merchant, body),
        "customer": {name: text for name, text in read.texts(customer, _CUSTOMER).items() if text},
        "notify": {medium: read.flag(notify, medium) for medium in _MEDIA},
        "reminder_enable": read.flag(body, "reminder_enable"),
        "accept_partial": read.flag(body, "accept_partial"),
        "first_min_partial_amount": _first_part(body, amount),
        "expire_by": _expire_by(body, now),
        **_callback(body),
    }


def _reference(merchant: Merchant, body: dict[str, Any]) -> str:
    """The merchant's own name for the link, once."""
    reference = read.text(body, "reference_id", MAX_RECEIPT)
    if reference and kept.rows(merchant, LINK).filter(reference=reference).exists():
        words = f"payment link with given reference_id: ({reference}) already exists. Please pass unique reference_id"
        raise BadRequest(words, field="reference_id")
    return reference


def _first_part(body: dict[str, Any], amount: int) -> int:
    """The least that a first part may be, 0 for any."""
    if not body.get("first_min_partial_amount"):
        return 0
    if not read.flag(body, "accept_partial"):
        raise BadRequest("first_min_partial_amount can be sent only if accept_partial is true", field="first_min_partial_amount")
    least = read.amount(body, "first_min_partial_amount")
    if least > amount:
        raise BadRequest("The first_min_partial_amount may not be greater than the amount.", field="first_min_partial_amount")
    return least


def _expire_by(body: dict[str, Any], now: datetime) -> int:
    """In seconds, 0 without one."""
    if not body.get("expire_by"):
        return 0
    moment = min(read.whole(body, "expire_by"), _LATEST)
    if moment < wire.seconds(now + _SOONEST):
        raise BadRequest("expire_by should be at least 15 minutes after current time", field="expire_by")
    return moment


def _callback(body: dict[str, Any]) -> dict[str, str]:
    url, method = (read.text(body, name, 2048) for name in ("callback_url", "callback_method"))
    if method not in ("", "get") or (url and not method):
        raise BadRequest("The callback_method must be get.", field="callback_method")
    return {"callback_url": read.url(body, "callback_url"), "callback_method": method}


def _open_only(checkout: Checkout, verb: str) -> None:
    status = render.link_status(checkout)
    if status not in ("created", "partially_paid"):
        raise BadRequest(f"Payment Link cannot be {verb} as it is {status}")
