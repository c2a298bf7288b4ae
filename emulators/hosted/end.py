"""How a visit ends, and the way back to the shop."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from emulators.hosted.page_parts import UNDER_WAY, at_visit, summary, to_bank
from emulators.hosted.visits import Ending, Visit
from payments.models import Payment
from payments.selectors import newest_payment
from payments.states import PAID, CheckoutStatus, PaymentStatus

_PAID = PAID | {PaymentStatus.VOIDED, PaymentStatus.REVERSED}


@require_safe
@at_visit
def end(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The page of the last attempt."""
    payment = newest_payment(visit.checkout)
    if payment is None:
        return HttpResponseRedirect(visit.path)
    if payment.status in UNDER_WAY:
        return to_bank(visit)
    if payment.status in _PAID:
        return _page(request, visit, visit.paid(payment), "Payment successful", payment, is_paid=True)
    failed = visit.failed(payment)
    return _page(request, visit, failed, failed.problem, payment, may_retry=visit.checkout.status == CheckoutStatus.PENDING)


def left(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The page of a payer who went away unpaid."""
    return _page(request, visit, visit.left(), "You left the payment", may_retry=True)


def _page(
    request: HttpRequest,
    visit: Visit,
    ending: Ending,
    message: str,
    payment: Payment | None = None,
    *,
    is_paid: bool = False,
    may_retry: bool = False,
) -> HttpResponse:
    shown = {
        **summary(visit, payment),
        "ending": ending,
        "message": message,
        "is_paid": is_paid,
        "may_retry": may_retry,
        "told": json.dumps(ending.told),
    }
    return render(request, "emulators/hosted/end.html", shown)
