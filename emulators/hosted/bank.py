"""The payer's bank or UPI app, simulated: its answer is the payer's to give."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from emulators.hosted.end import left
from emulators.hosted.page_parts import UNDER_WAY, at_visit, summary, to_bank, to_end
from emulators.hosted.visits import Visit
from mypay.kit.errors import ValidationError
from payments.page_parts import payer_hint
from payments.selectors import newest_payment, waiting_payment
from payments.services.challenge import APPROVE, DECLINE, SECRETS
from payments.services.confirm import confirm_payment
from payments.states import Method, PaymentStatus
from sandbox.states import Challenge

_AT_THE_PHONE = {Method.UPI: "UPI app", Method.MPESA: "Phone"}


@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def bank(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Success, failure, or a one-time password; a payment that the bank still works on is waited for."""
    if request.method == "POST":
        try:
            _answer(visit, request.POST.get("answer", ""), request.POST.get("otp", "").strip())
        except ValidationError:
            return to_bank(visit)
        return to_end(visit)
    payment = newest_payment(visit.checkout)
    if payment is None or payment.status not in UNDER_WAY:
        return to_end(visit)
    shown = {
        **summary(visit, payment),
        "place": _AT_THE_PHONE.get(Method(payment.method), "Bank"),
        "payer": f"the card ending in {payment.payer}" if payment.method == Method.CARD else payer_hint(payment),
        "takes_code": payment.method not in _AT_THE_PHONE,
        "is_processing": payment.status == PaymentStatus.PROCESSING,
    }
    return render(request, "emulators/hosted/bank.html", shown)


@require_POST
@at_visit
def cancel(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The payer leaves: an attempt under way fails, unless the vendor has it pay; the checkout can still be paid."""
    waiting = waiting_payment(visit.checkout)
    if waiting is not None and waiting.method in visit.paid_by_leaving:
        _answer(visit, APPROVE)
        return to_end(visit)
    if waiting is not None:
        confirm_payment(checkout_id=str(visit.checkout.pk), answer=DECLINE)
    return HttpResponseRedirect(visit.cancel_url) if visit.cancel_url and not visit.origin else left(request, visit)


def _answer(visit: Visit, answer: str, password: str = "") -> None:
    """Yes, no, or a one-time password; whatever secret the engine asks for is known here."""
    waiting = waiting_payment(visit.checkout)
    if answer == "code":
        answer = APPROVE if visit.password.right.fullmatch(password) else DECLINE
    secret = SECRETS.get(Challenge(waiting.challenge), "") if waiting else ""
    confirm_payment(checkout_id=str(visit.checkout.pk), answer=answer, secret=secret)
