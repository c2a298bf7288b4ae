"""What payments, refunds and disputes share with the payout API: keys, refusals, idempotency, faults."""

import uuid
from typing import Any

import pytest
from django.test import Client

from conftest import Api
from merchants.models import Merchant
from merchants.states import Environment
from payments.models import Dispute, Payment, Refund
from payments.tests.conftest import Shop

READ = ["/payments/:id", "/payments/:id/refunds", "/refunds/:id", "/disputes/:id"]
ACT = ["/payments/:id/capture", "/payments/:id/void", "/payments/:id/refunds", "/disputes/:id/evidence", "/disputes/:id/accept"]
LIST = ["/payments", "/refunds", "/disputes"]
CONTROL = {
    "/sandbox/disputes": {"paymentId": "x"},
    "/sandbox/disputes/:id/decide": {"outcome": "won"},
    "/sandbox/refunds/:id/decide": {"outcome": "success"},
}
# Sound for every route, so that a refusal has no other cause.
BODY = {"evidence": {"text": "Delivered"}}


@pytest.fixture
def theirs(rival: Shop) -> dict[str, str]:
    """Ids of a rival, by the word that begins their routes."""
    payment = rival.paid()
    refund = rival.act(f"/payments/{payment}/refunds", {"amount": 1}).json()["data"]["id"]
    dispute = rival.post("/api/v1/sandbox/disputes", {"paymentId": payment}).json()["data"]["id"]
    return {"payments": payment, "refunds": refund, "disputes": dispute}


def _refused(response: Any) -> tuple[int, dict[str, str]]:
    body = response.json()
    assert list(body) == ["error"]
    body["error"].pop("timestamp", None)
    return response.status_code, body["error"]


def _whose(route: str, ids: dict[str, str]) -> str:
    return ids[route.removeprefix("/sandbox").split("/")[1]]


def _what(route: str) -> str:
    return route.removeprefix("/sandbox").split("/")[1].removesuffix("s").capitalize()


@pytest.mark.parametrize("route", [*READ, *ACT])
def test_unknown_foreign_and_garbled_id_are_the_same_404(shop: Shop, theirs: dict[str, str], route: str) -> None:
    answers = []
    for known in (_whose(route, theirs), str(uuid.uuid4()), "nonsense", "x" * 400, "%00"):
        path = route.replace(":id", known)
        answers.append(_refused(shop.act(path, BODY) if route in ACT else shop.get(f"/api/v1{path}")))
        if route.endswith("/refunds"):
            answers.append(_refused(shop.get(f"/api/v1{path}")))
    assert answers == [(404, {"message": f"{_what(route)} not found", "code": "NOT_FOUND"})] * len(answers)


@pytest.mark.parametrize("route", [route for route in CONTROL if ":id" in route])
def test_control_of_an_unknown_or_foreign_id_is_the_same_404(shop: Shop, theirs: dict[str, str], route: str) -> None:
    for known in (_whose(route, theirs), str(uuid.uuid4()), "nonsense"):
        answer = _refused(shop.post(f"/api/v1{route.replace(':id', known)}", CONTROL[route]))
        assert answer == (404, {"message": f"{_what(route)} not found", "code": "NOT_FOUND"})


@pytest.mark.parametrize("route", [*READ, *ACT, *LIST, *CONTROL])
def test_without_a_key_or_with_a_strange_one_is_401(shop: Shop, route: str) -> None:
    path, send = f"/api/v1{route.replace(':id', 'x')}", Client().post if route in ACT or route in CONTROL else Client().get
    for headers, code in (({}, "MISSING_API_KEY"), ({"X-Api-Key": "mypay_nobodys"}, "INVALID_API_KEY")):
        answer = _refused(send(path, headers=headers, content_type="application/json"))
        assert (answer[0], answer[1]["code"]) == (401, code)


@pytest.mark.parametrize("route", [*READ, *ACT, *LIST])
def test_with_a_payout_key_is_401(api: Api, route: str) -> None:
    path = route.replace(":id", "x")
    answer = _refused(api.post(path) if route in ACT else api.get(path))
    assert (answer[0], answer[1]["code"]) == (401, "INVALID_API_KEY")


@pytest.mark.parametrize("route", ACT)
@pytest.mark.parametrize(
    ("key", "code"), [(None, "MISSING_IDEMPOTENCY_KEY"), ("", "MISSING_IDEMPOTENCY_KEY"), ("K-1", "INVALID_IDEMPOTENCY_KEY")]
)
def test_act_without_a_uuid_as_its_key_is_refused(shop: Shop, route: str, key: str | None, code: str) -> None:
    headers = {} if key is None else {"X-Idempotency-Key": key}
    response = shop.post(f"/api/v1{route.replace(':id', 'x')}", BODY, **headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert response["X-MyPay-Error-Field"] == "X-Idempotency-Key"


@pytest.mark.parametrize("route", ACT)
@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"[1]", "application/json", 400, "VALIDATION_ERROR"),
        (b'{"amount": 1, "amount": 2}', "application/json", 400, "VALIDATION_ERROR"),
        (b"<a/>", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'{"a": "' + b"x" * 2_700_000 + b'"}', "application/json", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_act_with_an_unreadable_body_is_refused(shop: Shop, route: str, body: bytes, content_type: str, status: int, code: str) -> None:
    headers = {"X-Api-Key": shop.key, "X-Idempotency-Key": str(uuid.uuid4())}
    response = shop.client.post(f"/api/v1{route.replace(':id', 'x')}", body, content_type=content_type, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def _ready(shop: Shop, route: str) -> str:
    """The route with the id of something it can be done to."""
    match route:
        case "/payments/:id/capture" | "/payments/:id/void":
            return route.replace(":id", shop.authorized())
        case "/payments/:id/refunds":
            return route.replace(":id", shop.paid())
        case _:
            return route.replace(":id", shop.post("/api/v1/sandbox/disputes", {"paymentId": shop.paid()}).json()["data"]["id"])


def _state() -> list[Any]:
    columns = ("status", "captured", "refunded", "disputed", "revision", "updated_at")
    return [
        *Payment.objects.values_list(*columns),
        *Refund.objects.values_list("status"),
        *Dispute.objects.values_list("status", "revision"),
    ]


@pytest.mark.parametrize("route", ACT)
def test_act_again_under_its_key_gives_the_same_bytes_and_does_nothing(shop: Shop, route: str) -> None:
    path, key = _ready(shop, route), str(uuid.uuid4())
    first = shop.act(path, BODY, key=key)
    assert first.status_code in (200, 201), first.content
    assert "X-Idempotent-Replay" not in first
    done = _state()
    again = shop.act(path, BODY, key=key.upper())
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["X-Idempotent-Replay"] == "true"
    assert _state() == done


@pytest.mark.parametrize("route", ACT)
def test_act_with_a_key_of_another_request_is_409(shop: Shop, route: str) -> None:
    path, key = _ready(shop, route), str(uuid.uuid4())
    shop.act(path, BODY, key=key)
    done = _state()
    elsewhere = _ready(shop, route)
    before = _state()
    for other, body in ((path, {**BODY, "amount": 1}), (elsewhere, BODY)):
        answer = _refused(shop.act(other, body, key=key))
        assert (answer[0], answer[1]["code"]) == (409, "IDEMPOTENCY_KEY_CONFLICT")
    assert _state() == before and set(done) <= set(before)


@pytest.mark.parametrize("route", ACT)
def test_act_that_was_refused_is_refused_again_under_its_key(shop: Shop, route: str) -> None:
    key = str(uuid.uuid4())
    first = shop.act(route.replace(":id", "x"), BODY, key=key)
    again = shop.act(route.replace(":id", "x"), BODY, key=key)
    assert (again.status_code, again.content, again["X-Idempotent-Replay"]) == (404, first.content, "true")


@pytest.mark.parametrize("route", ACT)
def test_act_struck_after_its_effect_is_done_once(shop: Shop, route: str) -> None:
    path, key = _ready(shop, route), str(uuid.uuid4())
    struck = shop.act(path, BODY, key=key, **{"X-Mock-Fault": "error_after"})
    assert (struck.status_code, struck.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    done = _state()
    again = shop.act(path, BODY, key=key)
    assert (again.status_code < 300, again["X-Idempotent-Replay"]) == (True, "true")
    assert _state() == done


@pytest.mark.parametrize("route", ACT)
def test_act_with_members_nobody_knows_does_its_work(shop: Shop, route: str) -> None:
    assert shop.act(_ready(shop, route), {**BODY, "colour": "red"}).status_code in (200, 201)


@pytest.mark.parametrize("route", CONTROL)
def test_control_with_a_member_nobody_knows_is_refused_by_name(shop: Shop, route: str) -> None:
    response = shop.post(f"/api/v1{route.replace(':id', 'x')}", {**CONTROL[route], "colour": "red"})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "colour")


@pytest.mark.parametrize("route", CONTROL)
def test_control_opens_to_any_key_of_a_sandbox_merchant_only(shop: Shop, api: Api, merchant: Merchant, route: str) -> None:
    path = route.replace(":id", str(uuid.uuid4()))
    assert _refused(api.post(path, CONTROL[route]))[0] == 404
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    for caller in (api.post(path, CONTROL[route]), shop.post(f"/api/v1{path}", CONTROL[route])):
        assert _refused(caller) == (403, {"message": "Only sandbox merchants have these controls", "code": "SANDBOX_ONLY"})


@pytest.mark.parametrize("route", [*READ, *ACT, *LIST, *CONTROL])
def test_another_method_is_405(shop: Shop, route: str) -> None:
    response = shop.client.delete(f"/api/v1{route.replace(':id', 'x')}", headers={"X-Api-Key": shop.key})
    assert (response.status_code, response.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
