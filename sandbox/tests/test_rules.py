"""The rules API, `/api/v1/sandbox/rules`."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from merchants.models import Merchant
from merchants.states import Environment
from sandbox.models import Rule


def test_add_rule_returns_it_with_its_defaults(api: Api, merchant: Merchant) -> None:
    response = api.post("/sandbox/rules", {"outcome": "failed"})
    assert response.status_code == 201
    rule = response.json()["data"]
    assert rule == {
        "id": Rule.objects.get(merchant=merchant).pk, "flow": "payout", "match": {}, "outcome": "failed", "reason": "",
        "code": "", "challenge": "", "delayMs": None, "priority": 100, "usesLeft": None,
    }  # fmt: skip
    assert api.get("/sandbox/rules").json() == {"success": True, "data": {"rules": [rule]}}
    assert AuditEntry.objects.filter(action="sandbox_rule.created", resource_id=str(rule["id"])).count() == 1


def test_add_rule_keeps_every_member(api: Api) -> None:
    body = {
        "flow": "payout", "match": {"minAmount": 5000, "metadata": {"case": "x"}}, "outcome": "on_hold", "reason": "Bank offline",
        "code": "", "challenge": "", "delayMs": 10_000, "priority": 0, "uses": 3,
    }  # fmt: skip
    rule = api.post("/sandbox/rules", body).json()["data"]
    uses = body.pop("uses")
    assert rule == {"id": rule["id"], **body, "usesLeft": uses}


def test_list_rules_shows_own_ones_in_the_order_asked(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    api_of(stranger).post("/sandbox/rules", {"outcome": "failed"})
    made = [api.post("/sandbox/rules", {"outcome": "retry", "priority": priority}).json()["data"]["id"] for priority in (9, 1, 9)]
    assert [rule["id"] for rule in api.get("/sandbox/rules").json()["data"]["rules"]] == [made[1], made[0], made[2]]


def test_delete_rule_removes_one_or_all_of_mine(
    api: Api, merchant: Merchant, stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    other = api_of(stranger)
    other.post("/sandbox/rules", {"outcome": "failed"})
    first, *_ = (api.post("/sandbox/rules", {"outcome": "failed"}).json()["data"]["id"] for _ in range(3))
    assert api.delete(f"/sandbox/rules/{first}").json() == {"success": True, "data": {"removed": 1}}
    assert api.delete("/sandbox/rules").json()["data"] == {"removed": 2}
    assert api.delete("/sandbox/rules").json()["data"] == {"removed": 0}
    assert len(other.get("/sandbox/rules").json()["data"]["rules"]) == 1
    merchant.refresh_from_db()
    assert merchant.has_scenarios is False
    assert AuditEntry.objects.filter(action="sandbox_rule.deleted").count() == 3


def test_delete_foreign_unknown_and_malformed_rules_answer_the_same(
    api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    foreign = api_of(stranger).post("/sandbox/rules", {"outcome": "failed"}).json()["data"]["id"]
    for rule_id in (foreign, 999_999, "x", "-1", "9" * 30, "1.0", "%EF%BC%91"):
        response = api.delete(f"/sandbox/rules/{rule_id}")
        assert (response.status_code, response.json()["error"]["message"]) == (404, "Rule not found")
    assert Rule.objects.filter(pk=foreign).exists()


_BAD = [
    ({}, "outcome"),
    ({"outcome": "explode"}, "outcome"),
    ({"outcome": ["failed"]}, "outcome"),
    ({"outcome": "FAILED"}, "outcome"),
    ({"outcome": None}, "outcome"),
    ({"flow": "teleport"}, "flow"),
    ({"flow": 5}, "flow"),
    ({"match": []}, "match"),
    ({"match": "x"}, "match"),
    ({"match": {"colour": "red"}}, "match.colour"),
    ({"match": {"amount": "x"}}, "match.amount"),
    ({"match": {"amount": -1}}, "match.amount"),
    ({"match": {"minAmount": 0}}, "match.minAmount"),
    ({"match": {"minAmount": True}}, "match.minAmount"),
    ({"match": {"maxAmount": "1.005"}}, "match.maxAmount"),
    ({"match": {"maxAmount": 10**30}}, "match.maxAmount"),
    ({"match": {"number": 123}}, "match.number"),
    ({"match": {"number": ""}}, "match.number"),
    ({"match": {"numberEndsWith": None}}, "match.numberEndsWith"),
    ({"match": {"method": ["BANK"]}}, "match.method"),
    ({"match": {"metadata": "x"}}, "match.metadata"),
    ({"reason": 5}, "reason"),
    ({"reason": "x" * 201}, "reason"),
    ({"delayMs": -1}, "delayMs"),
    ({"delayMs": "five"}, "delayMs"),
    ({"delayMs": True}, "delayMs"),
    ({"delayMs": 86_400_000_001}, "delayMs"),
    ({"priority": -1}, "priority"),
    ({"priority": 1.5}, "priority"),
    ({"uses": 0}, "uses"),
    ({"uses": 10**9}, "uses"),
]


@pytest.mark.parametrize(("changes", "field"), _BAD)
def test_add_rule_with_a_bad_member_is_refused_by_name(api: Api, changes: dict[str, Any], field: str) -> None:
    body = changes if changes == {} else {"outcome": "failed", **changes}
    response = api.post("/sandbox/rules", body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == field and field in response.json()["error"]["message"]
    assert Rule.objects.count() == 0


_CONTROLS = [
    ("get", "/sandbox/rules"), ("post", "/sandbox/rules"), ("delete", "/sandbox/rules"), ("delete", "/sandbox/rules/1"),
    ("get", "/sandbox/clock"), ("post", "/sandbox/clock/advance"), ("post", "/sandbox/clock/freeze"),
    ("post", "/sandbox/clock/unfreeze"), ("post", "/sandbox/clock/reset"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), _CONTROLS)
def test_controls_of_a_live_merchant_are_forbidden(api: Api, merchant: Merchant, method: str, path: str) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    response = getattr(api, method)(path)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "SANDBOX_ONLY")


@pytest.mark.parametrize(("method", "path"), _CONTROLS)
def test_controls_without_key_are_refused(api: Api, method: str, path: str) -> None:
    response = api.client.generic(method.upper(), f"/api/v1{path}")
    assert (response.status_code, response.json()["error"]["code"]) == (401, "MISSING_API_KEY")
