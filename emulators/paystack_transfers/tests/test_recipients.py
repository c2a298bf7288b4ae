"""Transfer recipients over HTTP."""

import re
from typing import Any

import pytest

from emulators.ids import vendor_id
from emulators.paystack_transfers.tests.till import ADA, Till
from gateways.paystack import wire
from merchants.models import Merchant
from payments.models import Payment
from payments.services.complete import complete_payment
from payments.services.create import create_checkout

pytestmark = pytest.mark.django_db
PATH = "/transferrecipient"
CARD = {"paymentMethod": "card", "cardNumber": "4111111111111111", "expiryDate": "12/49", "cvv": "123", "cardholderName": "A Obi"}
UNKNOWN = (404, "Recipient not found", "recipient_not_found")


@pytest.fixture
def till(merchant: Merchant) -> Till:
    return Till(merchant)


def test_create_recipient_answers_it_and_the_same_account_is_the_same(till: Till) -> None:
    status, told = till.answer("post", PATH, {**ADA, "description": "Baker", "metadata": {"job": "bread"}})
    made = told["data"]
    assert (status, told["status"], told["message"]) == (201, True, "Transfer recipient created successfully")
    assert re.fullmatch(r"RCP_[0-9A-Za-z]{14}", made["recipient_code"]) and isinstance(made["id"], int)
    assert {name: value for name, value in made.items() if name not in ("id", "recipient_code", "createdAt", "updatedAt")} == {
        "active": True, "currency": "NGN", "description": "Baker", "domain": "test", "email": None, "metadata": {"job": "bread"},
        "integration": 100_000 + till.merchant.pk, "name": "Ada Obi", "type": "nuban", "is_deleted": False, "isDeleted": False,
        "details": {
            "authorization_code": None, "account_number": "0123450001", "account_name": "Ada Obi", "bank_code": "058",
            "bank_name": "Guaranty Trust Bank",
        },
    }  # fmt: skip
    assert till.answer("post", PATH, {**ADA, "name": "Somebody else"})[1]["data"] == made
    assert till.data("get", f"{PATH}/{made['recipient_code']}") == till.data("get", f"{PATH}/{made['id']}") == made
    till.recipient(account_number="0123450002")
    status, listed = till.answer("get", f"{PATH}?perPage=1&page=2")
    assert listed["data"] == [made]
    assert listed["meta"] == {"total": 2, "skipped": 1, "perPage": 1, "page": 2, "pageCount": 2}


@pytest.mark.parametrize(
    ("changes", "currency", "bank"),
    [
        ({"type": "ghipss", "bank_code": "040100"}, "GHS", "GCB Bank Limited"),
        ({"type": "mobile_money", "account_number": "0551234987", "bank_code": "MTN"}, "GHS", "MTN"),
        ({"type": "mobile_money", "account_number": "254710000000", "bank_code": "MPESA"}, "KES", "M-PESA"),
        ({"type": "kepss", "bank_code": "68", "currency": "KES"}, "KES", "Equity Bank Kenya Limited"),
        ({"type": "basa", "bank_code": "470010"}, "ZAR", "Capitec Bank Limited"),
    ],
)
def test_create_recipient_of_a_type_has_its_currency_and_bank(till: Till, changes: dict[str, str], currency: str, bank: str) -> None:
    made = till.data("post", PATH, {**ADA, **changes})
    assert (made["type"], made["currency"], made["details"]["bank_name"]) == (changes["type"], currency, bank)


def test_create_recipient_of_an_authorization_is_a_card_that_paid_the_merchant(till: Till, stranger: Merchant) -> None:
    checkout = create_checkout(merchant=till.merchant, body={"reference": "r1", "amount": "50.00", "currency": "NGN"}, lenient=True)
    complete_payment(checkout_id=str(checkout.pk), body=CARD)
    code = vendor_id(wire.AUTHORIZATION, Payment.objects.get().pk)
    body = {"type": "authorization", "name": "Ada Obi", "authorization_code": code}
    made = till.data("post", PATH, body)
    assert (made["details"]["authorization_code"], made["details"]["account_number"], made["currency"]) == (code, None, "NGN")
    invalid = (400, "Authorization code is invalid", "invalid_params")
    assert Till(stranger).refused("post", PATH, body) == till.refused("post", PATH, {**body, "authorization_code": "AUTH_no"}) == invalid
    till.fund()
    assert till.send(made["recipient_code"])["recipient"] == made["id"]
    assert till.refused("post", PATH, {**body, "currency": "KES"})[1] == "Currency is not the authorization's"


@pytest.mark.parametrize(
    ("changes", "message", "code"),
    [
        ({"type": None}, "Type is required", "missing_params"), ({"name": ""}, "Name is required", "missing_params"),
        ({"account_number": None}, "Account_number is required", "missing_params"),
        ({"bank_code": None}, "Bank_code is required", "missing_params"),
        ({"type": "iban"}, "Type must be one of nuban, ghipss, basa, kepss, mobile_money, authorization", "invalid_params"),
        ({"account_number": "012345"}, "Account number is invalid", "invalid_params"),
        ({"bank_code": "MTN"}, "Bank code is invalid", "invalid_params"),
        ({"currency": "GHS"}, "Currency must be NGN for this type", "invalid_params"),
    ],
)  # fmt: skip
def test_create_recipient_with_a_bad_member_is_refused(till: Till, changes: dict[str, Any], message: str, code: str) -> None:
    assert till.refused("post", PATH, {**ADA, **changes}) == (400, message, code)
    assert till.data("get", PATH) == []


def test_change_recipient_keeps_what_is_not_named_and_its_account(till: Till) -> None:
    code = till.recipient(description="Baker")
    changed = till.data("put", f"{PATH}/{code}", {"name": "Ada O.", "email": "ada@example.test"})
    assert (changed["name"], changed["email"], changed["description"]) == ("Ada O.", "ada@example.test", "Baker")
    assert till.data("get", f"{PATH}/{code}") == changed and till.recipient() == code
    assert till.refused("put", f"{PATH}/{code}", {"name": ""})[1] == "Name is required"


def test_delete_recipient_takes_no_money_until_it_is_made_again(till: Till) -> None:
    till.fund()
    code = till.recipient()
    assert till.answer("delete", f"{PATH}/{code}") == (200, {"status": True, "message": "Transfer recipient set as inactive"})
    gone = till.data("get", f"{PATH}/{code}")
    assert (gone["active"], gone["is_deleted"]) == (False, True)
    invalid = (400, "Recipient specified is invalid", "invalid_transfer_recipient")
    assert till.refused("post", "/transfer", till.order(code)) == invalid
    assert till.recipient() == code
    assert till.send(code)["status"] == "pending"


def test_recipient_of_another_merchant_is_unknown(till: Till, stranger: Merchant) -> None:
    other, code = Till(stranger), till.recipient()
    number = till.data("get", f"{PATH}/{code}")["id"]
    for text in (code, str(number), "RCP_00000000000000", "9" * 30, "nonsense"):
        assert other.refused("get", f"{PATH}/{text}") == UNKNOWN
        assert other.refused("put", f"{PATH}/{text}", {"name": "Mine"}) == UNKNOWN
    assert other.refused("delete", f"{PATH}/{code}") == UNKNOWN
    assert other.data("get", PATH) == [] and till.data("get", f"{PATH}/{code}")["name"] == "Ada Obi"
