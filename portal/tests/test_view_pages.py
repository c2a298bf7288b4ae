"""The portal's pages: what they show, to whom, and at what cost."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchants.models import Merchant
from merchants.services.issue_key import issue_key
from merchants.states import Scope
from payouts.models import Payout
from payouts.services.transition import Change, apply
from payouts.states import PayoutStatus
from portal.tests.conftest import MakePayout

LISTS = ["/portal/", "/portal/payouts", "/portal/payouts?status=PENDING&q=A", "/portal/history", "/portal/keys"]


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(path)
    assert response.status_code == 200, path
    return len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_view_list_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, make_payout: MakePayout, path: str) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            make_payout(merchant, f"A-{uuid4()}")
            issue_key(merchant=merchant, scope=Scope.PAYOUTS)

    grow(2)
    few = queries(signed_in, path)
    grow(6)
    assert queries(signed_in, path) == few


@pytest.mark.parametrize("path", [*LISTS, "/portal/payouts/0190b2a4-7c1e-7000-8000-000000000001"])
def test_view_page_signed_out_leads_to_sign_in(client: Client, merchant: Merchant, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/portal/login?next=")


def test_view_page_is_kept_by_no_cache(signed_in: Client) -> None:
    assert "no-store" in signed_in.get("/portal/")["Cache-Control"]


def test_view_payout_after_success_tells_its_timeline_in_order(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    payout = make_payout(merchant, "ORDER-1")
    before = queries(signed_in, f"/portal/payouts/{payout.pk}")
    for status in (PayoutStatus.PROCESSING, PayoutStatus.SUCCESS):
        payout = apply(payout, Change(status=status, at=payout.updated_at.replace(year=payout.updated_at.year + 1)))
    path = f"/portal/payouts/{payout.pk}"
    moments = signed_in.get(path).context["moments"]
    assert [moment.titles for moment in moments] == [["Payout created"], ["Processing"], ["Success"]]
    assert [[fact.source for fact in moment.facts] for moment in moments] == [
        ["State", "Ledger", "Event"],
        ["State"],
        ["State", "Ledger", "Rail", "Event"],
    ]
    assert queries(signed_in, path) == before


def test_view_payout_of_a_stranger_is_404(signed_in: Client, stranger: Merchant, make_payout: MakePayout) -> None:
    theirs = make_payout(stranger, "SECRET-REFERENCE")
    response = signed_in.get(f"/portal/payouts/{theirs.pk}")
    unknown = signed_in.get(f"/portal/payouts/{uuid4()}")
    assert response.status_code == unknown.status_code == 404
    assert response.content == unknown.content
    for path in LISTS:
        assert b"SECRET-REFERENCE" not in signed_in.get(path).content
    assert b"SECRET-REFERENCE" not in signed_in.get(f"/portal/payouts?q={theirs.pk}").content.replace(str(theirs.pk).encode(), b"")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=INV", {"INV-1", "inv-2"}),
        ("q=INV-1", {"INV-1"}),
        ("q=NV-1", set()),
        ("q=%25", set()),
        ("status=PENDING", {"INV-1", "inv-2", "X"}),
        ("type=BANK", {"INV-1", "inv-2", "X"}),
        ("type=WALLET", set()),
        ("startDate=2020-01-01", {"INV-1", "inv-2", "X"}),
        ("endDate=2020-01-01", set()),
        ("status=FAILED", set()),
        ("status=nonsense&q=X", {"X"}),
    ],
)
def test_view_payouts_filtered_shows_only_those(
    signed_in: Client, merchant: Merchant, make_payout: MakePayout, query: str, found: set[str]
) -> None:
    for reference in ("INV-1", "inv-2", "X"):
        make_payout(merchant, reference)
    rows = signed_in.get(f"/portal/payouts?{query}").context["page"].rows
    assert {row.merchant_reference for row in rows} == found


def test_view_payouts_by_id_finds_it(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    payout = make_payout(merchant, "X")
    assert signed_in.get(f"/portal/payouts?q={payout.pk}").context["page"].rows == [payout]


def test_view_payouts_page_by_page_shows_each_once(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    for _ in range(23):
        make_payout(merchant)
    first = signed_in.get("/portal/payouts?status=PENDING").context
    second = signed_in.get(first["next_url"]).context
    seen = [*first["page"].rows, *second["page"].rows]
    assert (len(seen), len(set(seen)), second["next_url"]) == (23, 23, "")
    assert seen == list(Payout.objects.order_by("-pk"))


@pytest.mark.parametrize("path", ["/portal/payouts?cursor=nonsense", "/portal/history?cursor=nonsense"])
def test_view_list_with_bad_cursor_is_refused(signed_in: Client, path: str) -> None:
    assert signed_in.get(path).status_code == 400


def test_view_history_in_a_currency_without_balance_is_404(signed_in: Client) -> None:
    assert signed_in.get("/portal/history?currency=USD").status_code == 404
