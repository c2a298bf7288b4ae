"""A merchant whose payments a gateway carries, seen from outside: the shop, the payer's browser, the gateway's server."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.test import Client

from gateways.models import GatewayAccount, GatewayOrder, InboundEvent, RoutingNote
from gateways.razorpay.tests.accounts import carried_by
from gateways.razorpay.tests.standin import Razorpay
from merchants.models import Merchant
from mypay.kit import scheduling
from payments.models import Checkout, Payment
from payments.tests.conftest import Shop
from sandbox.services.clock import advance


@dataclass
class Page:
    """The form that leads to the gateway, as a browser reads it."""

    url: str
    fields: dict[str, str]


class Carried:
    """`there` is the gateway of the first account, `others` those of more."""

    def __init__(self, merchant: Merchant, gateways: list[Razorpay]) -> None:
        self.merchant, self.there, self.others = merchant, gateways[0], gateways[1:]
        self.accounts: list[GatewayAccount] = carried_by(merchant, *gateways)
        self.shop, self.browser = Shop(merchant), Client(enforce_csrf_checks=True)

    def opened(self, **changes: Any) -> str:
        return self.shop.opened(**{"currency": "INR", "paymentMethod": "upi", "amount": 500, **changes})

    def page(self, checkout_id: str) -> Any:
        return self.browser.get(f"/payment/{checkout_id}")

    def sent(self, checkout_id: str) -> Page:
        """Where the payer is sent, to the letter."""
        response = self.browser.get(f"/payment/{checkout_id}", follow=True)
        assert response.status_code == 200, response.content
        return form_of(response.content.decode())

    def begun(self, **changes: Any) -> tuple[str, str]:
        """A checkout whose payer was sent to the gateway: its id, and the gateway's order id."""
        checkout_id = self.opened(**changes)
        return checkout_id, self.sent(checkout_id).fields["order_id"]

    def notify(self, kind: str, *, key: str = "", there: Razorpay | None = None, **told: Any) -> Any:
        """The gateway calls back, and the work that it makes is done."""
        headers, body = (there or self.there).event(kind, key=key, **told)
        return self.call_back(headers, body)

    def call_back(self, headers: dict[str, str], body: bytes, path: str = "/webhooks/razorpay") -> Any:
        response = Client().post(path, body, content_type="application/json", headers=headers)
        scheduling.run_due("inbound")
        return response

    def comes_back(self, page: Page, fields: dict[str, str]) -> Any:
        """The gateway's page posts the payer's browser back."""
        return self.browser.post(_path(page.fields["callback_url"]), fields)

    def passes(self, **units: float) -> None:
        from datetime import timedelta

        self.merchant.refresh_from_db()
        advance(merchant=self.merchant, by=timedelta(**units))

    def payment(self, checkout_id: str) -> Payment:
        return Payment.objects.select_related("checkout").get(checkout=checkout_id)

    def state(self, checkout_id: str) -> tuple[str, str]:
        """The checkout's status and its payment's."""
        checkout = Checkout.objects.get(pk=checkout_id)
        payment = Payment.objects.filter(checkout=checkout).first()
        return str(checkout.status), str(payment.status) if payment else ""

    def order(self, checkout_id: str) -> GatewayOrder:
        return GatewayOrder.objects.filter(checkout_id=checkout_id).latest("id")

    def happenings(self, checkout_id: str) -> list[str]:
        return list(RoutingNote.objects.filter(subject_id=checkout_id).order_by("id").values_list("happening", flat=True))

    def inbound(self) -> list[str]:
        return list(InboundEvent.objects.order_by("id").values_list("status", flat=True))


def _path(url: str) -> str:
    return url[url.index("/payment/") :]


def form_of(page: str) -> Page:
    """The page's form that leads away."""
    found = re.search(r'<form[^>]*action="(http[^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found, page
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', found[2])
    return Page(html.unescape(found[1]), {html.unescape(name): html.unescape(value) for name, value in inputs})


@contextmanager
def carried(merchant: Merchant, number: int = 1) -> Iterator[Carried]:
    """The merchant with an account at each of so many gateways."""
    gateways = [Razorpay(webhook_secret=f"hush {place}") for place in range(number)]
    try:
        yield Carried(merchant, gateways)
    finally:
        for gateway in gateways:
            gateway.stop()
