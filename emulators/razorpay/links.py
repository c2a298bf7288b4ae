"""Payment links: an engine checkout whose address is sent to somebody, and which may be paid in parts."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay import kept, objects, render, validation
from emulators.razorpay.base import RazorpayView, answer
from emulators.razorpay.errors import NO_SUCH_URL, BadRequest
from emulators.razorpay.orders import open_checkout
from emulators.razorpay.paging import page
from gateways.razorpay import wire
from merchants.models import Merchant
from merchants.services.send_message import send_mail, send_sms
from mypay.kit import clock
from mypay.kit.money import to_text
from mypay.kit.outbound import OutboundRefused, check_url
from payments.models import Checkout
from payments.services.cancel import cancel_payment

_SOONEST, _USUAL_LIFE = timedelta(minutes=15), timedelta(days=183)
_LATEST = 32_503_680_000  # the year 3000
_CUSTOMER = {"name": 50, "email": 64, "contact": 15}
_MEDIA = {"sms": "contact", "email": "email"}
_CHANGEABLE = {"reference_id", "notes", "reminder_enable"}


def find_link(merchant: Merchant, text: str) -> Checkout:
    """The link's checkout; raises BadRequest for an unknown or foreign id alike."""
    rows = Checkout.objects.filter(merchant=merchant, pk__in=kept.rows(merchant, objects.LINK).values("subject_id"))
    checkout: Checkout = objects.one(rows, wire.LINK, text)
    checkout.merchant = merchant
    return checkout


class LinksView(RazorpayView):
    def post(self, request: Request) -> HttpResponse:
        """Create a payment link, and send it where `notify` says."""
        body, now = self.body, clock.now(self.merchant)
        amount, currency = validation.amount(body), validation.currency(body, default="INR")
        extra = _extra(self.merchant, body, amount, now)
        made = {
            "amount": to_text(amount, currency),
            "currency": currency,
            "description": validation.text(body, "description", validation.MAX_DESCRIPTION),
            "metadata": validation.notes(body),
            "user": extra["customer"] or None,
        }
        checkout = open_checkout(
            self.merchant,
            made,
            prefix=wire.LINK,
            scenario=self.scenario,
            expires_at=wire.moment(extra["expire_by"]) if extra["expire_by"] else now + _USUAL_LIFE,
            part_minimum=extra["first_min_partial_amount"] or validation.MINIMUM if extra["accept_partial"] else None,
            beside=lambda row: objects.beside(objects.LINK, row, extra, reference=extra["reference_id"]),
        )
        for medium, wanted in extra["notify"].items():
            if wanted and _MEDIA[medium] in extra["customer"]:
                _send(checkout, medium, extra["customer"][_MEDIA[medium]])
        return answer(_told(checkout))

    def get(self, request: Request) -> HttpResponse:
        """Payment links, newest first; of one reference, or that one payment paid."""
        query = request.query_params
        rows = kept.rows(self.merchant, objects.LINK)
        if reference := query.get("reference_id"):
            rows = rows.filter(reference=reference)
        if payment_id := query.get("payment_id"):
            rows = rows.filter(subject_id=objects.find_payment(self.merchant, payment_id).checkout_id)
        keys = [row.subject_id for row in page(rows, query)]
        checkouts = Checkout.objects.filter(pk__in=keys).order_by("-pk")
        return answer({"payment_links": objects.links_json(list(checkouts))})


def _extra(merchant: Merchant, body: dict[str, Any], amount: int, now: datetime) -> dict[str, Any]:
    """What Razorpay keeps of a link beside its checkout."""
    customer, notify = validation.member(body, "customer"), validation.member(body, "notify")
    named = {name: validation.text(customer, name, longest) for name, longest in _CUSTOMER.items()}
    return {
        "reference_id": _reference(merchant, body),
        "customer": {name: text for name, text in named.items() if text},
        "notify": {medium: validation.flag(notify, medium) for medium in _MEDIA},
        "reminder_enable": validation.flag(body, "reminder_enable"),
        "accept_partial": validation.flag(body, "accept_partial"),
        "first_min_partial_amount": _first_part(body, amount),
        "expire_by": _expire_by(body, now),
        **_callback(body),
    }


def _reference(merchant: Merchant, body: dict[str, Any]) -> str:
    """The merchant's own name for the link, once."""
    reference = validation.text(body, "reference_id", validation.MAX_RECEIPT)
    if reference and kept.rows(merchant, objects.LINK).filter(reference=reference).exists():
        words = f"payment link with given reference_id: ({reference}) already exists. Please pass unique reference_id"
        raise BadRequest(words, field="reference_id")
    return reference


def _first_part(body: dict[str, Any], amount: int) -> int:
    """The least that a first part may be, 0 for any."""
    if not body.get("first_min_partial_amount"):
        return 0
    if not validation.flag(body, "accept_partial"):
        raise BadRequest("first_min_partial_amount can be sent only if accept_partial is true", field="first_min_partial_amount")
    least = validation.amount(body, "first_min_partial_amount")
    if least > amount:
        raise BadRequest("The first_min_partial_amount may not be greater than the amount.", field="first_min_partial_amount")
    return least


def _expire_by(body: dict[str, Any], now: datetime) -> int:
    """In seconds, 0 without one."""
    if not body.get("expire_by"):
        return 0
    moment = min(validation.whole(body, "expire_by"), _LATEST)
    if moment < wire.seconds(now + _SOONEST):
        raise BadRequest("expire_by should be at least 15 minutes after current time", field="expire_by")
    return moment


def _callback(body: dict[str, Any]) -> dict[str, str]:
    url, method = (validation.text(body, name, 2048) for name in ("callback_url", "callback_method"))
    if method not in ("", "get") or (url and not method):
        raise BadRequest("The callback_method must be get.", field="callback_method")
    try:
        check_url(url or "http://localhost")
    except OutboundRefused:
        raise BadRequest("The callback_url format is invalid.", field="callback_url") from None
    return {"callback_url": url, "callback_method": method}


class LinkView(RazorpayView):
    def get(self, request: Request, link_id: str) -> HttpResponse:
        """One payment link."""
        return answer(_told(find_link(self.merchant, link_id)))

    def patch(self, request: Request, link_id: str) -> HttpResponse:
        """Change its reference, notes or reminders while it is not paid."""
        checkout = find_link(self.merchant, link_id)
        validation.only(self.body, _CHANGEABLE)
        _open_only(checkout, "updated")
        changes: dict[str, Any] = {}
        if "reference_id" in self.body:
            changes["reference_id"] = _reference(self.merchant, self.body)
        if "notes" in self.body:
            changes["notes"] = validation.notes(self.body)
        if "reminder_enable" in self.body:
            changes["reminder_enable"] = validation.flag(self.body, "reminder_enable")
        objects.change(self.merchant, objects.LINK, checkout.pk, reference=changes.get("reference_id"), **changes)
        return answer(_told(checkout))


class CancelLinkView(RazorpayView):
    def post(self, request: Request, link_id: str) -> HttpResponse:
        """End a link that nobody has paid."""
        checkout = find_link(self.merchant, link_id)
        _open_only(checkout, "cancelled")
        cancel_payment(checkout_id=str(checkout.pk))
        return answer(_told(find_link(self.merchant, link_id)))


class NotifyLinkView(RazorpayView):
    def post(self, request: Request, link_id: str, medium: str) -> HttpResponse:
        """Send its address by SMS or mail once more."""
        if medium not in _MEDIA:
            raise BadRequest(NO_SUCH_URL, status=404)
        checkout = find_link(self.merchant, link_id)
        _open_only(checkout, "notified")
        to = (checkout.user_data or {}).get(_MEDIA[medium])
        if not to:
            raise BadRequest(f"The customer {_MEDIA[medium]} is required to notify by {medium}.", field=f"customer.{_MEDIA[medium]}")
        _send(checkout, medium, to)
        return answer({"success": True})


def _open_only(checkout: Checkout, verb: str) -> None:
    status = _told(checkout)["status"]
    if status not in ("created", "partially_paid"):
        raise BadRequest(f"Payment Link cannot be {verb} as it is {status}")


def _told(checkout: Checkout) -> dict[str, Any]:
    return objects.links_json([checkout])[0]


def _send(checkout: Checkout, medium: str, to: str) -> None:
    amount = f"{checkout.currency} {to_text(checkout.amount, checkout.currency)}"
    told = {"company": checkout.merchant.company_name, "amount": amount, "url": render.link_page(checkout.pk)}
    if medium == "sms":
        send_sms(to=to, text="{company} asks you to pay {amount}: {url}".format(**told), merchant=checkout.merchant)
    else:
        send_mail(to=to, template="payment_link", told=told, merchant=checkout.merchant, copy_to=checkout.merchant.email)
