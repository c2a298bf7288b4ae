"""Child sandboxes, `/api/v1/sandbox/children`: made in a moment, gone without a trace but the audit's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEntry
from conftest import Api, payout_body
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit.clock import real_now
from mypay.kit.models import IdempotencyRecord
from sandbox.belongings import owned
from sandbox.models import Child
from sandbox.services import children as service
from sandbox.tests.world import live_a_little
from tests.patience import at_best, seconds


class ChildApi(Api):
    """The client that a child's creator hands out."""

    def __init__(self, key: str) -> None:
        self.key, self.client = key, Client()


def _create(api: Api, **body: Any) -> dict[str, Any]:
    response = api.post("/sandbox/children", body)
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()["data"]
    return made


def _children(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/sandbox/children").json()["data"]["children"]
    return found


def test_create_child_works_at_once_with_its_own_key_and_money(api: Api, merchant: Merchant, settle: Callable[[], None]) -> None:
    made = _create(api, name="build 1", balance="500.50")
    assert list(made) == ["id", "merchantId", "name", "createdAt", "expiresAt", "payoutKey", "paymentKey"]
    assert (made["name"], made["expiresAt"]) == ("build 1", None)
    child = ChildApi(made["payoutKey"])
    assert child.get("/balance").json()["data"]["availableBalance"] == "500.50"
    created = child.payout(amount="100").json()["data"]
    assert created["merchantId"] == made["merchantId"] != merchant.pk
    settle()
    assert child.get(f"/payouts/{created['id']}").json()["data"]["status"] == "SUCCESS"
    assert api.get(f"/payouts/{created['id']}").status_code == 404
    assert api.get("/payouts").json()["data"]["pagination"]["total"] == 0
    assert ChildApi(made["paymentKey"]).get("/sandbox/clock").status_code == 200
    assert Merchant.objects.get(pk=made["merchantId"]).parent_id == merchant.pk
    assert at_best(lambda: seconds(lambda: _create(api)), 1) < 1


def test_create_child_default_and_empty_balance(api: Api) -> None:
    assert ChildApi(_create(api)["payoutKey"]).get("/balance").json()["data"]["availableBalance"] == "1000000.00"
    assert ChildApi(_create(api, balance=0)["payoutKey"]).get("/balance").json()["data"]["availableBalance"] == "0.00"
    assert list(findings()) == []


def test_children_are_listed_newest_first_without_keys(api: Api) -> None:
    first, second = _create(api, name="a"), _create(api, name="b", ttlSeconds=60)
    assert [row["id"] for row in _children(api)] == [second["id"], first["id"]]
    assert list(_children(api)[0]) == ["id", "merchantId", "name", "createdAt", "expiresAt"]


def test_delete_child_leaves_only_its_audit(api: Api, merchant: Merchant, settle: Callable[[], None]) -> None:
    made = _create(api)
    pk = made["merchantId"]
    child = ChildApi(made["payoutKey"])
    live_a_little(child, Merchant.objects.get(pk=pk), settle)
    child.post("/sandbox/snapshots")
    audited = AuditEntry.objects.filter(merchant_id=pk).count()
    assert api.delete(f"/sandbox/children/{made['id']}").json()["data"] == {"removed": 1}
    assert not Merchant.objects.filter(pk=pk).exists() and not IdempotencyRecord.objects.filter(owner_id=pk).exists()
    assert [known.label for known in owned() if known.rows(pk).exists()] == []
    assert child.get("/balance").status_code == 401
    assert AuditEntry.objects.filter(merchant_id=pk).count() == audited > 0
    assert AuditEntry.objects.get(action="child_sandbox.deleted").merchant_id == merchant.pk
    assert api.delete(f"/sandbox/children/{made['id']}").status_code == 404
    assert api.get("/balance").status_code == 200 and list(findings()) == []


def test_child_of_another_parent_is_unknown(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    made, other = _create(api), api_of(stranger)
    assert _children(other) == []
    for child_id in (made["id"], str(made["merchantId"]), "x"):
        assert other.delete(f"/sandbox/children/{child_id}").status_code == 404
    assert ChildApi(made["payoutKey"]).delete(f"/sandbox/children/{made['id']}").status_code == 404
    assert Child.objects.count() == 1


def test_merchant_that_is_no_child_sandbox_cannot_be_deleted(api: Api, merchant: Merchant, stranger: Merchant) -> None:
    Merchant.objects.filter(pk=stranger.pk).update(parent=merchant)
    stranger.refresh_from_db()
    for merchant_uuid in (merchant.uuid, stranger.uuid):
        assert api.delete(f"/sandbox/children/{merchant_uuid}").status_code == 404


def test_child_with_a_ttl_ends_by_itself(api: Api, settle: Callable[[], None]) -> None:
    made, kept = _create(api, ttlSeconds=60), _create(api)
    child = ChildApi(made["payoutKey"])
    child.post("/sandbox/clock/advance", {"seconds": 100_000})
    settle()
    assert child.get("/balance").status_code == 200
    past = real_now() - timedelta(seconds=1)
    Child.objects.filter(merchant_id=made["merchantId"]).update(due_at=past, wake_at=past)
    settle()
    assert [row["id"] for row in _children(api)] == [kept["id"]]
    assert child.get("/balance").status_code == 401


def test_child_whose_removal_fails_is_left_but_its_keys_have_ended(
    api: Api, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _create(api, ttlSeconds=60)
    past = real_now() - timedelta(seconds=1)
    Child.objects.update(due_at=past, wake_at=past, attempts=9)
    Merchant.objects.get(pk=made["merchantId"]).api_keys.update(expires_at=past)
    with monkeypatch.context() as patch:
        patch.setattr(service, "erase", lambda *_: 1 / 0)
        settle()
    settle()
    assert [row["id"] for row in _children(api)] == [made["id"]]
    assert ChildApi(made["payoutKey"]).get("/balance").status_code == 401
    assert api.delete(f"/sandbox/children/{made['id']}").status_code == 200


def test_child_has_no_children(api: Api) -> None:
    child = ChildApi(_create(api)["payoutKey"])
    response = child.post("/sandbox/children")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "NESTED_SANDBOX")


def test_too_many_children_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_CHILDREN", 1)
    _create(api)
    response = api.post("/sandbox/children")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "CHILD_LIMIT")


def test_live_merchant_has_no_children(api: Api, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert api.post("/sandbox/children").json()["error"]["code"] == "SANDBOX_ONLY"


_BAD: list[tuple[str, Any]] = [
    ("name", 5), ("name", "x" * 101), ("name", None), ("balance", -1), ("balance", "abc"), ("balance", False), ("balance", None),
    ("balance", [0]), ("balance", 10**14), ("balance", "0.001"), ("ttlSeconds", 0), ("ttlSeconds", "sixty"), ("ttlSeconds", 10**9),
    ("ttlSeconds", True), ("colour", "red"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), _BAD)
def test_create_child_with_a_bad_member_is_refused_by_name(api: Api, name: str, value: Any) -> None:
    before = Merchant.objects.count()
    response = api.post("/sandbox/children", {name: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert Merchant.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_child_committed_is_made_used_and_removed(api: Api, settle: Callable[[], None]) -> None:
    made = _create(api)
    child = ChildApi(made["payoutKey"])
    assert child.post("/payouts", payout_body()).status_code == 201
    settle()
    assert api.delete(f"/sandbox/children/{made['id']}").status_code == 200
    assert not Merchant.objects.filter(pk=made["merchantId"]).exists()
