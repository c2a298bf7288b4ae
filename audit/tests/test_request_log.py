"""The request log: what is kept of a request, what never is, and how it gets there."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import request_log as module
from audit.models import ApiRequest, AuditEntry
from audit.request_log import LONGEST_BODY, RequestLog, Seen
from audit.selectors import entries_of, get_request, list_requests, requests_by_ids
from audit.services.forget_requests import forget_requests
from conftest import Api, payout_body
from merchants.models import ApiKey, Member, Merchant
from merchants.services.note_key_use import forget_noted
from merchants.tests.factories import PASSWORD
from mypay.kit import clock
from mypay.kit.errors import NotFound, ValidationError
from mypay.kit.ids import first_uuid7, uuid7
from payouts.models import Payout
from tests.patience import FOREVER


def seen(merchant: Merchant, **changes: Any) -> Seen:
    """A request of the merchant's that was answered just now."""
    plain = Seen(
        id=uuid7(), at=clock.real_now(), merchant_id=merchant.pk, request_id=str(uuid7()), method="GET", path="/api/v1/balance", query="",
        status=200, error_code="", duration_ms=1.6, request_headers={}, request_body="", response_headers={}, response_body=b"",
        touched=(), api_key_id=None, ip="127.0.0.1",
    )  # fmt: skip
    return replace(plain, **changes)


def kept(log: RequestLog) -> ApiRequest:
    """The one request that the log has."""
    log.flush()
    return ApiRequest.objects.get()


def listed(merchant: Merchant, **query: str) -> list[str]:
    return [row.request_id for row in list_requests(merchant.pk, {"cursor": "", **query}).rows]


def test_keep_request_has_both_sides_masked(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    body = payout_body(reference="x", metadata={"note": "hello", "pin": "4711", "nested": {"cardNumber": "4242424242424242"}})
    response = api.post(
        "/payouts?cursor=&token=sekrit", body, **{"X-Request-Id": "req-7", "Cookie": "a=b", "Proxy-Authorization": "Basic x"}
    )
    assert response.status_code == 201
    row = kept(request_log)
    assert (row.merchant_id, row.request_id, row.method, row.path, row.status) == (merchant.pk, "req-7", "POST", "/api/v1/payouts", 201)
    assert row.key_hint == f"{api.key[:8]}...{api.key[-4:]}" and row.ip == "127.0.0.1" and row.query == "cursor=&token=%5BREDACTED%5D"
    sent, answered = json.loads(row.request_body), json.loads(row.response_body)
    assert (sent["accountTitle"], sent["accountNumber"], sent["metadata"]["note"]) == ("Ayesha Khan", "123******01", "hello")
    assert answered["data"]["id"] == response.json()["data"]["id"]
    assert json.loads(row.response_headers)["X-Request-Id"] == "req-7"
    text = " ".join(str(value) for value in row.__dict__.values())
    for secret in (api.key, "4711", "4242424242424242", "a=b", "Basic x", "sekrit", "12345670001"):
        assert secret not in text, secret


def test_keep_request_asks_the_database_nothing_on_the_way(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get("/balance").status_code == 200
        return len(captured)

    with_log = queries()
    request_log.is_on = False
    assert queries() == with_log
    assert request_log.flush() == 1


@pytest.mark.parametrize("form", ["mypay_" + "a" * 64, "whsec_QUJDREVGR0hJSktM", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"])
def test_keep_secret_under_an_innocent_name_is_hidden(merchant: Merchant, request_log: RequestLog, form: str) -> None:
    answer = json.dumps({"note": f"see {form}"}).encode()
    request_log.add(seen(merchant, path=f"/x/{form}", query=f"a={form}", request_body={"b": form}, response_body=answer))
    row = kept(request_log)
    assert form not in " ".join(str(value) for value in row.__dict__.values())
    assert "[REDACTED]" in row.response_body and "[REDACTED]" in row.path


def test_keep_child_sandbox_hides_its_keys(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    made = api.post("/sandbox/children", {"name": "ci"}).json()["data"]
    text = kept(request_log).response_body
    assert made["payoutKey"] not in text and made["paymentKey"] not in text and made["id"] in text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(b"", ""), (b'{"a": 1}', '{"a":1}'), (b"a,b\n", "(text/csv, 4 bytes, not kept)"), (None, f"(longer than {LONGEST_BODY:,} bytes")],
)
def test_keep_answer_that_is_no_json_says_so(merchant: Merchant, request_log: RequestLog, answer: bytes | None, expected: str) -> None:
    request_log.add(seen(merchant, response_body=answer, response_headers={"Content-Type": "text/csv"}))
    assert kept(request_log).response_body.startswith(expected)


def test_keep_long_texts_are_cut(merchant: Merchant, request_log: RequestLog) -> None:
    many = json.dumps([{"text": "y" * 990}] * 60).encode()
    request_log.add(seen(merchant, path="/p" * 2000, request_body={"text": "x" * 50_000}, response_body=many, error_code="E" * 200))
    row = kept(request_log)
    assert max(len(row.request_body), len(row.response_body)) == 20_000 and len(row.path) == 500


def test_keep_large_body_is_not_held(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    api.payout(metadata={"text": "x" * (LONGEST_BODY + 1)})
    assert "not kept" in kept(request_log).request_body


def test_keep_no_page_no_health_and_nobodys_request(client: Client, merchant: Merchant, request_log: RequestLog) -> None:
    user = Member.objects.get(merchant=merchant).user
    client.force_login(user)
    for path in ("/portal/", "/health", "/api/v1/health", "/api/schema", "/api/v1/balance", "/"):
        client.get(path)
    assert request_log.flush() == 0


def test_keep_portal_api_of_a_member(client: Client, merchant: Merchant, request_log: RequestLog) -> None:
    login = client.post("/api/v1/portal/auth/login", {"email": merchant.email, "password": PASSWORD}, content_type="application/json")
    token = login.json()["token"]
    client.get("/api/v1/portal/dashboard/stats", headers={"Authorization": f"Bearer {token}"})
    request_log.flush()
    row = ApiRequest.objects.get(path="/api/v1/portal/dashboard/stats")
    text = " ".join(str(value) for each in ApiRequest.objects.all() for value in each.__dict__.values())
    assert row.key_hint == "" and token not in text and PASSWORD not in text


def test_keep_refusal_has_its_code(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    api.payout(amount="-1")
    row = kept(request_log)
    assert (row.status, row.error_code) == (400, "VALIDATION_ERROR") and entries_of(row) == []


def test_read_request_leads_to_what_it_did_and_back(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    api.payout(headers={"X-Request-Id": "made"})
    request_log.flush()
    payout, row = Payout.objects.get(merchant=merchant), ApiRequest.objects.get()
    assert [entry.resource_id for entry in entries_of(row)] == [str(payout.pk)]
    assert listed(merchant, object=str(payout.pk)) == ["made"]
    assert requests_by_ids(merchant.pk, ["made", "unknown"]) == {"made": row}


def test_read_replayed_request_claims_nothing(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    body = payout_body()
    for name in ("first", "again"):
        api.post("/payouts", body, key="0b54a5c2-5c3b-4c0e-9d69-59e3b7a1c001", **{"X-Request-Id": name})
    request_log.flush()
    assert [len(entries_of(row)) for row in ApiRequest.objects.order_by("pk")] == [1, 0]


def test_list_requests_by_what_is_asked(merchant: Merchant, stranger: Merchant, request_log: RequestLog) -> None:
    for name, changes in {
        "read": {},
        "made": {"method": "POST", "path": "/api/v1/payouts", "status": 201}, "bad": {"status": 404, "path": "/api/v1/payouts/x"},
        "broken": {"status": 503, "method": "POST"},
    }.items():  # fmt: skip
        request_log.add(seen(merchant, request_id=name, **changes))
    request_log.add(seen(stranger, request_id="theirs"))
    request_log.flush()
    for query, expected in {
        (): ["broken", "bad", "made", "read"],
        ("status", "2xx"): ["made", "read"],
        ("status", "404"): ["bad"],
        ("status", "errors"): ["broken", "bad"],
        ("status", "nonsense"): [],
        ("method", "post"): ["broken", "made"],
        ("path", "/api/v1/payouts"): ["bad", "made"],
        ("requestId", "bad"): ["bad"],
        ("requestId", "theirs"): [],
        ("object", "x"): ["bad"],
        ("startDate", "2001-01-01"): ["broken", "bad", "made", "read"],
        ("endDate", "2001-01-01"): [],
    }.items():
        assert listed(merchant, **dict([query] if query else [])) == expected, query
    with pytest.raises(ValidationError):
        listed(merchant, startDate="yesterday")
    with pytest.raises(NotFound):
        get_request(merchant.pk, str(ApiRequest.objects.get(request_id="theirs").pk))


def test_list_requests_by_day_cuts_exactly(merchant: Merchant, request_log: RequestLog) -> None:
    for day in ("2026-01-30T23:59:59.999Z", "2026-01-31T00:00:00Z", "2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00Z"):
        at = datetime.fromisoformat(day)
        request_log.add(seen(merchant, request_id=day, at=at, id=first_uuid7(at)))
    request_log.flush()
    assert listed(merchant, startDate="2026-01-31", endDate="2026-01-31") == ["2026-01-31T23:59:59.999Z", "2026-01-31T00:00:00Z"]


def test_search_goes_on_where_it_stopped(merchant: Merchant, request_log: RequestLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.selectors.WINDOW", 5)
    for number in range(12):
        request_log.add(seen(merchant, request_id=str(number), status=500 if number in (1, 10) else 200))
    request_log.flush()
    found, cursor, pages = [], "", 0
    while cursor is not None:
        page = list_requests(merchant.pk, {"cursor": cursor, "status": "5xx"})
        found += [row.request_id for row in page.rows]
        cursor, pages = page.pagination["nextCursor"], pages + 1
    assert (found, pages) == (["10", "1"], 3)


def test_forget_requests_lets_go_of_the_old_only(merchant: Merchant, request_log: RequestLog) -> None:
    for days in (30, 8, 6, 0):
        at = clock.real_now() - timedelta(days=days)
        request_log.add(seen(merchant, request_id=f"{days} days", at=at, id=first_uuid7(at)))
    request_log.flush()
    assert forget_requests() == 2
    assert listed(merchant) == ["0 days", "6 days"]


def test_note_key_use_once_a_minute(api: Api, merchant: Merchant, request_log: RequestLog) -> None:
    forget_noted()
    api.get("/balance")
    request_log.flush()
    used = ApiKey.objects.get(merchant=merchant).last_used_at
    assert used is not None and abs(used - clock.real_now()) < timedelta(seconds=5)
    api.get("/balance")
    with CaptureQueriesContext(connection) as captured:
        request_log.flush()
    assert not [each for each in captured if "apikey" in each["sql"].lower()]


# The queue and its thread.


@pytest.fixture
def log_of() -> Callable[[Any], RequestLog]:
    return lambda write: RequestLog(write, is_on=True)


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + FOREVER
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_thread_writes_what_waits_in_batches(log_of: Callable[[Any], RequestLog], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 10)
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(module, "close_old_connections", lambda: None)
    written: list[int] = []
    log = log_of(lambda batch: written.append(len(batch)))
    for _ in range(25):
        log.add(seen(Merchant(pk=1)))
    _wait(lambda: sum(written) == 25)
    assert max(written) <= 10 and threading.current_thread().name != "request-log"


def test_full_queue_drops_and_counts(log_of: Callable[[Any], RequestLog], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 3)
    log = log_of(lambda batch: None)
    monkeypatch.setattr(log, "_start", lambda: None)
    for _ in range(5):
        log.add(seen(Merchant(pk=1)))
    assert (log.dropped, log.flush()) == (2, 3)


def test_database_that_is_away_costs_nothing_but_time(log_of: Callable[[Any], RequestLog], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(module, "close_old_connections", lambda: None)
    tries, written = [], []

    def write(batch: Any) -> None:
        tries.append(len(batch))
        if len(tries) < 3:
            raise OperationalError(2006, "gone")
        written.extend(batch)

    log = log_of(write)
    first, second = seen(Merchant(pk=1)), seen(Merchant(pk=1))
    log.add(first)
    log.add(second)
    _wait(lambda: len(written) == 2)
    assert written == [first, second]


def test_record_the_database_refuses_takes_no_other_along(merchant: Merchant, request_log: RequestLog) -> None:
    twice = uuid7()
    for name, pk in (("good", uuid7()), ("once", twice), ("twice", twice), ("last", uuid7())):
        request_log.add(seen(merchant, request_id=name, id=pk))
    request_log.flush()
    assert sorted(listed(merchant)) == ["good", "last", "once"]


def test_child_process_starts_with_nothing_of_its_parents(log_of: Callable[[Any], RequestLog], monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(lambda batch: None)
    monkeypatch.setattr(log, "_start", lambda: None)
    log.add(seen(Merchant(pk=1)))
    log._renew()  # what a fork calls in the child
    assert log.flush() == 0 and log._thread is None


def test_trail_outside_a_request_is_as_ever(merchant: Merchant) -> None:
    assert AuditEntry.objects.filter(merchant_id=merchant.pk, request_id="").exists()
