"""What decides an outcome: header, one-shot, rule, table, in that order (design section 4)."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Api, payout_body
from merchants.models import Merchant
from payouts.models import Payout
from sandbox.models import Rule
from webhooks.models import Event

Ended = Callable[..., dict[str, Any]]


@pytest.fixture
def ended(api: Api, settle: Callable[[], None]) -> Ended:
    """Create a payout, do all work, return what became of it."""

    def run(account: str = "12345670001", **changes: Any) -> dict[str, Any]:
        created = api.payout(account, **changes)
        assert created.status_code == 201, created.content
        settle()
        data: dict[str, Any] = api.get(f"/payouts/{created.json()['data']['id']}").json()["data"]
        return data

    return run


_OUTCOMES = [
    ("success", ["PENDING", "SUCCESS"]),
    ("retry", ["PENDING", "RETRY", "SUCCESS"]),
    ("failed", ["PENDING", "FAILED"]),
    ("pending", ["PENDING", "PENDING"]),
    ("on_hold", ["PENDING", "ON_HOLD"]),
    ("in_review", ["PENDING", "IN_REVIEW"]),
    ("pending_then_success", ["PENDING", "PENDING", "SUCCESS"]),
    ("pending_then_failed", ["PENDING", "PENDING", "FAILED"]),
]


@pytest.mark.parametrize(("name", "statuses"), _OUTCOMES)
@pytest.mark.parametrize("account", ["12345670001", "12345670003"])
def test_decide_header_gives_the_outcome_it_names(ended: Ended, name: str, statuses: list[str], account: str) -> None:
    data = ended(account, amount="150000", headers={"X-Mock-Scenario": name})
    events = Event.objects.filter(subject_id=data["id"]).order_by("id")
    assert [json.loads(event.data)["status"] for event in events] == statuses
    assert data["status"] == statuses[-1]


@pytest.mark.parametrize("name", ["FAILED", " failed ", "Pending-Then-Failed"])
def test_decide_header_is_read_leniently(ended: Ended, name: str) -> None:
    assert ended(headers={"X-Mock-Scenario": name})["status"] == "FAILED"


@pytest.mark.parametrize("name", ["explode", "success,failed", "0", "\x7f"])
def test_decide_unknown_header_is_refused_by_name(api: Api, available: Callable[[], tuple[int, int]], name: str) -> None:
    before = available()
    response = api.payout(headers={"X-Mock-Scenario": name})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response.json()["error"]["message"] == f"X-Mock-Scenario must be one of {', '.join(name for name, _ in _OUTCOMES)}"
    assert response["X-MyPay-Error-Field"] == "X-Mock-Scenario"
    assert Payout.objects.count() == 0 and available() == before


def _rule(api: Api, outcome: str, **members: Any) -> int:
    response = api.post("/sandbox/rules", {"outcome": outcome, **members})
    assert response.status_code == 201, response.content
    made: int = response.json()["data"]["id"]
    return made


def test_decide_header_beats_one_shot_beats_rule_beats_table(api: Api, ended: Ended) -> None:
    held = "12345670005"
    _rule(api, "failed", reason="By my rule", priority=1)
    _rule(api, "in_review", uses=1, priority=999)
    assert ended(held, headers={"X-Mock-Scenario": "success"})["status"] == "SUCCESS"
    assert ended(held)["status"] == "IN_REVIEW"
    by_rule = ended(held)
    assert (by_rule["status"], by_rule["failureReason"]) == ("FAILED", "By my rule")
    assert api.delete("/sandbox/rules").json()["data"] == {"removed": 2}
    assert ended(held)["status"] == "ON_HOLD"


def test_decide_lower_priority_number_and_then_the_older_is_asked_first(api: Api, ended: Ended) -> None:
    _rule(api, "failed")
    _rule(api, "on_hold")
    assert ended()["status"] == "FAILED"
    first = _rule(api, "in_review", priority=5)
    assert ended()["status"] == "IN_REVIEW"
    _rule(api, "success", uses=1, priority=70)
    _rule(api, "pending", uses=1, priority=60)
    assert [ended()["status"] for _ in range(3)] == ["PENDING", "SUCCESS", "IN_REVIEW"]
    api.delete(f"/sandbox/rules/{first}")
    assert ended()["status"] == "FAILED"


def test_decide_one_shot_is_used_exactly_as_often_as_told(api: Api, ended: Ended) -> None:
    _rule(api, "failed", uses=2)
    assert [ended()["status"] for _ in range(4)] == ["FAILED", "FAILED", "SUCCESS", "SUCCESS"]
    assert Rule.objects.get().uses_left == 0
    assert api.get("/sandbox/rules").json()["data"]["rules"] == []


def test_decide_one_shot_is_not_used_by_refusal_replay_or_other_request(api: Api, ended: Ended) -> None:
    _rule(api, "failed", uses=1, match={"minAmount": "500"})
    assert api.payout(amount="20000000").json()["error"]["code"] == "INSUFFICIENT_BALANCE"
    assert api.payout(accountNumber="1", amount="600").status_code == 400
    assert ended(amount="499.99")["status"] == "SUCCESS"
    assert Rule.objects.get().uses_left == 1
    key, body = str(uuid.uuid4()), payout_body(amount="500")
    assert api.post("/payouts", body, key=key).status_code == 201
    _rule(api, "on_hold", uses=1)
    assert api.post("/payouts", body, key=key)["X-Idempotent-Replay"] == "true"
    assert Rule.objects.filter(uses_left=1).count() == 1
    assert ended()["status"] == "ON_HOLD"


_MATCHES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}),
    ({"amount": "500"}, {"amount": "500.00"}, {"amount": "500.01"}),
    ({"minAmount": 500}, {"amount": "500"}, {"amount": "499.99"}),
    ({"maxAmount": "500.50"}, {"amount": "500.5"}, {"amount": "500.51"}),
    ({"minAmount": 2, "maxAmount": 3}, {"amount": 2.5}, {"amount": 4}),
    ({"number": "12345670009"}, {"accountNumber": "12345670009"}, {"accountNumber": "112345670009"}),
    ({"numberEndsWith": "09"}, {"accountNumber": "12345670009"}, {"accountNumber": "12345670090"}),
    ({"method": "wallet"}, {"destType": "WALLET", "bankCode": None, "walletCode": "EASYPAISA"}, {}),
    ({"metadata": {"a": "x", "n": 5}}, {"metadata": {"a": "x", "n": 5, "b": 1}}, {"metadata": {"a": "x"}}),
    ({"metadata": {"a": None}}, {"metadata": {"a": None}}, {"metadata": {"a": 1}}),
]


@pytest.mark.parametrize(("match", "hit", "miss"), _MATCHES)
def test_decide_rule_matches_on_every_member(api: Api, ended: Ended, match: Any, hit: dict[str, Any], miss: dict[str, Any]) -> None:
    _rule(api, "failed", match=match)
    assert ended(**hit)["status"] == "FAILED"
    assert ended(**miss)["status"] == ("SUCCESS" if match else "FAILED")


def test_decide_rule_reaches_nobody_else(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api], settle: Any) -> None:
    _rule(api, "failed")
    other = api_of(stranger)
    created = other.payout().json()["data"]["id"]
    settle()
    assert other.get(f"/payouts/{created}").json()["data"]["status"] == "SUCCESS"


def test_decide_rule_added_later_does_not_change_a_payout_already_scripted(api: Api, settle: Callable[[], None]) -> None:
    created = api.payout(headers={"X-Mock-Scenario": "on_hold"}).json()["data"]["id"]
    _rule(api, "failed")
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "ON_HOLD"
