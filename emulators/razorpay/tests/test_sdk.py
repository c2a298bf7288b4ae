"""Razorpay's own SDKs, unmodified, against a server of ours: PyPI `razorpay` here, npm `razorpay` in a process of Node."""

import fcntl
import hashlib
import hmac
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import razorpay
from pytest_django.live_server_helper import LiveServer
from razorpay.errors import BadRequestError, ServerError, SignatureVerificationError

from emulators.razorpay.tests.conftest import Shop
from sandbox.faults import FaultKind
from sandbox.services.faults import add_fault

ROOT = Path(__file__).resolve().parents[3]
NPM_VERSION = "2.9.8"
_KEPT = ROOT / "var" / "npm" / f"razorpay-{NPM_VERSION}"


@pytest.fixture
def client(transactional_db: None, shop: Shop, live_server: LiveServer) -> razorpay.Client:
    """The SDK, pointed at us as its contract section says."""
    return razorpay.Client(auth=(shop.key_id, shop.secret), base_url=f"{live_server.url}/razorpay")


def signature(order_id: str, payment_id: str, secret: str) -> str:
    """What the checkout page hands over."""
    return hmac.new(secret.encode(), f"{order_id}|{payment_id}".encode(), hashlib.sha256).hexdigest()


def test_python_sdk_collects_captures_and_refunds(client: razorpay.Client, shop: Shop) -> None:
    order = client.order.create({"amount": 50_000, "currency": "INR", "receipt": "r1", "notes": {"cart": "17"}})
    assert client.order.fetch(order["id"]) == order and client.order.all({"receipt": "r1"})["items"] == [order]
    payment = shop.pay(order["id"])
    signed = {"razorpay_order_id": order["id"], "razorpay_payment_id": payment["id"]}
    assert client.utility.verify_payment_signature({**signed, "razorpay_signature": signature(order["id"], payment["id"], shop.secret)})
    with pytest.raises(SignatureVerificationError):
        client.utility.verify_payment_signature({**signed, "razorpay_signature": signature(order["id"], payment["id"], "other")})
    assert client.order.payments(order["id"])["items"] == [payment]
    captured = client.payment.capture(payment["id"], 50_000, {"currency": "INR"})
    assert captured["status"] == "captured" and captured == client.payment.fetch(payment["id"])
    first = client.payment.refund(payment["id"], {"amount": 20_000})
    second = client.refund.create({"payment_id": payment["id"], "amount": 30_000, "notes": {"why": "late"}})
    assert client.payment.fetch_multiple_refund(payment["id"])["items"] == client.refund.all()["items"] == [second, first]
    assert client.refund.fetch(first["id"]) == client.payment.fetch_refund_id(payment["id"], first["id"]) == first
    assert client.refund.edit(first["id"], {"notes": {"a": "b"}})["notes"] == {"a": "b"}
    assert client.payment.all({"count": 5})["items"] == [client.payment.fetch(payment["id"])]
    assert client.payment.fetch(payment["id"])["status"] == "refunded" and client.order.fetch(order["id"])["status"] == "paid"
    assert client.order.edit(order["id"], {"notes": {"cart": "18"}})["notes"] == {"cart": "18"}
    assert client.payment.fetchCardDetails(payment["id"])["last4"] == "1111"


def test_python_sdk_makes_and_cancels_links_and_customers(client: razorpay.Client) -> None:
    link = client.payment_link.create({"amount": 50_000, "currency": "INR", "customer": {"contact": "+919000090000"}})
    assert client.payment_link.fetch(link["id"]) == link and client.payment_link.all()["payment_links"] == [link]
    assert client.payment_link.edit(link["id"], {"reference_id": "A"})["reference_id"] == "A"
    assert client.payment_link.notifyBy(link["id"], "sms") == {"success": True}
    assert client.payment_link.cancel(link["id"])["status"] == "cancelled"
    customer = client.customer.create({"name": "A Khan", "email": "a@example.com", "contact": "9000090000"})
    assert client.customer.fetch(customer["id"]) == customer and client.customer.all()["items"] == [customer]


def test_python_sdk_raises_our_refusals_as_its_own(client: razorpay.Client, shop: Shop, live_server: LiveServer) -> None:
    with pytest.raises(BadRequestError, match=r"The amount must be at least INR 1\.00"):
        client.order.create({"amount": 1, "currency": "INR"})
    with pytest.raises(BadRequestError, match="The id provided does not exist"):
        client.payment.fetch("pay_00000000000000")
    with pytest.raises(BadRequestError, match=r"The requested URL was not found on the server\."):
        client.plan.all()
    with pytest.raises(BadRequestError, match="Authentication failed"):
        razorpay.Client(auth=(shop.key_id, "wrong"), base_url=f"{live_server.url}/razorpay").order.all()
    add_fault(merchant=shop.merchant, kind=FaultKind.ERROR_BEFORE, number=None, match={}, uses=1)
    with pytest.raises(ServerError, match="We are facing some trouble"):
        client.order.all()


@pytest.fixture(scope="session")
def node_sdk() -> Path:
    """The folder of the npm package, fetched by the first of the tests' processes; skips where npm cannot, unless REQUIRE_NPM insists."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_KEPT / "node_modules" / "razorpay").exists() and (problem := _fetch()):
            if os.environ.get("REQUIRE_NPM"):
                raise RuntimeError(problem)
            pytest.skip(problem)
    return _KEPT


def _fetch() -> str:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "the SDK comes from npm, which is not installed"
    command = [npm, "install", f"razorpay@{NPM_VERSION}", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix", str(_KEPT)]
    done = subprocess.run(command, cwd=_KEPT, capture_output=True, text=True, timeout=300, check=False)
    return f"npm could not fetch razorpay: {done.stderr[-300:]}" if done.returncode else ""


class Node:
    """Runs one step of JavaScript with the SDK; a step is the body of an async function that has `rzp` and `given`."""

    def __init__(self, folder: Path, shop: Shop, url: str) -> None:
        self.folder = folder
        self.given = {"id": shop.key_id, "secret": shop.secret, "url": f"{url}/razorpay"}

    def __call__(self, step: str, **given: Any) -> Any:
        script = (
            "const Razorpay = require('razorpay'); const given = JSON.parse(process.env.GIVEN);"
            "const utils = require('razorpay/dist/utils/razorpay-utils');"
            "const rzp = new Razorpay({key_id: given.id, key_secret: given.secret}); rzp.api.rq.defaults.baseURL = given.url;"
            f"(async () => {{ {step} }})().then((told) => console.log(JSON.stringify(told)), (no) => console.log(JSON.stringify({{no}})));"
        )
        env = {**os.environ, "GIVEN": json.dumps({**self.given, **given}), "NODE_PATH": str(self.folder / "node_modules")}
        done = subprocess.run(["node", "-e", script], cwd=self.folder, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def node(transactional_db: None, node_sdk: Path, shop: Shop, live_server: LiveServer) -> Node:
    return Node(node_sdk, shop, live_server.url)


def test_node_sdk_collects_captures_and_refunds(node: Node, shop: Shop) -> None:
    order = node("const made = await rzp.orders.create({amount: 50000, currency: 'INR', receipt: 'r1'}); return rzp.orders.fetch(made.id);")
    assert (order["status"], order["receipt"]) == ("created", "r1")
    payment = shop.pay(order["id"])
    told = node(
        """
        const {order, payment, signature} = given;
        return {
          isRight: utils.validatePaymentVerification({order_id: order, payment_id: payment}, signature, given.secret),
          captured: await rzp.payments.capture(payment, 50000, "INR"),
          refunds: [await rzp.payments.refund(payment, {amount: 20000}), await rzp.payments.refund(payment, {amount: 30000})],
          all: await rzp.refunds.all({payment_id: payment}),
          several: await rzp.payments.fetchMultipleRefund(payment),
          payment: await rzp.payments.fetch(payment),
          order: await rzp.orders.fetch(order),
          orders: await rzp.orders.all(),
        };
        """,
        order=order["id"], payment=payment["id"], signature=signature(order["id"], payment["id"], shop.secret),
    )  # fmt: skip
    assert told["isRight"] is True and told["captured"]["status"] == "captured"
    assert told["all"] == told["several"] == {"entity": "collection", "count": 2, "items": told["refunds"][::-1]}
    assert (told["payment"]["status"], told["order"]["status"], told["orders"]["items"]) == ("refunded", "paid", [told["order"]])


def test_node_sdk_makes_a_link_and_hears_refusals(node: Node) -> None:
    link = node("return rzp.paymentLink.create({amount: 50000, currency: 'INR', accept_partial: false, description: 'A policy'});")
    assert (link["status"], link["amount"]) == ("created", 50_000)
    assert node("return rzp.paymentLink.cancel(given.link);", link=link["id"])["status"] == "cancelled"
    refused = node("return rzp.orders.create({amount: 1, currency: 'INR'});")["no"]
    assert (refused["statusCode"], refused["error"]["field"]) == (400, "amount")
    assert node("return rzp.payments.fetch('pay_00000000000000');")["no"]["error"]["description"] == "The id provided does not exist"
