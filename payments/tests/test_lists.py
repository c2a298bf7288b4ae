"""GET payments, refunds and disputes: pages, cursors, filters, and the same cost whatever the number of rows."""

from typing import Any

import pytest
from django.utils.dateparse import parse_datetime

from payments.models import Dispute, Payment, Refund
from payments.tests.conftest import Payer, Shop

MODELS = {"payments": Payment, "refunds": Refund, "disputes": Dispute}


def _make(shop: Shop, kind: str) -> str:
    payment_id = shop.paid()
    if kind == "payments":
        return payment_id
    if kind == "refunds":
        return str(shop.act(f"/payments/{payment_id}/refunds").json()["data"]["id"])
    return str(shop.post("/api/v1/sandbox/disputes", {"paymentId": payment_id}).json()["data"]["id"])


def _ids(data: dict[str, Any], kind: str) -> list[str]:
    assert list(data) == [kind, "pagination"]
    return [row["id"] for row in data[kind]]


@pytest.mark.parametrize("kind", MODELS)
def test_list_is_paged_newest_first_and_the_merchants_own(shop: Shop, rival: Shop, kind: str) -> None:
    _make(rival, kind)
    made = [_make(shop, kind) for _ in range(5)][::-1]
    first = shop.data(f"/{kind}", {"limit": 2})
    assert (_ids(first, kind), first["pagination"]) == (made[:2], {"page": 1, "limit": 2, "total": 5, "totalPages": 3})
    assert _ids(shop.data(f"/{kind}", {"limit": 2, "page": 3}), kind) == made[4:]
    assert _ids(shop.data(f"/{kind}", {"page": 9}), kind) == []
    for bad in ({"page": "0", "limit": "-1"}, {"page": "x", "limit": "٣"}):
        assert shop.data(f"/{kind}", bad)["pagination"] == {"page": 1, "limit": 20, "total": 5, "totalPages": 1}
    assert first[kind][0] == shop.data(f"/{kind}/{made[0]}")


@pytest.mark.parametrize("kind", MODELS)
def test_list_without_rows_is_an_empty_page(shop: Shop, kind: str) -> None:
    assert shop.data(f"/{kind}") == {kind: [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0}}


@pytest.mark.parametrize("kind", MODELS)
def test_list_by_cursor_walks_through_all_at_the_same_cost(shop: Shop, kind: str, django_assert_num_queries: Any) -> None:
    made = [_make(shop, kind) for _ in range(5)][::-1]
    seen, cursor = [], ""
    while cursor is not None:
        with django_assert_num_queries(3):
            data = shop.data(f"/{kind}", {"cursor": cursor, "limit": 2})
        seen += _ids(data, kind)
        cursor = data["pagination"]["nextCursor"]
    assert seen == made
    response = shop.get(f"/api/v1/{kind}", {"cursor": "nonsense!"})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "cursor")


@pytest.mark.parametrize("kind", MODELS)
def test_list_cost_does_not_grow_with_the_rows(shop: Shop, kind: str, django_assert_num_queries: Any) -> None:
    for _ in range(6):
        _make(shop, kind)
    for limit in (1, 6):
        with django_assert_num_queries(4):  # the key, the count, the ids, the rows
            assert len(shop.data(f"/{kind}", {"limit": limit})[kind]) == limit


@pytest.mark.parametrize("kind", MODELS)
def test_one_costs_the_key_and_the_row(shop: Shop, kind: str, django_assert_num_queries: Any) -> None:
    known = _make(shop, kind)
    with django_assert_num_queries(2):
        shop.data(f"/{kind}/{known}")


def test_refunds_of_a_payment_are_its_own(shop: Shop, django_assert_num_queries: Any) -> None:
    payment_id, other = shop.paid(), shop.paid()
    made = [shop.act(f"/payments/{payment_id}/refunds", {"amount": amount}).json()["data"]["id"] for amount in (1, 2, 3)][::-1]
    shop.act(f"/payments/{other}/refunds")
    with django_assert_num_queries(5):  # the key, the payment, the count, the ids, the rows
        assert _ids(shop.data(f"/payments/{payment_id}/refunds"), "refunds") == made
    assert _ids(shop.data(f"/payments/{payment_id}/refunds", {"limit": 1, "page": 2}), "refunds") == made[1:2]
    assert _ids(shop.data("/refunds", {"paymentId": payment_id}), "refunds") == made
    assert _ids(shop.data(f"/payments/{payment_id}/refunds", {"paymentId": other}), "refunds") == []


def test_payments_are_filtered(shop: Shop, payer: Payer, rival: Shop) -> None:
    card = shop.paid(reference="CARD")
    held = shop.authorized(reference="HELD")
    checkout_id = shop.opened(reference="WALLET", paymentMethod="easypaisa")
    payer.wallet(checkout_id, "03032222222")
    wallet = str(Payment.objects.get(checkout=checkout_id).pk)
    rivals = rival.data(f"/payments/{rival.paid(reference='CARD')}")
    for query, expected in (
        ({}, [wallet, held, card]),
        ({"status": "captured"}, [card]),
        ({"status": "AUTHORIZED"}, [held]),
        ({"status": "failed", "method": "EasyPaisa"}, [wallet]),
        ({"method": "card"}, [held, card]),
        ({"reference": " CARD "}, [card]),
        ({"reference": "CAR"}, []),
        ({"checkoutId": checkout_id}, [wallet]),
        ({"checkoutId": checkout_id.upper()}, [wallet]),
        ({"checkoutId": rivals["checkoutId"]}, []),
        ({"checkoutId": "nonsense"}, []),
        ({"status": "nonsense"}, []),
        ({"method": "nonsense"}, []),
        ({"status": "", "method": "", "reference": "", "checkoutId": ""}, [wallet, held, card]),
        ({"colour": "red"}, [wallet, held, card]),
    ):
        assert _ids(shop.data("/payments", query), "payments") == expected, query
        assert _ids(shop.data("/payments", {**query, "cursor": ""}), "payments") == expected, query


def test_refunds_are_filtered(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid()
    made = {
        scenario: shop.act(f"/payments/{payment_id}/refunds", {"amount": 1}, **{"X-Mock-Scenario": scenario}).json()["data"]["id"]
        for scenario in ("success", "failed", "pending")
    }
    pass_time(minutes=1)
    for query, expected in (
        ({"status": "succeeded"}, ["success"]),
        ({"status": "Failed"}, ["failed"]),
        ({"status": "pending", "paymentId": payment_id}, ["pending"]),
        ({"status": "success"}, []),
        ({"paymentId": "nonsense"}, []),
        ({"paymentId": made["success"]}, []),
    ):
        assert _ids(shop.data("/refunds", query), "refunds") == [made[name] for name in expected], query
    assert _ids(shop.data(f"/payments/{payment_id}/refunds", {"status": "failed"}), "refunds") == [made["failed"]]


def test_disputes_are_filtered(shop: Shop) -> None:
    made = [_make(shop, "disputes") for _ in range(3)]
    shop.act(f"/disputes/{made[1]}/accept")
    shop.act(f"/disputes/{made[2]}/evidence", {"evidence": {"a": "b"}})
    for query, expected in (
        ({"status": "needs_response"}, made[:1]),
        ({"status": "accepted"}, made[1:2]),
        ({"status": "UNDER_REVIEW"}, made[2:]),
        ({"status": "open"}, []),
        ({"paymentId": shop.data(f"/disputes/{made[0]}")["paymentId"]}, made[:1]),
        ({"paymentId": "nonsense"}, []),
    ):
        assert _ids(shop.data("/disputes", query), "disputes") == expected, query


@pytest.mark.parametrize("kind", MODELS)
def test_lists_are_filtered_by_day_and_time(shop: Shop, kind: str) -> None:
    made = []
    for day, hour in ((1, 0), (2, 23), (3, 12)):
        made.append(_make(shop, kind))
        moment = parse_datetime(f"2026-03-0{day}T{hour:02d}:30:00Z")
        MODELS[kind].objects.filter(pk=made[-1]).update(created_at=moment)  # type: ignore[attr-defined]
    for query, expected in (
        ({"startDate": "2026-03-02"}, made[:0:-1]),
        ({"endDate": "2026-03-02"}, made[1::-1]),
        ({"startDate": "2026-03-02", "endDate": "2026-03-02"}, made[1:2]),
        ({"startDate": "2026-03-03T12:30:00.001Z"}, []),
    ):
        assert _ids(shop.data(f"/{kind}", query), kind) == expected, query
    for name in ("startDate", "endDate"):
        response = shop.get(f"/api/v1/{kind}", {name: "yesterday"})
        assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
