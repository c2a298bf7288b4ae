"""Contacts and fund accounts over HTTP."""

import re
from typing import Any

import pytest

from emulators.razorpay.tests.conftest import Shop

pytestmark = pytest.mark.django_db

ASHA = {
    "name": "Asha Rao",
    "email": "asha@example.test",
    "contact": "9876543210",
    "type": "vendor",
    "reference_id": "V-1",
    "notes": {"a": "b"},
}
BANK = {"name": "Asha Rao", "ifsc": "HDFC0000053", "account_number": "765432123456789"}


def _contact(shop: Shop, **changes: Any) -> str:
    return str(shop.call("post", "/contacts", {**ASHA, **changes}).json()["id"])


def test_create_contact_answers_it_and_an_identical_one_is_the_same(shop: Shop) -> None:
    first = shop.call("post", "/contacts", ASHA)
    made = first.json()
    assert first.status_code == 201 and re.fullmatch(r"cont_[0-9A-Za-z]{14}", made["id"])
    assert made == {
        **ASHA, "id": made["id"], "entity": "contact", "batch_id": None, "active": True, "created_at": made["created_at"],
    }  # fmt: skip
    again = shop.call("post", "/contacts", ASHA)
    assert (again.status_code, again.json()) == (200, made)
    assert shop.call("post", "/contacts", {**ASHA, "reference_id": "V-2"}).status_code == 201
    assert shop.get(f"/contacts/{made['id']}") == made
    listed = shop.get("/contacts")
    assert (listed["entity"], listed["count"]) == ("collection", 2) and listed["items"][1] == made


def test_create_contact_without_more_than_a_name_has_nulls(shop: Shop) -> None:
    made = shop.call("post", "/contacts", {"name": "Ravi"}).json()
    assert (made["email"], made["contact"], made["type"], made["reference_id"], made["notes"]) == (None, None, None, None, [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 51}, "name"), ({"email": "nobody"}, "email"), ({"contact": "12"}, "contact"),
        ({"type": "friend"}, "type"), ({"notes": {str(n): "x" for n in range(16)}}, "notes"), ({"age": 3}, "age"),
    ],
)  # fmt: skip
def test_create_contact_with_a_bad_field_is_refused_by_name(shop: Shop, changes: dict[str, Any], field: str) -> None:
    status, _, named = shop.refused("post", "/contacts", {**ASHA, **changes})
    assert (status, named, shop.get("/contacts")["count"]) == (400, field, 0)


def test_change_contact_keeps_what_is_not_named(shop: Shop) -> None:
    contact = _contact(shop)
    changed = shop.call("patch", f"/contacts/{contact}", {"active": False, "name": "Asha R"}).json()
    assert (changed["active"], changed["name"], changed["email"]) == (False, "Asha R", ASHA["email"])
    assert shop.get(f"/contacts/{contact}") == changed
    assert shop.call("post", "/contacts", ASHA).status_code == 201  # it is not like the changed one


def test_get_contact_of_another_merchant_is_unknown(shop: Shop, other_shop: Shop) -> None:
    contact = _contact(shop)
    refusals = [
        other_shop.refused("get", f"/contacts/{text}") for text in (contact, "cont_00000000000000", "pout_00000000000000", "nonsense")
    ]
    assert refusals == [(400, "The id provided does not exist", "")] * 4
    assert other_shop.get("/contacts")["count"] == 0


def test_create_fund_account_of_a_bank_answers_its_bank(shop: Shop) -> None:
    contact = _contact(shop)
    body = {"contact_id": contact, "account_type": "bank_account", "bank_account": BANK}
    first = shop.call("post", "/fund_accounts", body)
    made = first.json()
    assert first.status_code == 201 and re.fullmatch(r"fa_[0-9A-Za-z]{14}", made["id"])
    assert (made["entity"], made["contact_id"], made["account_type"], made["active"]) == ("fund_account", contact, "bank_account", True)
    assert made["bank_account"] == {**BANK, "bank_name": "HDFC Bank", "notes": []}
    again = shop.call("post", "/fund_accounts", body)
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    assert shop.get(f"/fund_accounts?contact_id={contact}")["items"] == [made]
    assert shop.get(f"/fund_accounts?contact_id={_contact(shop, name='Ravi')}")["items"] == []


def test_create_fund_account_of_a_upi_address_answers_its_parts(shop: Shop) -> None:
    body = {"contact_id": _contact(shop), "account_type": "vpa", "vpa": {"address": "Asha.Rao@okbank"}}
    made = shop.call("post", "/fund_accounts", body).json()
    assert made["vpa"] == {"username": "asha.rao", "handle": "okbank", "address": "asha.rao@okbank"}
    off = shop.call("patch", f"/fund_accounts/{made['id']}", {"active": False}).json()
    assert off["active"] is False and shop.get(f"/fund_accounts/{made['id']}") == off


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contact_id": None}, "contact_id"), ({"account_type": "card"}, "account_type"),
        ({"bank_account": {**BANK, "ifsc": "HDFC1"}}, "ifsc"),
        ({"bank_account": {**BANK, "account_number": "1-2"}}, "account_number"), ({"bank_account": {"name": "A"}}, "ifsc"),
        ({"account_type": "vpa", "vpa": {"address": "nobody"}}, "address"),
    ],
)  # fmt: skip
def test_create_fund_account_with_a_bad_field_is_refused_by_name(shop: Shop, changes: dict[str, Any], field: str) -> None:
    body = {"contact_id": _contact(shop), "account_type": "bank_account", "bank_account": BANK, **changes}
    status, _, named = shop.refused("post", "/fund_accounts", {name: value for name, value in body.items() if value is not None})
    assert (status, named, shop.get("/fund_accounts")["count"]) == (400, field, 0)
