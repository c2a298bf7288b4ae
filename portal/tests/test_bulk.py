"""Bulk payouts: a file is looked through, confirmed once, worked off, and told of line by line."""

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import MerchantBalance
from merchants.models import Member, Merchant, User
from merchants.states import Role
from mypay.kit import scheduling
from mypay.settings import environment
from payouts.batch_file import RawLine, read_bytes
from payouts.models import Payout, PayoutBatch
from payouts.services.create_batch import draft_batch
from payouts.states import BatchStatus
from portal.tests.conftest import PASSWORD, MakePayout

HEADER = "merchantReference,amount,bankCode,accountNumber,accountTitle\n"
INJECTION = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def bank(make_payout: MakePayout) -> None:
    """The directory that `make_payout` pays to."""


def rows(count: int, prefix: str = "R") -> str:
    return "".join(f"{prefix}-{number},10.00,HBL,12345670001,Ayesha\n" for number in range(count))


def upload(client: Client, text: str, name: str = "salaries.csv") -> Any:
    return client.post("/portal/payouts/bulk", {"file": SimpleUploadedFile(name, text.encode(), "text/csv")})


def drafted(client: Client, text: str) -> tuple[str, PayoutBatch]:
    """The page of the uploaded file, and the draft."""
    response = upload(client, text)
    assert response.status_code == 302, response.context["form"].errors
    return response["Location"], PayoutBatch.objects.latest("id")


def settle() -> None:
    while scheduling.sweep():
        pass


def test_upload_shows_bad_lines_first_and_pays_nothing(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    make_payout(merchant, "USED")
    text = HEADER + rows(3) + f"R-1,1,HBL,12345670001,\nUSED,1,HBL,12345670001,\nX,{INJECTION},HBL,12345670001,{INJECTION}\n"
    path, batch = drafted(signed_in, text)
    assert path == f"/portal/payouts/bulk/{batch.pk}"
    assert (batch.status, batch.name, batch.valid_count, batch.invalid_count) == (BatchStatus.DRAFT, "salaries.csv", 3, 3)
    page = signed_in.get(path)
    told = [(line.number, line.error_field, line.error) for line in page.context["lines"]]
    assert told == [
        (5, "merchantReference", "Line 3 has the same reference"),
        (6, "merchantReference", "Payout with this merchant reference already exists"),
        (7, "amount", "Amount must be greater than 0 (amount is not a number)"),
    ]
    assert INJECTION.encode() not in page.content and b"&lt;script&gt;" in page.content
    assert b"Pay 3 lines" in page.content
    settle()
    assert Payout.objects.count() == 1


def test_upload_sums_the_lines_against_the_balance(signed_in: Client) -> None:
    MerchantBalance.objects.update(available=2500)
    path, _ = drafted(signed_in, HEADER + rows(3))
    page = signed_in.get(path)
    assert (page.context["batch"].amount, page.context["available"], page.context["lacking"]) == (3000, 2500, 500)
    assert b"does not cover" in page.content


def test_confirm_twice_pays_every_line_once(signed_in: Client, user: User) -> None:
    path, batch = drafted(signed_in, HEADER + rows(60) + "BAD,x,HBL,12345670001,\n")
    for _ in range(2):
        response = signed_in.post(f"{path}/confirm")
        assert (response.status_code, response["Location"]) == (302, path)
    running = signed_in.get(path)
    assert b"hx-get" in running.content and b"Cancel the rest" in running.content
    settle()
    signed_in.post(f"{path}/confirm")
    settle()
    batch.refresh_from_db()
    assert (batch.status, batch.created_count, Payout.objects.count(), batch.actor_id) == (BatchStatus.DONE, 60, 60, str(user.pk))
    done = signed_in.get(f"{path}?status=CREATED")
    assert b"hx-get" not in done.content and b"60 of 60" in done.content
    assert str(Payout.objects.earliest("id").pk).encode() in done.content


def test_progress_is_a_piece_that_ends_in_a_whole_page(signed_in: Client) -> None:
    path, _ = drafted(signed_in, HEADER + rows(2))
    signed_in.post(f"{path}/confirm")
    piece = signed_in.get(f"{path}/progress")
    assert b"0 of 2" in piece.content and b"<html" not in piece.content and "HX-Refresh" not in piece
    settle()
    assert signed_in.get(f"{path}/progress")["HX-Refresh"] == "true"


def test_result_file_has_every_line_and_no_formula(signed_in: Client) -> None:
    path, _ = drafted(signed_in, HEADER + rows(2) + "'=1+1,1.00,HBL,12345670001,=cmd()\nBAD,x,HBL,12345670001,\n")
    signed_in.post(f"{path}/confirm")
    settle()
    told = list(csv.reader(io.StringIO(signed_in.get(f"{path}/result.csv").getvalue().decode())))
    assert [row[7] for row in told[1:]] == ["CREATED", "CREATED", "CREATED", "INVALID"]
    assert told[3][6] == "'=cmd()" and told[1][11] == "SUCCESS" and told[4][8] == "amount"


def test_template_can_be_uploaded_as_it_is(signed_in: Client) -> None:
    content = signed_in.get("/portal/payouts/bulk/template.csv").getvalue()
    assert len(read_bytes(content).lines) == 2
    _, batch = drafted(signed_in, content.decode().replace("EASYPAISA", "").replace("WALLET", "BANK"))
    assert batch.valid_count == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("nonsense", "must name the columns"), (HEADER, "no line below"), ("\ufffd" * 800_000, "larger than 2 MB")],
)
def test_upload_of_an_unfit_file_is_told_at_its_field(signed_in: Client, text: str, said: str) -> None:
    response = upload(signed_in, text)
    assert response.status_code == 400 and said in str(response.context["form"].errors["file"])
    assert not PayoutBatch.objects.exists()


def test_upload_without_a_file_or_of_other_bytes_is_told(signed_in: Client) -> None:
    assert "Choose a file" in str(signed_in.post("/portal/payouts/bulk").context["form"].errors["file"])
    image = SimpleUploadedFile("x.csv", b"\x89PNG\xff\xfe")
    assert "UTF-8" in str(signed_in.post("/portal/payouts/bulk", {"file": image}).context["form"].errors["file"])


def test_upload_names_columns_that_it_leaves_out(signed_in: Client) -> None:
    path, _ = drafted(signed_in, "reference,amount,bank,account,Colour <b>\nA,1,HBL,12345670001,red\n")
    assert b"Colour &lt;b&gt;" in signed_in.get(path).content


def test_confirm_above_the_limit_needs_the_password(signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PORTAL_CONFIRM_ABOVE", 20)
    path, batch = drafted(signed_in, HEADER + rows(3))
    assert b"needs your password" in signed_in.get(path).content
    assert signed_in.post(f"{path}/confirm").status_code == 200
    assert signed_in.post(f"{path}/confirm", {"password": "wrong"}).status_code == 400
    batch.refresh_from_db()
    assert batch.status == BatchStatus.DRAFT
    assert signed_in.post(f"{path}/confirm", {"password": PASSWORD}).status_code == 302
    batch.refresh_from_db()
    assert batch.status == BatchStatus.RUNNING


def test_discarded_draft_cannot_be_confirmed(signed_in: Client) -> None:
    path, _ = drafted(signed_in, HEADER + rows(3))
    assert signed_in.post(f"{path}/cancel").status_code == 302
    assert b"nothing was paid" in signed_in.get(path).content
    assert signed_in.post(f"{path}/confirm").status_code == 409
    settle()
    assert not Payout.objects.exists()


def test_draft_without_a_valid_line_offers_no_payment(signed_in: Client) -> None:
    path, _ = drafted(signed_in, HEADER + "A,x,HBL,12345670001,\n")
    assert b"Pay 0" not in signed_in.get(path).content
    assert signed_in.post(f"{path}/confirm").status_code == 400


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_roles_that_may_not_pay_only_look(signed_in: Client, user: User, role: Role) -> None:
    path, _ = drafted(signed_in, HEADER + rows(2))
    Member.objects.filter(user=user).update(role=role)
    assert b"Upload" not in signed_in.get("/portal/payouts/bulk").content
    assert b"Pay 2" not in signed_in.get(path).content
    assert {signed_in.post(f"{path}/{act}").status_code for act in ("confirm", "cancel")} == {403}
    assert upload(signed_in, HEADER + rows(1, "S")).status_code == 403


def test_batch_of_a_stranger_is_404(signed_in: Client, stranger: Merchant) -> None:
    raw = [RawLine(1, {"merchantReference": "THEIRS", "amount": "1", "bankCode": "HBL", "accountNumber": "12345670001"})]
    theirs = draft_batch(merchant=stranger, raw=raw, name="secret.csv")
    for pk in (theirs.pk, uuid4()):
        path = f"/portal/payouts/bulk/{pk}"
        assert {signed_in.get(f"{path}{more}").status_code for more in ("", "/progress", "/result.csv")} == {404}
        assert {signed_in.post(f"{path}/{act}").status_code for act in ("confirm", "cancel")} == {404}
    assert b"secret.csv" not in signed_in.get("/portal/payouts/bulk").content


def test_pages_ask_as_much_for_many_lines_as_for_few(signed_in: Client) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get(path).status_code == 200
        return len(captured)

    def made(count: int) -> str:
        path, _ = drafted(signed_in, HEADER + rows(count, f"N{count}"))
        signed_in.post(f"{path}/confirm")
        settle()
        return path

    few, listed = queries(made(1)), queries("/portal/payouts/bulk")
    assert queries(made(20)) == few
    assert queries("/portal/payouts/bulk") == listed


def test_lines_page_by_page_show_each_once(signed_in: Client) -> None:
    path, _ = drafted(signed_in, HEADER + rows(60))
    seen: list[int] = []
    page = signed_in.get(path)
    while True:
        seen += [line.number for line in page.context["lines"]]
        if not page.context["next_url"]:
            break
        page = signed_in.get(page.context["next_url"])
    assert seen == list(range(2, 62))
