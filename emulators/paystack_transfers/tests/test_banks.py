"""Banks and the names of accounts over HTTP."""

import pytest

from emulators.paystack_transfers.tests.till import Till
from merchants.models import Merchant

pytestmark = pytest.mark.django_db
UNRESOLVED = "Could not resolve account name. Check parameters or try again."


@pytest.fixture
def till(merchant: Merchant) -> Till:
    return Till(merchant)


def test_banks_are_nigerias_unless_said(till: Till) -> None:
    status, told = till.answer("get", "/bank")
    assert (status, told["message"], told["meta"]) == (200, "Banks retrieved", {"next": None, "previous": None, "perPage": 50})
    bank = next(bank for bank in told["data"] if bank["code"] == "058")
    assert bank == {
        "id": bank["id"], "name": "Guaranty Trust Bank", "slug": "guaranty-trust-bank", "code": "058", "longcode": "058152036",
        "gateway": None, "pay_with_bank": False, "supports_transfer": True, "active": True, "is_deleted": False,
        "country": "Nigeria", "currency": "NGN", "type": "nuban", "createdAt": bank["createdAt"], "updatedAt": bank["updatedAt"],
    }  # fmt: skip
    assert {bank["currency"] for bank in told["data"]} == {"NGN"}
    assert till.data("get", "/bank?country=nigeria") == told["data"] == till.data("get", "/bank?currency=NGN")


def test_banks_of_a_type_are_telcos_too(till: Till) -> None:
    assert [bank["code"] for bank in till.data("get", "/bank?currency=GHS&type=mobile_money")] == ["ATL", "MTN", "VOD"]
    assert till.data("get", "/bank?country=kenya&currency=NGN") == till.data("get", "/bank?country=atlantis") == []


def test_banks_by_cursor_go_on_and_back(till: Till) -> None:
    path, every = "/bank?country=kenya&use_cursor=true", till.data("get", "/bank?country=kenya")
    pages, cursor = [], ""
    while cursor is not None:
        _, told = till.answer("get", f"{path}&perPage=3&next={cursor}")
        pages.append(told["data"])
        cursor = told["meta"]["next"]
    assert [bank for page in pages for bank in page] == every and [len(page) for page in pages] == [3, 3, 1]
    assert till.data("get", f"{path}&perPage=3&previous={told['meta']['previous']}") == pages[1]
    assert till.refused("get", f"{path}&next=nonsense")[1] == "Next is no cursor of ours"


def test_resolve_account_tells_whose_it_is(till: Till) -> None:
    status, told = till.answer("get", "/bank/resolve?account_number=0123450001&bank_code=058")
    bank = next(bank for bank in till.data("get", "/bank") if bank["code"] == "058")
    data = {"account_number": "0123450001", "account_name": "TEST ACCOUNT HOLDER", "bank_id": bank["id"]}
    assert (status, told) == (200, {"status": True, "message": "Account number resolved", "data": data})


@pytest.mark.parametrize(("number", "bank"), [("0123450003", "058"), ("0123450001", "no"), ("01234", "058"), ("0551234987", "MTN")])
def test_resolve_account_that_nobody_has_is_refused(till: Till, number: str, bank: str) -> None:
    assert till.refused("get", f"/bank/resolve?account_number={number}&bank_code={bank}") == (422, UNRESOLVED, "unknown")


def test_resolve_account_without_its_bank_names_what_is_missing(till: Till) -> None:
    assert till.refused("get", "/bank/resolve?account_number=0123450001") == (400, "Bank_code is required", "missing_params")
