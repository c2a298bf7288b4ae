"""GET /payouts/:id: contract section 1."""

import uuid
from collections.abc import Callable

import pytest

from conftest import Api
from merchants.models import Merchant


def _without_time(body: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: value for name, value in body["error"].items() if name != "timestamp"}


def test_get_own_payout_equals_what_create_answered(api: Api) -> None:
    created = api.payout().json()["data"]
    response = api.get(f"/payouts/{created['id']}")
    assert response.status_code == 200
    assert response.json() == {"success": True, "data": created}
    assert api.get(f"/payouts/{created['id'].upper()}").json() == response.json()


def test_get_final_payout_has_the_members_in_order(api: Api, settle: Callable[[], None]) -> None:
    created = api.payout(destType="WALLET", bankCode=None, walletCode="EASYPAISA").json()["data"]
    settle()
    assert list(api.get(f"/payouts/{created['id']}").json()["data"]) == [
        "id", "merchantId", "merchantReference", "amount", "currency", "destType", "walletCode", "accountNumber", "accountTitle",
        "status", "pspReference", "processedAt", "createdAt", "updatedAt",
    ]  # fmt: skip


def test_get_unknown_foreign_and_malformed_ids_answer_the_same(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    foreign = api_of(stranger).payout().json()["data"]["id"]
    ids = [foreign, str(uuid.uuid4()), foreign.replace("-", ""), "1", "null", "%00", "x" * 300, f"{{{foreign}}}", "%F0%9F%92%A9"]
    answers = [api.get(f"/payouts/{payout_id}") for payout_id in ids]
    assert {answer.status_code for answer in answers} == {404}
    assert [_without_time(answer.json()) for answer in answers] == [{"message": "Payout not found", "code": "NOT_FOUND"}] * len(ids)
    assert all(set(answer.json()["error"]) == {"message", "code", "timestamp"} for answer in answers)


@pytest.mark.parametrize("path", ["/payouts/", "/payouts/a/b", "/payouts/a/reinitiate/"])
def test_get_other_paths_are_unknown_routes(api: Api, path: str) -> None:
    response = api.get(path)
    assert (response.status_code, response.json()) == (404, {"error": {"message": "Route not found", "code": "NOT_FOUND"}})
