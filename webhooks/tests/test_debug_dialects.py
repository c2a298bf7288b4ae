"""The debugger explains a vendor's signature by the rules that its dialect registered."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import Merchant
from merchants.services.issue_key import issue_key
from merchants.states import Scope
from mypay.kit.crypto import hmac_sha256_hex
from webhooks.models import Attempt
from webhooks.tests.conftest import Hooks
from webhooks.tests.receiver import Receiver
from webhooks.tests.vendor import ACME

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def sent(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> tuple[dict[str, Any], dict[str, str], str]:
    """An endpoint of the dialect, and the headers and body it got."""
    made = hooks.create(receiver.url, dialect=ACME)
    hooks.trigger("payment.failed")
    settle()
    [call] = receiver.received
    return made, call.headers, call.body.decode()


def debug(hooks: Hooks, headers: dict[str, str], body: str, **members: Any) -> dict[str, Any]:
    response = hooks.api.post("/webhooks/debug", {"headers": headers, "body": body, **members})
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()["data"]
    return told


def codes(told: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in told["findings"]]


def test_debug_what_was_sent_matches(hooks: Hooks, sent: Any) -> None:
    made, headers, body = sent
    told = debug(hooks, headers, body)
    assert (told["matches"], told["dialect"], told["baseString"]) == (True, ACME, body)
    assert told["expectedSignature"] == hmac_sha256_hex(made["secret"], body.encode())


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (lambda headers, body: (headers, json.dumps(json.loads(body), indent=2)), ["body_reserialized"]),
        (lambda headers, body: (headers, body + "\n"), ["body_padded"]),
        (lambda headers, body: (headers, body.replace("payment", "charge")), ["no_match"]),
        (lambda headers, body: ({"x-acme-event": headers["x-acme-event"]}, body), ["missing_header"]),
        (lambda headers, body: ({**headers, "x-acme-signature": headers["x-acme-signature"].upper()}, body), ["upper_case_signature"]),
        (lambda headers, body: ({**headers, "x-acme-signature": headers["x-acme-signature"][:-2]}, body), ["bad_signature"]),
        (
            lambda headers, body: ({"x-acme-event": headers["x-acme-signature"], "x-acme-signature": headers["x-acme-event"]}, body),
            ["swapped_headers"],
        ),
    ],
)
def test_debug_finds_what_was_done_to_it(hooks: Hooks, sent: Any, spoil: Any, wanted: list[str]) -> None:
    _, headers, body = sent
    told = debug(hooks, *spoil(headers, body))
    assert (told["dialect"], codes(told)) == (ACME, wanted)


def test_debug_names_another_secret_it_was_signed_with(hooks: Hooks, receiver: Receiver, merchant: Merchant, sent: Any) -> None:
    made, _, body = sent
    pair, other = issue_key(merchant=merchant, scope=Scope.RAZORPAY), hooks.create(receiver.url, dialect=ACME)
    by_key = debug(hooks, {"X-Acme-Signature": hmac_sha256_hex(pair.secret, body.encode())}, body, endpointId=made["id"])
    assert codes(by_key) == ["wrong_secret"] and pair.key in by_key["signedWith"] and pair.secret not in json.dumps(by_key)
    by_other = debug(hooks, {"X-Acme-Signature": hmac_sha256_hex(other["secret"], body.encode())}, body, endpointId=made["id"])
    assert codes(by_other) == ["wrong_secret"] and other["id"] in by_other["signedWith"]


def test_debug_without_any_header_goes_by_the_endpoint(hooks: Hooks, sent: Any) -> None:
    made, _, body = sent
    told = debug(hooks, {}, body, endpointId=made["id"])
    assert (told["dialect"], codes(told)) == (ACME, ["missing_header"])


def test_debug_of_another_dialects_headers_says_so(hooks: Hooks, receiver: Receiver, sent: Any) -> None:
    _, headers, body = sent
    plain = hooks.create(receiver.url)
    assert "other_dialect" in codes(debug(hooks, headers, body, endpointId=plain["id"]))


def test_own_header_of_the_dialects_name_is_refused(hooks: Hooks, receiver: Receiver) -> None:
    response = hooks.api.post("/webhooks/endpoints", {"url": receiver.url, "headers": {"x-acme-signature": "mine"}})
    assert response.status_code == 400 and response.headers["X-MyPay-Error-Field"] == "headers.x-acme-signature"


def test_delivery_page_shows_what_was_signed(hooks: Hooks, merchant: Merchant, sent: Any) -> None:
    owner = Client()
    owner.force_login(merchant.members.get().user)
    page = owner.get(reverse("portal:delivery", args=[Attempt.objects.get().delivery_id]))
    [(_, exchange)] = page.context["attempts"]
    assert exchange.base_string == sent[2] and exchange.signature == sent[1]["x-acme-signature"]
