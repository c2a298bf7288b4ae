"""What every route of Paystack's shares: keys, bodies, methods, slashes, its own 404."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from emulators.paystack.tests.conftest import EMAIL, Shop
from merchants.models import Merchant
from merchants.services.issue_key import issue_key
from merchants.states import Environment, Scope
from payments.models import Checkout

INVALID_KEY = {"status": False, "message": "Invalid key"}
FORM = "application/x-www-form-urlencoded"


def test_wrong_key_is_refused_whatever_is_wrong_with_it(shop: Shop) -> None:
    payments = issue_key(merchant=shop.merchant, scope=Scope.PAYMENTS).key
    wrong: list[dict[str, str]] = [
        {}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {shop.key}x"}, {"Authorization": f"Bearer {shop.public_key}"},
        {"Authorization": f"Bearer {payments}"}, {"Authorization": f"Basic {shop.key}"}, {"X-API-KEY": shop.key},
    ]  # fmt: skip
    for headers in wrong:
        response = Client().get("/paystack/transaction", headers=headers)
        assert (response.status_code, response.json()) == (401, INVALID_KEY), headers


def test_live_merchant_is_served_the_same_in_its_own_domain(shop: Shop) -> None:
    Merchant.objects.filter(pk=shop.merchant.pk).update(environment=Environment.LIVE)
    shop.merchant.refresh_from_db()
    live = Shop(shop.merchant)
    assert (shop.key[:8], live.key[:8], live.public_key[:8]) == ("sk_test_", "sk_live_", "pk_live_")
    assert live.verified(live.opened()["reference"])["domain"] == "live"


@pytest.mark.parametrize("path", ["", "/plan", "/transaction/verify/a/b", "/v1/transaction", "/refund//"])
def test_route_that_is_none_answers_paystacks_404(db: None, path: str) -> None:
    for method in ("get", "post", "delete"):
        response = getattr(Client(), method)(f"/paystack{path or '/'}")
        assert (response.status_code, response.json()["status"], response.json()["message"]) == (404, False, "Route not found")


def test_slash_at_the_end_is_the_same_route(shop: Shop) -> None:
    opened = shop.post("/transaction/initialize/", {"email": EMAIL, "amount": 100})
    assert shop.get("/transaction/?perPage=50") == shop.get("/transaction?perPage=50") == [shop.verified(opened["reference"] + "/")]


def test_fault_is_told_in_the_envelope(shop: Shop) -> None:
    for fault, status in (("error_before;502", 502), ("rate_limited;3", 429)):
        response = shop.call("get", "/transaction", **{"X-Mock-Fault": fault})
        told = response.json()
        assert (response.status_code, told["status"], told["type"]) == (status, False, "api_error") and told["message"]


def test_other_method_is_refused_in_the_envelope(shop: Shop) -> None:
    response = shop.call("delete", "/refund")
    assert (response.status_code, response["Allow"], response.json()["status"]) == (405, "GET, POST, HEAD, OPTIONS", False)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{not json", "application/json", 400), ("[1]", "", 400), ('{"amount": 1, "amount": 2}', "application/json", 400),
        ("metadata[a]=1&metadata=2", FORM, 400), ("<amount/>", "text/xml", 415),
    ],
)  # fmt: skip
def test_body_that_cannot_be_read_is_refused_in_the_envelope(shop: Shop, body: str, content_type: str, status: int) -> None:
    response = shop.call("post", "/transaction/initialize", body, content_type=content_type)
    assert (response.status_code, response.json()["status"]) == (status, False) and response.json()["message"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f"email={EMAIL}&amount=5000&metadata[cart]=17&channels[0]=card", FORM),
        (json.dumps({"email": EMAIL, "amount": "5000", "metadata": '{"cart": "17"}', "channels": ["card"]}), "application/json"),
        (json.dumps({"email": EMAIL, "amount": 5000, "metadata": {"cart": "17"}, "channels": ["card"]}), ""),
    ],
)
def test_forms_text_numbers_and_json_of_no_type_say_the_same(shop: Shop, body: str, content_type: str) -> None:
    response = shop.call("post", "/transaction/initialize", body, content_type=content_type)
    assert response.status_code == 200, response.content
    found = shop.verified(response.json()["data"]["reference"])
    assert (found["amount"], found["metadata"]) == (5000, {"cart": "17"})


def chunked(shop: Shop, body: bytes) -> Any:
    """A POST as Paystack's SDK for Node sends it, no type, no length, as gunicorn hands it on; see tests/processes, too."""
    said = {"CONTENT_TYPE": "", "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    authorization = {"Authorization": f"Bearer {shop.key}"}
    return Client().generic("POST", "/paystack/transaction/initialize", headers=authorization, **{**said, "wsgi.input": BytesIO(body)})


def test_chunked_body_without_type_is_read_whole(shop: Shop, settings: Any) -> None:
    body = json.dumps({"email": EMAIL, "amount": 5000, "reference": "chunks-1"}).encode()
    assert chunked(shop, body).json()["data"]["reference"] == "chunks-1"
    assert Checkout.objects.get().amount == 5000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert [chunked(shop, each).status_code for each in (b"{", body)] == [400, 413]
