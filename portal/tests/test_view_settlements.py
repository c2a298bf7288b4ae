"""The portal's settlement pages: what they show, to whom, and at what cost."""

import csv
import re
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.services.check import findings
from merchants.models import Merchant
from mypay.kit.money import to_text
from payments.models import Settlement
from payments.services.plant_breaks import plant_breaks
from payments.services.settle_now import settle_now
from payments.states import BreakKind
from payments.tests.acts import paid, refund
from portal.pages import settlements as pages
from sandbox.services.clock import advance


def settled(merchant: Merchant, count: int, currency: str = "PKR") -> Settlement:
    """So many payments, one of them refunded in part, in one settlement."""
    made = [paid(merchant, 100_000 + 1_000 * number, currency=currency) for number in range(count)]
    refund(made[0], 5_000)
    [batch] = settle_now(merchant=merchant, everything=True)
    return batch


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        assert response.status_code == 200, path
        b"".join(response) if response.streaming else response.content
    return len(captured)


def seen(client: Client, path: str) -> str:
    """The page without its form's token, which is another each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", client.get(path).content.decode())


def rows(client: Client, batch: Settlement) -> list[dict[str, str]]:
    """The file's rows."""
    response: Any = client.get(f"/portal/settlements/{batch.pk}/statement.csv")
    assert response["Content-Disposition"] == f'attachment; filename="settlement-{batch.pk}.csv"'
    return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))


def test_view_settlements_shows_what_settled_and_what_will(signed_in: Client, merchant: Merchant) -> None:
    assert b"Nothing has settled yet." in signed_in.get("/portal/settlements").content
    batch = settled(merchant, 3)
    paid(merchant, 20_000)
    response = signed_in.get("/portal/settlements")
    assert response.context["page"].rows == [batch]
    [pending] = response.context["pending"]
    assert (pending.count, pending.amount) == (1, 20_000) and pending.settles_at is not None
    text = response.content.decode()
    for figure in ("3,030.00", "50.00", "87.87", "2,892.13", f"/portal/settlements/{batch.pk}"):
        assert figure in text, figure


def test_view_settlements_of_one_currency_shows_no_other(signed_in: Client, merchant: Merchant) -> None:
    rupees, dollars = settled(merchant, 1), settled(merchant, 1, "USD")
    assert [tab.label for tab in signed_in.get("/portal/settlements").context["tabs"]] == ["All", "PKR", "USD"]
    for query, found in (("", [dollars, rupees]), ("currency=USD", [dollars]), ("currency=pkr", [rupees]), ("currency=EUR", [])):
        assert signed_in.get(f"/portal/settlements?{query}").context["page"].rows == found


def test_view_settlements_page_by_page_shows_each_once(signed_in: Client, merchant: Merchant) -> None:
    made = [settled(merchant, 1) for _ in range(22)]
    first = signed_in.get("/portal/settlements").context
    second = signed_in.get(first["next_url"]).context
    assert [*first["page"].rows, *second["page"].rows] == made[::-1] and second["next_url"] == ""


def test_view_settlement_shows_sums_and_every_line_once(signed_in: Client, merchant: Merchant) -> None:
    batch = settled(merchant, 24)
    first = signed_in.get(f"/portal/settlements/{batch.pk}")
    second = signed_in.get(first.context["next_url"])
    lines = [*first.context["lines"], *second.context["lines"]]
    assert (len(lines), len({line.id for line in lines}), second.context["next_url"]) == (25, 25, "")
    assert [line.title for line in lines[-2:]] == ["Payment", "Refund"]
    assert sum(line.net for line in lines) == batch.net
    assert first.content.count(b"<tr>") == 21 and b"25 lines, in PKR" in first.content


def test_view_statement_to_print_adds_up_beside_what_was_settled(signed_in: Client, merchant: Merchant) -> None:
    batch = settled(merchant, 24)
    response = signed_in.get(f"/portal/settlements/{batch.pk}/print")
    totals = response.context["totals"]
    assert (totals.count, totals.amount, totals.fee, totals.tax, totals.net) == (
        25, batch.gross - batch.deducted, batch.fee, batch.tax, batch.net,
    )  # fmt: skip
    assert response.content.count(f"{batch.net / 100:,.2f}".encode()) == 2 and b"Sum of 25 lines" in response.content
    assert b"the first" not in response.content


def test_view_statement_to_print_says_when_it_is_cut(signed_in: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PRINTED_LINES", 10)
    batch = settled(merchant, 24)
    response = signed_in.get(f"/portal/settlements/{batch.pk}/print")
    assert len(response.context["lines"]) == response.context["totals"].count == 10
    assert b"These are the first 10 of 25 lines" in response.content


def test_statement_file_is_the_apis(signed_in: Client, merchant: Merchant) -> None:
    batch = settled(merchant, 3)
    found = rows(signed_in, batch)
    assert [row["type"] for row in found] == ["payment", "payment", "payment", "refund"]
    assert found[-1]["amount"] == "-50.00" and found[0]["amount"] == "1000.00"


@pytest.mark.parametrize("kind", list(BreakKind))
def test_view_broken_statement_shows_the_mistake_and_does_not_tell(signed_in: Client, merchant: Merchant, kind: BreakKind) -> None:
    batch, path = settled(merchant, 4), "/portal/settlements"
    lists, quiet = seen(signed_in, path), seen(signed_in, f"{path}/{batch.pk}")
    plant_breaks(merchant=merchant, settlement_id=str(batch.pk), kinds=[kind])
    page, paper = signed_in.get(f"{path}/{batch.pk}"), signed_in.get(f"{path}/{batch.pk}/print")
    assert paper.context["totals"].net != batch.net
    assert [line.id for line in page.context["lines"]] == [line.id for line in paper.context["lines"]]
    told = rows(signed_in, batch)
    assert [(row["id"], row["net"]) for row in told] == [(str(line.id), to_text(line.net)) for line in page.context["lines"]]
    text = (page.content + paper.content).decode().lower().replace(f"{path}/{batch.pk}/breaks", "")
    assert seen(signed_in, f"{path}/{batch.pk}") != quiet and not any(
        word in text for word in ("break", "planted", "wrong", "missing", "late line")
    )
    assert seen(signed_in, path) == lists and list(findings()) == []


def test_view_settlement_is_linked_from_the_balance(signed_in: Client, merchant: Merchant) -> None:
    batch = settled(merchant, 1)
    assert signed_in.get("/portal/history").content.count(f"/portal/settlements/{batch.pk}".encode()) == 1


def test_view_settlement_of_a_stranger_is_404(signed_in: Client, stranger: Merchant) -> None:
    theirs = settled(stranger, 1)
    for path in ("", "/print", "/statement.csv"):
        response, unknown = (signed_in.get(f"/portal/settlements/{key}{path}") for key in (theirs.pk, uuid4()))
        assert response.status_code == unknown.status_code == 404 and response.content == unknown.content
    assert str(theirs.pk).encode() not in signed_in.get("/portal/settlements").content


@pytest.mark.parametrize("path", ["", "/x", "/x/print", "/x/statement.csv"])
def test_view_page_signed_out_leads_to_sign_in(client: Client, merchant: Merchant, path: str) -> None:
    response = client.get(f"/portal/settlements{path}")
    assert response.status_code == 302 and response["Location"].startswith("/portal/login?next=")


@pytest.mark.parametrize("path", ["?cursor=nonsense", "/{}?cursor=nonsense"])
def test_view_with_bad_cursor_is_refused(signed_in: Client, merchant: Merchant, path: str) -> None:
    assert signed_in.get(f"/portal/settlements{path.format(settled(merchant, 1).pk)}").status_code == 400


@pytest.mark.parametrize("path", ["", "/{}", "/{}/print", "/{}/statement.csv"])
def test_view_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, path: str) -> None:
    few = queries(signed_in, f"/portal/settlements{path.format(settled(merchant, 2).pk)}")
    advance(merchant=merchant, by=timedelta(days=3))
    merchant.refresh_from_db()
    for _ in range(4):
        last = settled(merchant, 12)
    assert queries(signed_in, f"/portal/settlements{path.format(last.pk)}") == few <= 19
