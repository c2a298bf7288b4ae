"""Faults, `/api/v1/sandbox/faults` and `X-Mock-Fault`; on a real wire: tests/processes/test_faults_on_the_wire.py."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api, payout_body
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit.models import IdempotencyRecord
from payouts.models import Payout
from sandbox.faults import FaultKind, guide_route, strikes
from sandbox.models import Fault

HEADER = "X-Mock-Fault"
INTERNAL = {"error": {"message": "Internal server error", "code": "INTERNAL_ERROR"}}


def _add(api: Api, kind: str, **members: Any) -> dict[str, Any]:
    response = api.post("/sandbox/faults", {"kind": kind, **members})
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()["data"]
    return made


@pytest.mark.parametrize(("header", "status"), [("error_before", 500), ("error-before;503", 503), (" ERROR_BEFORE ; 502 ", 502)])
def test_error_before_by_header_leaves_no_trace(api: Api, header: str, status: int) -> None:
    key, body = str(uuid.uuid4()), payout_body()
    broken = api.post("/payouts", body, key=key, **{HEADER: header})
    assert (broken.status_code, broken.json(), broken[HEADER]) == (status, INTERNAL, "error_before")
    assert Payout.objects.count() == 0 and IdempotencyRecord.objects.count() == 0
    assert api.post("/payouts", body, key=key).status_code == 201


def test_error_after_by_header_commits_and_the_retry_gets_the_true_reply(api: Api) -> None:
    key, body = str(uuid.uuid4()), payout_body()
    broken = api.post("/payouts", body, key=key, **{HEADER: "error_after"})
    assert (broken.status_code, broken.json()) == (500, INTERNAL)
    again = api.post("/payouts", body, key=key)
    assert (again.status_code, again["X-Idempotent-Replay"], HEADER in again) == (201, "true", False)
    assert [str(row.id) for row in Payout.objects.all()] == [again.json()["data"]["id"]]


def test_rate_limited_says_when_to_come_back(api: Api) -> None:
    broken = api.payout(headers={HEADER: "rate_limited;7"})
    assert (broken.status_code, broken.json()["error"]["code"], broken["Retry-After"]) == (429, "RATE_LIMITED", "7")
    assert Payout.objects.count() == 0


def test_latency_is_waited_for_and_then_all_is_well(api: Api) -> None:
    started = time.perf_counter()
    assert api.get("/balance", **{HEADER: "latency;120"}).status_code == 200
    assert time.perf_counter() - started >= 0.12


def test_garbled_body_is_no_json_and_keeps_its_length(api: Api) -> None:
    whole, spoiled = api.get("/balance"), api.get("/balance", **{HEADER: "garbled"})
    assert spoiled.status_code == 200 and len(spoiled.content) == len(whole.content)
    assert spoiled["Content-Length"] == whole["Content-Length"]
    with pytest.raises(ValueError, match=r"."):
        spoiled.json()


_BAD_HEADERS = ["explode", "latency;0", "latency;30001", "latency;1.5", "latency;-1", "error_after;200", "reset;1", "rate_limited;x", ";"]


@pytest.mark.parametrize("header", _BAD_HEADERS)
def test_header_that_is_no_fault_is_refused_by_name(api: Api, header: str) -> None:
    response = api.payout(headers={HEADER: header})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, HEADER)
    assert Payout.objects.count() == 0


def test_fault_strikes_only_after_authentication(api: Api) -> None:
    response = api.client.get("/api/v1/balance", headers={"X-API-KEY": "mypay_" + "0" * 64, HEADER: "error_before"})
    assert response.status_code == 401 and HEADER not in response


def test_fault_of_a_live_merchant_does_nothing(api: Api, merchant: Merchant) -> None:
    _add(api, "error_before")
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert api.get("/balance", **{HEADER: "error_after"}).status_code == 200
    assert api.post("/sandbox/faults", {"kind": "reset"}).json()["error"]["code"] == "SANDBOX_ONLY"


_MATCHES = [
    ({}, True),
    ({"method": "post"}, True),
    ({"method": "GET"}, False),
    ({"path": "/api/v1/pay"}, True),
    ({"path": "/api/v1/balance"}, False),
    ({"route": "/payouts"}, True),
    ({"route": "/api/v1/payouts"}, True),
    ({"route": "/payouts/:id"}, False),
    ({"method": "POST", "path": "/api", "route": "/payouts"}, True),
]


@pytest.mark.parametrize(("match", "struck"), _MATCHES)
def test_fault_strikes_what_it_matches(api: Api, match: dict[str, str], struck: bool) -> None:
    _add(api, "error_before", match=match)
    assert api.payout().status_code == (500 if struck else 201)


def test_fault_by_route_takes_any_id(api: Api) -> None:
    created = api.payout().json()["data"]["id"]
    _add(api, "error_before", match={"route": "/payouts/:id"})
    assert api.get(f"/payouts/{created}").status_code == 500
    assert api.get("/payouts").status_code == 200
    assert guide_route("api/v1/payouts/<str:payout_id>/reinitiate") == "/api/v1/payouts/:id/reinitiate"


def test_fault_with_uses_comes_first_and_is_spent(api: Api) -> None:
    _add(api, "error_before", number=503, priority=1)
    _add(api, "error_before", number=502, priority=9, uses=2)
    assert [api.get("/balance").status_code for _ in range(4)] == [502, 502, 503, 503]
    assert [fault["number"] for fault in api.get("/sandbox/faults").json()["data"]["faults"]] == [503]


def test_header_beats_the_merchants_faults(api: Api) -> None:
    _add(api, "error_before", uses=1)
    assert api.get("/balance", **{HEADER: "rate_limited"}).status_code == 429
    assert api.get("/balance").status_code == 500


def test_probability_is_the_same_for_the_same_seed(api: Api) -> None:
    def run(seed: str) -> list[int]:
        api.delete("/sandbox/faults")
        _add(api, "error_before", probability=0.4, seed=seed)
        return [api.get("/balance").status_code for _ in range(40)]

    first = run("spring")
    assert set(first) == {200, 500} and first == run("spring") != run("autumn")
    assert [500 if strikes(seed="spring", counter=n, per_million=400_000) else 200 for n in range(40)] == first


@pytest.mark.parametrize("per_million", [1, 250_000, 999_999, 1_000_000])
def test_probability_is_about_what_was_asked(per_million: int) -> None:
    struck = sum(strikes(seed="x", counter=number, per_million=per_million) for number in range(20_000))
    assert abs(struck / 20_000 - per_million / 1_000_000) < 0.015


def test_fault_removed_strikes_no_more_and_costs_nothing(api: Api, merchant: Merchant, django_assert_num_queries: Any) -> None:
    made = _add(api, "error_before")
    assert api.delete(f"/sandbox/faults/{made['id']}").json()["data"] == {"removed": 1}
    merchant.refresh_from_db()
    assert merchant.has_faults is False
    with django_assert_num_queries(2):
        assert api.get("/balance").status_code == 200
    assert AuditEntry.objects.filter(action__startswith="sandbox_fault.").count() == 2


def test_controls_are_never_struck(api: Api) -> None:
    _add(api, "error_before")
    assert api.get("/sandbox/faults", **{HEADER: "error_before"}).status_code == 200
    assert api.delete("/sandbox/faults").json()["data"] == {"removed": 1}


def test_faults_of_others_are_not_seen_nor_removed(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    made, other = _add(api, "error_before"), api_of(stranger)
    assert other.get("/balance").status_code == 200
    assert other.get("/sandbox/faults").json()["data"] == {"faults": []}
    for fault_id in (made["id"], 0, "x", "9" * 30):
        assert other.delete(f"/sandbox/faults/{fault_id}").status_code == 404
    assert Fault.objects.count() == 1


def test_fault_is_shown_as_it_was_made(api: Api) -> None:
    made = _add(api, "slow_drip", number=500, match={"route": "/payouts"}, probability=0.25, seed="s", priority=5, uses=3)
    assert {name: value for name, value in made.items() if name != "id"} == {
        "kind": "slow_drip", "number": 500, "match": {"route": "/payouts"}, "probability": 0.25, "seed": "s", "priority": 5, "usesLeft": 3,
    }  # fmt: skip
    assert api.get("/sandbox/faults").json()["data"]["faults"] == [made]


_BAD: list[tuple[str, Any]] = [
    ("kind", "explode"), ("kind", None), ("kind", ["reset"]), ("number", "one"), ("number", True), ("number", -1), ("number", 10**12),
    ("probability", 0), ("probability", 1.1), ("probability", -1), ("probability", "half"), ("probability", True), ("seed", "x" * 51),
    ("seed", 5), ("priority", -1), ("uses", 0), ("uses", 1.5), ("match", []), ("match.colour", "x"), ("match.method", "BREW"),
    ("match.path", 5), ("match.route", "payouts"), ("match.path", ""), ("speed", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), _BAD)
def test_fault_with_a_bad_member_is_refused_by_name(api: Api, name: str, value: Any) -> None:
    outer, _, inner = name.partition(".")
    response = api.post("/sandbox/faults", {"kind": "latency", outer: {inner: value} if inner else value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert Fault.objects.count() == 0


@pytest.mark.parametrize("kind", FaultKind.values)
def test_every_kind_can_be_added_without_a_number(api: Api, kind: str) -> None:
    assert _add(api, kind)["kind"] == kind


def test_fault_from_a_form_is_understood(api: Api) -> None:
    form = "kind=latency&number=5&probability=0.5&seed=s&priority=3&uses=2"
    made = api.post("/sandbox/faults", form, content_type="application/x-www-form-urlencoded").json()["data"]
    assert (made["number"], made["probability"], made["priority"], made["usesLeft"]) == (5, 0.5, 3, 2)
