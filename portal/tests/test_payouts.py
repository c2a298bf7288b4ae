"""Payouts by hand: a form that pays once, asks for the password above a limit, and sends failed ones again."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import MerchantBalance
from merchants.models import Member, Merchant, User
from merchants.states import Environment, Role
from mypay.kit import scheduling
from mypay.settings import environment
from payouts.models import Beneficiary, Payout
from payouts.services.beneficiaries import add_beneficiary
from payouts.states import PayoutStatus
from portal.tests.conftest import PASSWORD, MakePayout

INJECTION = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def bank(make_payout: MakePayout) -> None:
    """The directory that `make_payout` pays to."""


def sent(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    return {
        "key": str(uuid4()),
        "destination": "BANK:HBL",
        "accountNumber": "12345670001",
        "accountTitle": "Ayesha Khan",
        "amount": "1500.00",
        "merchantReference": "BY-HAND-1",
        **changes,
    }


def pay(client: Client, **changes: Any) -> Any:
    return client.post("/portal/payouts/new", sent(**changes))


def test_new_payout_pays_and_leads_to_it(signed_in: Client, merchant: Merchant) -> None:
    response = pay(signed_in, purpose="Salary")
    payout = Payout.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/portal/payouts/{payout.pk}")
    assert (payout.merchant, payout.amount, payout.account_title, payout.purpose) == (merchant, 150_000, "Ayesha Khan", "Salary")
    assert b"on its way" in signed_in.get(response["Location"]).content


def test_new_payout_pressed_twice_pays_once(signed_in: Client) -> None:
    form = sent()
    first, second = (signed_in.post("/portal/payouts/new", form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Payout.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"amount": "0"}, "amount", "greater than 0"),
        ({"amount": "ten"}, "amount", "greater than 0"),
        ({"amount": ""}, "amount", "required"),
        ({"accountNumber": "12"}, "accountNumber", "Invalid account number"),
        ({"destination": "BANK:NOBANK"}, "destination", "valid choice"),
        ({"destination": ""}, "destination", "required"),
        ({"merchantReference": "TAKEN"}, "merchantReference", "already exists"),
        ({"merchantReference": "x" * 256}, "merchantReference", "at most 255"),
        ({"amount": "99999.99"}, "amount", "Insufficient balance"),
        ({"scenario": "won"}, "scenario", "valid choice"),
        ({"key": "nonsense"}, "__all__", "open the page again"),
    ],
)
def test_new_payout_wrong_is_told_at_its_field(
    signed_in: Client, merchant: Merchant, make_payout: MakePayout, changes: dict[str, Any], field: str, message: str
) -> None:
    make_payout(merchant, "TAKEN")
    MerchantBalance.objects.update(available=9_000_000)
    response = pay(signed_in, **changes)
    errors = response.context["form"].errors
    assert response.status_code == 400
    assert message in str(errors.get(field) or errors.get("key"))
    assert Payout.objects.count() == 1


def test_new_payout_corrected_after_a_refusal_pays(signed_in: Client) -> None:
    """The refusal is kept under the form's key, so the form that tells it has another."""
    form = sent(amount="0")
    again = signed_in.post("/portal/payouts/new", form).context["form"]["key"].value()
    assert again != form["key"]
    assert pay(signed_in, key=again).status_code == 302


def test_new_payout_of_a_beneficiary_is_filled_in(signed_in: Client, merchant: Merchant) -> None:
    row = add_beneficiary(merchant=merchant, body={"name": INJECTION, "bankCode": "HBL", "accountNumber": "12345670001"})
    page = signed_in.get(f"/portal/payouts/new?beneficiary={row.pk}")
    assert INJECTION.encode() not in page.content
    assert page.context["form"]["destination"].value() == "BANK:HBL"
    assert page.context["form"]["accountTitle"].value() == INJECTION


def test_new_payout_of_a_strangers_beneficiary_is_404(signed_in: Client, stranger: Merchant) -> None:
    theirs = add_beneficiary(merchant=stranger, body={"name": "Secret", "bankCode": "HBL", "accountNumber": "12345670001"})
    assert signed_in.get(f"/portal/payouts/new?beneficiary={theirs.pk}").status_code == 404
    assert b"Secret" not in signed_in.get("/portal/payouts/new").content


def test_new_payout_keeps_the_beneficiary_when_asked(signed_in: Client, merchant: Merchant) -> None:
    for number in range(2):
        assert pay(signed_in, keep="on", merchantReference=f"K-{number}").status_code == 302
    assert Beneficiary.objects.get().name == "Ayesha Khan"


def test_verify_account_tells_the_holder_and_pays_nothing(signed_in: Client) -> None:
    page = pay(signed_in, verify="1", accountTitle="")
    assert page.context["verified"]["isValid"] is True
    assert page.context["form"]["accountTitle"].value() == "Test User Success"
    assert pay(signed_in, verify="1", accountNumber="12345670003").context["verified"]["isValid"] is False
    assert pay(signed_in, verify="1", accountNumber="12").status_code == 400
    assert not Payout.objects.exists()


def test_new_payout_with_an_outcome_gets_it(signed_in: Client, merchant: Merchant) -> None:
    pay(signed_in, scenario="on_hold")
    while scheduling.sweep():
        pass
    assert Payout.objects.get().status == PayoutStatus.ON_HOLD
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert "scenario" not in signed_in.get("/portal/payouts/new").context["form"].fields


def test_new_payout_above_the_limit_needs_the_password_once(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PORTAL_CONFIRM_ABOVE", 1000)
    asked = pay(signed_in)
    assert b"needs your password" in asked.content and not Payout.objects.exists()
    wrong = pay(signed_in, password="wrong")
    assert wrong.status_code == 400 and b"The password is wrong" in wrong.content and not Payout.objects.exists()
    assert pay(signed_in, password=PASSWORD).status_code == 302
    assert pay(signed_in, merchantReference="BY-HAND-2").status_code == 302
    assert Payout.objects.count() == 2


def test_new_payout_up_to_the_limit_or_without_one_needs_none(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PORTAL_CONFIRM_ABOVE", 1500)
    assert pay(signed_in).status_code == 302
    monkeypatch.setattr(environment, "PORTAL_CONFIRM_ABOVE", 0)
    assert pay(signed_in, amount="2000", merchantReference="B").status_code == 302


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_roles_that_may_not_pay_see_no_way_to(
    signed_in: Client, user: User, merchant: Merchant, make_payout: MakePayout, role: Role
) -> None:
    payout = make_payout(merchant)
    Member.objects.filter(user=user).update(role=role)
    assert signed_in.get("/portal/payouts/new").status_code == pay(signed_in).status_code == 403
    assert signed_in.post(f"/portal/payouts/{payout.pk}/reinitiate", {"key": str(uuid4())}).status_code == 403
    assert b"New payout" not in signed_in.get("/portal/payouts").content
    assert signed_in.get(f"/portal/payouts/{payout.pk}").status_code == 200


def test_reinitiate_sends_a_failed_payout_again_once(signed_in: Client) -> None:
    pay(signed_in, scenario="failed")
    while scheduling.sweep():
        pass
    payout = Payout.objects.get()
    path, form = f"/portal/payouts/{payout.pk}", {"key": str(uuid4())}
    assert b"Send again" in signed_in.get(path).content
    for _ in range(2):
        response = signed_in.post(f"{path}/reinitiate", form)
        assert (response.status_code, response["Location"]) == (302, path)
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.PENDING
    assert b"Send again" not in signed_in.get(path).content
    refused = signed_in.post(f"{path}/reinitiate", {"key": str(uuid4())})
    assert refused.status_code == 400 and b"Only failed payouts" in refused.content


def test_reinitiate_above_the_limit_asks_for_the_password(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    pay(signed_in, scenario="failed")
    while scheduling.sweep():
        pass
    monkeypatch.setattr(environment, "PORTAL_CONFIRM_ABOVE", 1000)
    payout = Payout.objects.get()
    response = signed_in.post(f"/portal/payouts/{payout.pk}/reinitiate", {"key": str(uuid4())})
    assert response["Location"].startswith("/portal/confirm?next=")
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.FAILED


def test_reinitiate_a_strangers_payout_is_404(signed_in: Client, stranger: Merchant, make_payout: MakePayout) -> None:
    theirs = make_payout(stranger)
    for pk in (theirs.pk, uuid4()):
        assert signed_in.post(f"/portal/payouts/{pk}/reinitiate", {"key": str(uuid4())}).status_code == 404


def test_export_payouts_holds_what_the_filter_finds_and_no_formula(
    signed_in: Client, merchant: Merchant, stranger: Merchant, make_payout: MakePayout
) -> None:
    make_payout(merchant, "=1+1")
    make_payout(merchant, "OTHER")
    make_payout(stranger, "THEIRS")
    text = signed_in.get("/portal/payouts/export?format=csv").getvalue().decode()
    assert text.count("\n") == 3 and '"\'=1+1"' in text and "THEIRS" not in text
    rows = json.loads(signed_in.get("/portal/payouts/export?format=json&q=OTH").getvalue())
    assert [row["merchantReference"] for row in rows] == ["OTHER"]
    assert signed_in.get("/portal/payouts/export?format=xml").status_code == 400


def test_new_payout_page_asks_as_much_with_more_beneficiaries(signed_in: Client, merchant: Merchant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get("/portal/payouts/new").status_code == 200
        return len(captured)

    def grow(start: int, count: int) -> None:
        for number in range(start, start + count):
            add_beneficiary(merchant=merchant, body={"name": "B", "bankCode": "HBL", "accountNumber": f"12345{number:06}"})

    grow(0, 1)
    few = queries()
    grow(1, 8)
    assert queries() == few
