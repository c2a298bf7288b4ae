"""Two shops of one MyPay: the second is the gateway of the first. All over real HTTP, on a live server."""

import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from gateways.models import GatewayAccount, GatewayOrder, InboundEvent, RoutingNote
from gateways.services.assign import assign
from gateways.services.create_account import create_account
from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.states import Scope
from merchants.tests.factories import make_key, make_merchant
from mypay.kit import clock, scheduling
from mypay.settings import environment
from payments.models import Checkout, Payment
from payments.tests.conftest import Shop
from payouts.tests.factories import make_directory
from sandbox.services.clock import advance
from webhooks.tests.factories import make_endpoint

_SOON = timedelta(seconds=1)
EVENTS = ["payment.captured", "payment.authorized", "payment.failed", "order.paid", "refund.processed", "refund.failed"]


@dataclass
class Page:
    """A page as a browser without script has it."""

    response: requests.Response

    def form(self, *, holding: str = "", away: bool = False) -> tuple[str, str, dict[str, str]]:
        """A form's method, address and hidden fields: the one that holds the text, the first unless told."""
        for tag, inner in re.findall(r"<form([^>]*)>(.*?)</form>", self.response.text, re.DOTALL):
            method, action = re.search(r'method="(\w+)"', tag), re.search(r'action="([^"]+)"', tag)
            if method is None or action is None or holding not in inner or (away and not action[1].startswith("http")):
                continue
            inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inner)
            fields = {html.unescape(name): html.unescape(value) for name, value in inputs}
            return method[1], urljoin(self.response.url, html.unescape(action[1])), fields
        raise AssertionError(self.response.text)


class Browser:
    """A payer's: it follows where it is sent."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def open(self, url: str) -> Page:
        return Page(self.session.get(url, timeout=20))

    def send(self, form: tuple[str, str, dict[str, str]], *, follow: bool = True, **filled: str) -> Page:
        method, url, fields = form
        sent = {**fields, **filled}
        kind = {"data": sent} if method == "post" else {"params": sent}
        return Page(self.session.request(method, url, timeout=20, allow_redirects=follow, **kind))


@dataclass
class Gateway:
    """The second shop: its emulated Razorpay, and our account there."""

    merchant: Merchant
    account: GatewayAccount
    held: list[Any] = field(default_factory=list)


class Both:
    """`shop` is carried by `gateways`, each another merchant of the same server."""

    currency = "INR"

    def __init__(self, url: str, number: int) -> None:
        self.url = url
        make_directory()
        self.merchant = make_merchant(rupees=0)
        self.shop, self.browser = Shop(self.merchant), Browser()
        self.gateways = [self._gateway() for _ in range(number)]

    def _gateway(self) -> Gateway:
        merchant = make_merchant(rupees=0)
        pair = make_key(merchant, Scope.RAZORPAY)
        # One at a time: SQLite's tests share one connection in memory, which bears no two requests at once.
        _, secret = make_endpoint(merchant, f"{self.url}/webhooks/razorpay", dialect="razorpay", events=EVENTS, ordered=True)
        account = create_account(
            name=f"Emulated {merchant.pk}", gateway="razorpay", credentials={"key_id": pair.key, "key_secret": pair.secret},
            webhook_secret=secret, base_url=f"{self.url}/razorpay",
        )  # fmt: skip
        assign(merchant=self.merchant, account=account)
        return Gateway(merchant, account)

    def opened(self, **changes: Any) -> str:
        return self.shop.opened(**{"currency": "INR", "paymentMethod": "upi", "amount": 500, "returnUrl": f"{self.url}/health", **changes})

    def goes_to_pay(self, checkout_id: str) -> Page:
        """Our page, and by its form the gateway's."""
        return self.browser.send(self.browser.open(f"{self.url}/payment/{checkout_id}").form(away=True))

    def pays(self, page: Page, answer: str = "approve") -> Page:
        """Pay by UPI on the emulated page and answer on the emulated phone: the page that leads back."""
        chosen = self.browser.open(f"{page.response.url}?method=upi")
        asked = self.browser.send(
            chosen.form(holding="paymentMethod"), vpa="success@razorpay" if answer == "approve" else "failure@razorpay"
        )
        if "/bank" in asked.response.url:
            return self.browser.send(asked.form(holding=f'value="{answer}"'), answer=answer)
        return asked

    def works(self) -> None:
        """Do all that is due about now, deliveries one after the other and what they bring about too."""
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            done, wakes_at = scheduling.sweep(), scheduling.next_wake()
            if not done and (wakes_at is None or wakes_at > clock.real_now() + _SOON):
                return
            time.sleep(0 if done else 0.01)

    def passes(self, **units: float) -> None:
        """On the shop's clock."""
        advance(merchant=Merchant.objects.get(pk=self.merchant.pk), by=timedelta(**units))

    def passes_there(self, **units: float) -> None:
        """On the first gateway's clock."""
        advance(merchant=Merchant.objects.get(pk=self.gateways[0].merchant.pk), by=timedelta(**units))

    def state(self, checkout_id: str) -> tuple[str, str]:
        payment = Payment.objects.filter(checkout=checkout_id).first()
        return str(Checkout.objects.get(pk=checkout_id).status), str(payment.status) if payment else ""

    def pending(self, merchant: Merchant) -> int:
        return sum(balance.pending for balance in MerchantBalance.objects.filter(merchant=merchant, currency=self.currency))

    def order(self, checkout_id: str) -> GatewayOrder:
        return GatewayOrder.objects.filter(checkout_id=checkout_id).latest("id")

    def gateway_of(self, checkout_id: str) -> Gateway:
        """The one that took it."""
        return next(gateway for gateway in self.gateways if gateway.account.pk == self.order(checkout_id).account_id)

    def happenings(self, checkout_id: str) -> list[str]:
        return list(RoutingNote.objects.filter(subject_id=checkout_id).order_by("id").values_list("happening", flat=True))

    def inbound(self) -> list[tuple[str, str]]:
        return list(InboundEvent.objects.order_by("id").values_list("kind", "status"))


@pytest.fixture
def both(transactional_db: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """One gateway."""
    monkeypatch.setattr(environment, "CHECKOUT_BASE_URL", f"{live_server.url}/payment")
    both = Both(live_server.url, 1)
    yield both
    both.browser.session.close()
    assert list(findings()) == []


@pytest.fixture
def three(transactional_db: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Three gateways."""
    monkeypatch.setattr(environment, "CHECKOUT_BASE_URL", f"{live_server.url}/payment")
    both = Both(live_server.url, 3)
    yield both
    both.browser.session.close()
    assert list(findings()) == []
