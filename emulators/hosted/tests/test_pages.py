"""The pages for a vendor that nobody has: other methods, other passwords, back by GET. Razorpay's tests walk the rest of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import include, path

from emulators.hosted.urls import visit_urls
from emulators.hosted.visits import Ending, OneTimePassword, Visit
from emulators.models import VendorObject
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.ids import uuid7
from payments.models import Checkout, Payment
from payments.scenarios import Sample
from payments.selectors import find_session, newest_payment
from payments.services.create import Terms, create_checkout
from payments.states import Method
from payments.tests.acts import CARD
from payments.tests.conftest import checkout_body

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

ASKED_CARD = {"paymentMethod": "card", **CARD, "cardNumber": "4000002760003184"}
MPESA = {"paymentMethod": "mpesa", "mobileNumber": "254708374149"}


class KioskVisit(Visit):
    password = OneTimePassword(re.compile("123456"), "123456 is right.")
    methods = {Method.MPESA: "Mobile money", Method.CARD: "Card"}

    @property
    def path(self) -> str:
        return f"/kiosk/{self.row.reference}"

    def samples(self, method: Method) -> Sequence[Sample]:
        return [Sample("254708374149", "Succeeds", True)] if method == Method.MPESA else []

    def keep(self, payment: Payment, method: Method, body: Mapping[str, Any]) -> None:
        VendorObject.objects.filter(pk=self.row.pk).update(data={**self.row.data, "channel": self.methods[method]})

    def paid(self, payment: Payment) -> Ending:
        reference = self.checkout.reference
        return Ending({"status": "success"}, self.back({"trxref": reference, "reference": reference}), "T1")

    def failed(self, payment: Payment) -> Ending:
        return Ending({"status": "failed"}, payment_id="T1", reason=payment.status_code, problem="Declined")

    def left(self) -> Ending:
        return Ending({"status": "abandoned"}, self.back({"status": "cancelled"}))


def find_visit(code: str) -> KioskVisit | None:
    row = VendorObject.objects.filter(kind="kiosk", reference=code).first()
    checkout = find_session(str(row.subject_id)) if row else None
    return KioskVisit(row, checkout) if row and checkout else None


urlpatterns = [path("kiosk/<str:code>", include(visit_urls(find_visit)))]


@pytest.fixture
def opened(merchant: Merchant) -> Checkout:
    """A checkout that the kiosk at /kiosk/A1 is paid by."""
    checkout = create_checkout(
        merchant=merchant, body=checkout_body(paymentMethod=None, currency="KES"), lenient=True, terms=Terms(is_reusable=True)
    )
    data = {"name": "The Kiosk", "callback_url": "http://kiosk.test/done?shelf=7"}
    about = {"vendor": "kiosk", "kind": "kiosk", "reference": "A1", "subject_id": checkout.pk, "data": data}
    VendorObject.objects.create(id=uuid7(), merchant=merchant, created_at=clock.now(merchant), **about)
    return checkout


def _post(step: str, body: Mapping[str, str] | None = None) -> str:
    """The page that the browser comes to."""
    return Client().post(f"/kiosk/A1/{step}", body or {}, follow=True).content.decode()


def test_page_offers_the_vendors_methods_and_values(opened: Checkout) -> None:
    html = Client().get("/kiosk/A1").content.decode()
    assert re.findall(r'class="methods__choice"[^>]*>([^<]+)<', html) == ["Mobile money", "Card"]
    assert "The Kiosk" in html and "fill=254708374149" in html
    assert Client().get("/kiosk/A2").status_code == 404


def test_paid_visit_goes_back_by_get_with_the_callbacks_own_query(opened: Checkout) -> None:
    html = _post("pay", {"paymentMethod": "card", **CARD})
    assert 'method="get" action="http://kiosk.test/done"' in html
    back = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
    assert back == {"shelf": "7", "trxref": opened.reference, "reference": opened.reference}
    assert VendorObject.objects.get(reference="A1").data["channel"] == "Card"


def test_password_is_the_vendors_and_a_failed_payment_may_be_tried_again(opened: Checkout) -> None:
    assert "123456 is right." in _post("pay", ASKED_CARD)
    failed = _post("bank", {"answer": "code", "otp": "1234567"})
    assert "Declined" in failed and "Try again" in failed and "kiosk.test" not in failed
    _post("pay", ASKED_CARD)
    assert "Payment successful" in _post("bank", {"answer": "code", "otp": "123456"})


def test_leave_while_the_phone_asks_does_not_pay_and_tells_the_shop(opened: Checkout) -> None:
    asked = _post("pay", MPESA)
    assert "Phone · simulated" in asked and "one-time password" not in asked
    left = _post("cancel")
    payment = newest_payment(opened)
    assert "You left the payment" in left and 'name="status" value="cancelled"' in left
    assert payment is not None and payment.status == "failed"


def test_visit_in_a_frame_tells_the_shops_page_instead_of_going_back(opened: Checkout) -> None:
    row = VendorObject.objects.get(reference="A1")
    row.data["frame_origin"] = "http://kiosk.test"
    row.save(update_fields=["data"])
    html = _post("pay", {"paymentMethod": "card", **CARD})
    assert 'data-told="{&quot;status&quot;: &quot;success&quot;}"' in html and "<form" not in html
