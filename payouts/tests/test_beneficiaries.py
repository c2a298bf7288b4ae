"""Beneficiaries over the API, and payouts made to them."""

from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from merchants.models import Merchant
from payouts.models import Beneficiary, Payout

AYESHA = {"name": "Ayesha Khan", "destType": "BANK", "bankCode": "hbl", "accountNumber": "12345670001"}
WALLET = {"name": "Bilal", "walletCode": "EASYPAISA", "accountNumber": "03001230001"}


def add(api: Api, **changes: Any) -> Any:
    return api.post("/beneficiaries", {**AYESHA, **changes})


def test_add_beneficiary_answers_with_it_and_is_audited(api: Api, merchant: Merchant) -> None:
    response = add(api)
    assert response.status_code == 201, response.content
    data = response.json()["data"]
    assert {name: data[name] for name in ("name", "destType", "bankCode", "accountNumber")} == {**AYESHA, "bankCode": "HBL"}
    assert "walletCode" not in data
    assert AuditEntry.objects.filter(action="beneficiary.added", resource_id=data["id"]).count() == 1
    assert api.get(f"/beneficiaries/{data['id']}").json()["data"] == data
    assert api.get("/beneficiaries").json()["data"]["beneficiaries"] == [data]


def test_add_beneficiary_twice_under_one_key_is_one(api: Api, merchant: Merchant) -> None:
    key = "0190b2a4-7c1e-4000-8000-000000000001"
    first, again = (api.post("/beneficiaries", AYESHA, key=key) for _ in range(2))
    assert first.content == again.content
    assert Beneficiary.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"accountNumber": "12"}, "accountNumber"),
        ({"bankCode": "NOBANK"}, "bankCode"),
        ({"destType": "CASH"}, "destType"),
    ],
)
def test_add_beneficiary_wrong_is_refused_by_field(api: Api, changes: dict[str, Any], field: str) -> None:
    response = add(api, **changes)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, field)
    assert not Beneficiary.objects.exists()


def test_add_beneficiary_with_an_account_that_is_there_is_409(api: Api) -> None:
    add(api)
    response = add(api, name="Somebody else")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "DUPLICATE_BENEFICIARY")


def test_remove_beneficiary_hides_it_and_adding_it_anew_brings_it_back(api: Api) -> None:
    first = add(api).json()["data"]["id"]
    assert api.delete(f"/beneficiaries/{first}").json()["data"] == {"deleted": True}
    assert api.get(f"/beneficiaries/{first}").status_code == api.delete(f"/beneficiaries/{first}").status_code == 404
    assert api.get("/beneficiaries").json()["data"]["beneficiaries"] == []
    assert api.payout(**to(first)).status_code == 404
    again = add(api, name="Ayesha K.").json()["data"]
    assert (again["id"], again["name"]) == (first, "Ayesha K.")


def to(beneficiary_id: Any, **changes: Any) -> dict[str, Any]:
    """A payout's changes that name a beneficiary in place of the destination."""
    return {**dict.fromkeys(["destType", "bankCode", "accountNumber", "accountTitle"]), "beneficiaryId": beneficiary_id, **changes}


def test_pay_a_beneficiary_pays_its_account(api: Api) -> None:
    bank, wallet = add(api).json()["data"]["id"], api.post("/beneficiaries", WALLET).json()["data"]["id"]
    paid = api.payout(**to(bank)).json()["data"]
    assert (paid["bankCode"], paid["accountNumber"], paid["accountTitle"]) == ("HBL", "12345670001", "Ayesha Khan")
    paid = api.payout(**to(wallet, accountTitle="B. Ahmed")).json()["data"]
    assert (paid["destType"], paid["walletCode"], paid["accountTitle"]) == ("WALLET", "EASYPAISA", "B. Ahmed")


@pytest.mark.parametrize(("given", "status"), [("nonsense", 404), (7, 400), ("0190b2a4-7c1e-7000-8000-000000000001", 404)])
def test_pay_an_unknown_beneficiary_is_refused(api: Api, given: Any, status: int) -> None:
    response = api.payout(**to(given))
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (status, "beneficiaryId")
    assert not Payout.objects.exists()


def test_pay_a_beneficiary_and_a_destination_at_once_is_refused(api: Api) -> None:
    response = api.payout(beneficiaryId=add(api).json()["data"]["id"])
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "beneficiaryId")


def test_beneficiary_of_a_stranger_is_unknown(api: Api, stranger: Merchant, api_of: Any) -> None:
    theirs = add(api_of(stranger)).json()["data"]["id"]
    assert api.get(f"/beneficiaries/{theirs}").status_code == api.delete(f"/beneficiaries/{theirs}").status_code == 404
    assert api.payout(**to(theirs)).status_code == 404
    assert api.get("/beneficiaries").json()["data"]["beneficiaries"] == []


@pytest.mark.parametrize(
    ("query", "count"), [("q=ayesha", 1), ("q=ESHA", 0), ("q=12345670001", 1), ("q=1234", 0), ("limit=1", 1), ("cursor=", 2)]
)
def test_list_beneficiaries_finds_by_name_or_account(api: Api, query: str, count: int) -> None:
    add(api)
    api.post("/beneficiaries", WALLET)
    assert len(api.get(f"/beneficiaries?{query}").json()["data"]["beneficiaries"]) == count
