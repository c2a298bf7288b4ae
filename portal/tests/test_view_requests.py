"""The request log's pages: what they show, of whom, and at what cost."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import ApiRequest
from merchants.models import Merchant
from merchants.services.issue_key import issue_key
from merchants.states import Scope
from mypay.kit import clock
from mypay.kit.ids import uuid7
from portal.tests.conftest import MakePayout


def made(merchant: Merchant, **changes: Any) -> ApiRequest:
    plain = {
        "id": uuid7(), "merchant_id": merchant.pk, "request_id": str(uuid7()), "at": clock.real_now(), "method": "GET",
        "path": "/api/v1/balance", "status": 200, "duration_ms": 7, "key_hint": "mypay_ab...cdef", "ip": "127.0.0.1",
    }  # fmt: skip
    return ApiRequest.objects.create(**{**plain, **changes})


def shown(client: Client, query: str = "") -> list[ApiRequest]:
    response = client.get(f"/portal/requests{query}")
    assert response.status_code == 200
    return list(response.context["page"].rows)


def test_view_requests_filters_by_the_url(signed_in: Client, merchant: Merchant, stranger: Merchant) -> None:
    read = made(merchant)
    refused = made(merchant, method="POST", path="/api/v1/payouts", status=409, error_code="DUPLICATE_REFERENCE")
    theirs = made(stranger)
    assert shown(signed_in) == [refused, read]
    for query, expected in {
        "?status=errors": [refused], "?status=2xx": [read], "?method=POST": [refused], "?path=/api/v1/pay": [refused],
        f"?request_id={read.request_id}": [read], f"?request_id={theirs.request_id}": [], "?start=2001-01-01": [refused, read],
        "?end=2001-01-01": [], "?object=balance": [read],
    }.items():  # fmt: skip
        assert shown(signed_in, query) == expected, query
    assert b"DUPLICATE_REFERENCE" in signed_in.get("/portal/requests").content


@pytest.mark.parametrize("query", ["?status=nonsense", "?start=yesterday", "?method=%3Cscript%3E"])
def test_view_requests_with_a_wrong_filter_tells_it_at_its_field(signed_in: Client, merchant: Merchant, query: str) -> None:
    row = made(merchant)
    response = signed_in.get(f"/portal/requests{query}")
    assert response.context["page"].rows == [row] and b"field__error" in response.content and b"<script>" not in response.content


def test_view_requests_page_by_page_shows_each_once(signed_in: Client, merchant: Merchant) -> None:
    rows = [made(merchant) for _ in range(25)]
    first = signed_in.get("/portal/requests").context
    second = signed_in.get(first["next_url"]).context
    assert [*first["page"].rows, *second["page"].rows] == rows[::-1] and second["next_url"] == ""


def test_view_requests_empty_says_how_to_begin(signed_in: Client, merchant: Merchant) -> None:
    assert b"REQUEST_LOG=true" in signed_in.get("/portal/requests").content  # off in tests
    made(merchant)
    assert b"No request matches" in signed_in.get("/portal/requests?status=5xx").content


def test_view_request_shows_both_sides_and_a_command(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    row = made(
        merchant,
        method="POST",
        path="/api/v1/payouts",
        query="a=b",
        status=201,
        request_headers=json.dumps({"X-Api-Key": "mypay_ab...cdef", "X-Idempotency-Key": "it's one", "Content-Length": "5", "Host": "x"}),
        request_body='{"amount":"10.00"}',
        response_headers='{"Content-Type":"application/json"}',
        response_body='{"success":true}',
    )
    response = signed_in.get(f"/portal/requests/{row.pk}")
    text, command = response.content.decode(), response.context["curl"]
    assert "&quot;amount&quot;: &quot;10.00&quot;" in text and "&quot;success&quot;: true" in text
    assert command.startswith("curl -X POST 'http://testserver/api/v1/payouts?a=b'")
    assert '-H "X-API-KEY: $MYPAY_KEY"' in command and "it'\"'\"'s one" in command and "Host" not in command
    assert command.endswith("""--data-raw '{"amount":"10.00"}'""")


def test_view_request_links_what_it_did(signed_in: Client, merchant: Merchant, request_log: Any) -> None:
    key = issue_key(merchant=merchant, scope=Scope.PAYOUTS).key
    endpoint = Client().post(
        "/api/v1/webhooks/endpoints", {"url": "http://127.0.0.1:9/x"}, content_type="application/json", headers={"X-API-KEY": key}
    )
    request_log.flush()
    row = ApiRequest.objects.get()
    response = signed_in.get(f"/portal/requests/{row.pk}")
    assert [each.action for each in response.context["touched"]] == ["endpoint.created"]
    assert endpoint.json()["data"]["id"].encode() in response.content
    assert endpoint.json()["data"]["secret"].encode() not in response.content


def test_view_request_of_a_stranger_is_the_404_of_an_unknown_one(signed_in: Client, merchant: Merchant, stranger: Merchant) -> None:
    theirs, unknown = (signed_in.get(f"/portal/requests/{pk}") for pk in (made(stranger).pk, uuid4()))
    assert theirs.status_code == unknown.status_code == 404 and theirs.content == unknown.content
    assert signed_in.get("/portal/requests/nonsense").status_code == 404


def test_view_request_shows_text_as_text(signed_in: Client, merchant: Merchant) -> None:
    bad = "<script>alert(1)</script>{{ 7*7 }}"
    row = made(merchant, path=f"/{bad}", query=bad, request_id=bad, error_code=bad, request_body=bad, response_body=json.dumps({bad: bad}),
               request_headers=json.dumps({bad: bad}), response_headers="[1", key_hint="<script>")  # fmt: skip
    for path in ("/portal/requests", f"/portal/requests/{row.pk}"):
        text = signed_in.get(path).content.decode()
        assert "<script>alert" not in text and "&lt;script&gt;" in text and "{{ 7*7 }}" in text


@pytest.mark.parametrize("query", ["", "?status=2xx&path=/api", "?object=balance"])
def test_view_requests_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, query: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(signed_in, query)
        return len(captured)

    made(merchant)
    few = queries()
    for _ in range(18):
        made(merchant)
    assert queries() == few <= 8
