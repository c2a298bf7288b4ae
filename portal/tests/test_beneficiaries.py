"""The room of beneficiaries: list, add, change, remove."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from merchants.models import Member, Merchant, User
from merchants.states import Role
from payouts.models import Beneficiary
from payouts.services.beneficiaries import add_beneficiary
from portal.tests.conftest import MakePayout

INJECTION = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def bank(make_payout: MakePayout) -> None:
    """The directory that `make_payout` pays to."""


def sent(**changes: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "name": "Ayesha Khan", "destination": "BANK:HBL", "accountNumber": "12345670001", **changes}


def make(merchant: Merchant, number: int = 1, name: str = "Ayesha Khan") -> Beneficiary:
    return add_beneficiary(merchant=merchant, body={"name": name, "bankCode": "HBL", "accountNumber": f"1234567{number:04}"})


def test_add_beneficiary_lists_it(signed_in: Client, merchant: Merchant) -> None:
    form = sent(name=INJECTION)
    for _ in range(2):
        response = signed_in.post("/portal/beneficiaries/new", form)
        assert (response.status_code, response["Location"]) == (302, "/portal/beneficiaries")
    row = Beneficiary.objects.get()
    assert (row.merchant, row.name, row.code) == (merchant, INJECTION, "HBL")
    page = signed_in.get("/portal/beneficiaries").content.decode()
    assert "&lt;script&gt;" in page and INJECTION not in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"accountNumber": "1"}, "accountNumber"), ({"destination": ""}, "destination"), ({}, "accountNumber")],
)
def test_add_beneficiary_wrong_or_twice_is_told_at_its_field(
    signed_in: Client, merchant: Merchant, changes: dict[str, Any], field: str
) -> None:
    make(merchant)
    response = signed_in.post("/portal/beneficiaries/new", sent(**changes))
    assert response.status_code == 400 and field in response.context["form"].errors
    assert Beneficiary.objects.count() == 1


def test_change_beneficiary_saves_and_is_audited(signed_in: Client, merchant: Merchant) -> None:
    row, other = make(merchant), make(merchant, 2)
    path = f"/portal/beneficiaries/{row.pk}"
    assert signed_in.get(path).context["form"]["name"].value() == "Ayesha Khan"
    assert signed_in.post(path, sent(name="A. Khan", accountNumber="12345670009")).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.account_number) == ("A. Khan", "12345670009")
    assert AuditEntry.objects.filter(action="beneficiary.changed", resource_id=str(row.pk)).count() == 1
    taken = signed_in.post(path, sent(accountNumber=other.account_number))
    assert taken.status_code == 400 and "already" in str(taken.context["form"].errors["accountNumber"])


def test_change_beneficiary_to_the_account_of_a_removed_one_takes_its_place(signed_in: Client, merchant: Merchant) -> None:
    row, other = make(merchant), make(merchant, 2)
    signed_in.post(f"/portal/beneficiaries/{other.pk}/remove")
    assert signed_in.post(f"/portal/beneficiaries/{row.pk}", sent(accountNumber=other.account_number)).status_code == 302
    assert Beneficiary.objects.get().pk == row.pk


def test_remove_beneficiary_takes_it_off_the_list(signed_in: Client, merchant: Merchant) -> None:
    row = make(merchant)
    assert signed_in.post(f"/portal/beneficiaries/{row.pk}/remove").status_code == 302
    assert signed_in.get("/portal/beneficiaries").context["page"].rows == []
    assert signed_in.post(f"/portal/beneficiaries/{row.pk}/remove").status_code == 404


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_roles_that_may_not_pay_only_look(signed_in: Client, user: User, merchant: Merchant, role: Role) -> None:
    row = make(merchant)
    Member.objects.filter(user=user).update(role=role)
    page = signed_in.get("/portal/beneficiaries").content
    assert b"Ayesha Khan" in page and b"New beneficiary" not in page and str(row.pk).encode() not in page
    assert signed_in.get(f"/portal/beneficiaries/{row.pk}").status_code == 403
    assert signed_in.post("/portal/beneficiaries/new", sent()).status_code == 403
    assert signed_in.post(f"/portal/beneficiaries/{row.pk}/remove").status_code == 403


def test_beneficiary_of_a_stranger_is_404(signed_in: Client, stranger: Merchant) -> None:
    theirs = make(stranger, name="Secret name")
    unknown = signed_in.get(f"/portal/beneficiaries/{uuid4()}")
    found = signed_in.get(f"/portal/beneficiaries/{theirs.pk}")
    assert found.status_code == unknown.status_code == 404 and found.content == unknown.content
    assert signed_in.post(f"/portal/beneficiaries/{theirs.pk}/remove").status_code == 404
    assert b"Secret name" not in signed_in.get("/portal/beneficiaries").content
    assert b"Secret name" not in signed_in.get("/portal/beneficiaries/export").getvalue()


def test_export_beneficiaries_holds_what_the_search_finds(signed_in: Client, merchant: Merchant) -> None:
    make(merchant, 1, "=cmd()")
    make(merchant, 2, "Bilal")
    assert '"\'=cmd()"' in signed_in.get("/portal/beneficiaries/export?format=csv").getvalue().decode()
    rows = json.loads(signed_in.get("/portal/beneficiaries/export?format=json&q=bil").getvalue())
    assert [row["name"] for row in rows] == ["Bilal"]


def test_list_asks_as_much_for_many_as_for_few(signed_in: Client, merchant: Merchant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get("/portal/beneficiaries?q=ay").status_code == 200
        return len(captured)

    make(merchant)
    few = queries()
    for number in range(2, 12):
        make(merchant, number)
    assert queries() == few
