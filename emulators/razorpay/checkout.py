"""How a shop opens the hosted checkout of an order: with a form, which Razorpay's script makes too. The pages are `emulators.hosted`."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from emulators.bodies import nested
from emulators.hosted.page_parts import problem
from emulators.razorpay import objects
from emulators.razorpay.base import RazorpayKey
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.objects import kept
from emulators.razorpay.reading import read
from emulators.razorpay.visits import KIND, RazorpayVisit
from merchants.authentication import find_pair
from mypay.kit.errors import ApiError
from mypay.kit.outbound import OutboundRefused, check_url

_URLS = ("callback_url", "cancel_url", "frame_origin")
_TEXTS = {"name": 100, "description": 255}


@csrf_exempt  # a shop's page posts here, of any origin; the key id in the form is all it shows
@xframe_options_exempt
@require_POST
@never_cache
def embedded(request: HttpRequest) -> HttpResponse:
    """Open the checkout of an order, as the shop's form says."""
    try:
        return HttpResponseRedirect(open_visit(nested(request.POST.items())).path)
    except ApiError as refused:
        return problem(request, refused.message, refused.field)


def open_visit(form: dict[str, Any]) -> RazorpayVisit:
    """A visit as the shop's form asks for it; its key id alone shows who the shop is. Raises BadRequest naming the field."""
    pair = find_pair(read.text(form, "key_id", 60, is_required=True), RazorpayKey.scopes)
    if pair is None:
        raise BadRequest("The key_id is not that of a working key.", field="key_id")
    order_id = read.text(form, "order_id", 40, is_required=True)
    try:
        order = objects.find_order(pair.merchant, order_id)
    except BadRequest:
        raise BadRequest("There is no such order.", field="order_id") from None
    if form.get("amount") and read.whole(form, "amount") != order.amount:
        raise BadRequest("The amount is different from the order's.", field="amount")
    if form.get("currency", order.currency) != order.currency:
        raise BadRequest("The currency is different from the order's.", field="currency")
    data = {
        "order": str(order.pk),
        "key_id": form["key_id"],
        **read.texts(form, _TEXTS),
        **{name: _url(form, name) for name in _URLS},
        "prefill": {name: str(text)[:100] for name, text in read.member(form, "prefill").items()},
        "notes": read.notes(form),
    }
    row = kept.new(pair.merchant, KIND, {name: value for name, value in data.items() if value})
    row.save(force_insert=True)
    return RazorpayVisit(row, order)


def _url(form: dict[str, Any], name: str) -> str:
    url = read.text(form, name, 2048)
    try:
        parts = check_url(url or "http://localhost")
    except OutboundRefused:
        raise BadRequest(f"The {name} must be an http or https URL.", field=name) from None
    return f"{parts.scheme}://{parts.netloc}" if url and name == "frame_origin" else url
