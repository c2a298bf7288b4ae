"""Disputes: opened, answered or not, accepted, decided; the amount is withheld until then."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from ledger.models import MerchantBalance
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from payments.models import Dispute, Payment
from payments.tests.conftest import Shop
from webhooks.models import Event

MEMBERS = [
    "id", "paymentId", "amount", "currency", "reason", "status", "respondBy", "evidence", "closedAt", "createdAt", "updatedAt",
]  # fmt: skip
EVIDENCE = {"evidence": {"deliveredAt": "2026-03-02", "signedBy": "A. Khan", "parcels": 2}}


def _open(shop: Shop, payment_id: str, **members: Any) -> Any:
    return shop.post("/api/v1/sandbox/disputes", {"paymentId": payment_id, **members})


def _opened(shop: Shop, payment_id: str = "", **members: Any) -> str:
    response = _open(shop, payment_id or shop.paid(), **members)
    assert response.status_code == 201, response.content
    return str(response.json()["data"]["id"])


def _decide(shop: Shop, dispute_id: str, outcome: str) -> Any:
    return shop.post(f"/api/v1/sandbox/disputes/{dispute_id}/decide", {"outcome": outcome})


def _status(shop: Shop, dispute_id: str) -> str:
    return str(shop.data(f"/disputes/{dispute_id}")["status"])


def _money(merchant: Merchant) -> tuple[int, int, int]:
    row = MerchantBalance.objects.get(merchant=merchant)
    return row.available, row.pending, row.disputed


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_open_withholds_what_is_left_of_the_payment(shop: Shop) -> None:
    payment_id = shop.paid(amount=1000)
    shop.act(f"/payments/{payment_id}/refunds", {"amount": 100})
    response = _open(shop, payment_id)
    assert response.status_code == 201 and list(response.json()) == ["success", "data"]
    data = response.json()["data"]
    assert list(data) == MEMBERS and data == shop.data(f"/disputes/{data['id']}")
    assert {name: data[name] for name in MEMBERS[1:6]} == {
        "paymentId": payment_id, "amount": "900.00", "currency": "PKR", "reason": "fraudulent", "status": "needs_response",
    }  # fmt: skip
    assert (data["evidence"], data["closedAt"]) == (None, None)
    assert (_moment(data["respondBy"]) - _moment(data["createdAt"])).total_seconds() == 7 * 86_400
    assert _money(shop.merchant)[1:] == (0, 90_000)
    payment = shop.data(f"/payments/{payment_id}")
    assert (payment["status"], payment["disputedAmount"], payment["refundableAmount"]) == ("captured", "900.00", "0.00")
    assert shop.transaction(payment["checkoutId"])["status"] == "completed"


def test_open_with_all_members(shop: Shop) -> None:
    data = _open(shop, shop.paid(), amount="12.00", reason="duplicate", respondWithinSeconds=60).json()["data"]
    assert (data["amount"], data["reason"]) == ("12.00", "duplicate")
    assert (_moment(data["respondBy"]) - _moment(data["createdAt"])).total_seconds() == 60


def test_open_leaves_only_the_rest_to_refund(shop: Shop) -> None:
    payment_id = shop.paid(amount=1000)
    _opened(shop, payment_id, amount=600)
    above = shop.act(f"/payments/{payment_id}/refunds", {"amount": "400.01"})
    assert above.json()["error"]["code"] == "REFUND_EXCEEDS_PAYMENT"
    assert shop.act(f"/payments/{payment_id}/refunds").json()["data"]["amount"] == "400.00"
    for members in ({}, {"amount": 1}):
        response = _open(shop, payment_id, **members)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "DISPUTE_EXCEEDS_PAYMENT")
        assert response["X-MyPay-Error-Field"] == "amount"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paymentId", None), ("paymentId", ""), ("paymentId", 5), ("amount", 0), ("amount", "-1"), ("amount", "0.001"), ("amount", True),
        ("reason", "x"), ("reason", None), ("reason", ["duplicate"]), ("respondWithinSeconds", 0), ("respondWithinSeconds", "soon"),
        ("respondWithinSeconds", 31_536_001), ("respondWithinSeconds", 1.5),
    ],
)  # fmt: skip
def test_open_with_a_bad_member_is_refused_by_name(shop: Shop, name: str, value: Any) -> None:
    response = shop.post("/api/v1/sandbox/disputes", {"paymentId": shop.paid(), name: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert (Dispute.objects.count(), Payment.objects.get().disputed) == (0, 0)


def test_open_on_an_unknown_or_foreign_payment_is_the_same_404(shop: Shop, rival: Shop) -> None:
    for known in (rival.paid(), "nonsense", "01936b2e-0000-7000-8000-000000000000"):
        response = _open(shop, known)
        assert (response.status_code, response.json()["error"]["message"]) == (404, "Payment not found")


@pytest.mark.parametrize("scenario", ["failed", "pending", "manual"])
def test_open_on_what_is_not_captured_is_refused(shop: Shop, scenario: str) -> None:
    payment_id = shop.authorized() if scenario == "manual" else shop.paid({"X-Mock-Scenario": scenario})
    response = _open(shop, payment_id)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert Dispute.objects.count() == 0


def test_dispute_that_nobody_answers_is_lost_at_its_deadline(shop: Shop, pass_time: Any) -> None:
    dispute_id = _opened(shop, respondWithinSeconds=3600)
    available = _money(shop.merchant)[0]
    pass_time(minutes=59)
    assert _status(shop, dispute_id) == "needs_response"
    pass_time(minutes=2)
    seen = shop.data(f"/disputes/{dispute_id}")
    assert (seen["status"], seen["closedAt"], seen["evidence"]) == ("lost", seen["respondBy"], None)
    assert _money(shop.merchant) == (available, 0, 0)
    payment = shop.data(f"/payments/{seen['paymentId']}")
    assert (payment["status"], payment["disputedAmount"], payment["refundableAmount"]) == ("captured", "1000.00", "0.00")
    late = shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    assert (late.status_code, late.json()["error"]["code"]) == (400, "INVALID_STATUS")


def test_evidence_after_the_deadline_is_refused_before_the_sweep_comes(shop: Shop) -> None:
    dispute_id = _opened(shop)
    Dispute.objects.update(respond_by="2020-01-01T00:00:00Z", due_at="2020-01-01T00:00:00Z", wake_at=None)
    response = shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    assert (response.status_code, response.json()["error"]["message"]) == (400, "The time to respond is over")
    assert _status(shop, dispute_id) == "needs_response"


def test_evidence_wins_three_days_later(shop: Shop, pass_time: Any) -> None:
    dispute_id = _opened(shop)
    available = _money(shop.merchant)[0]
    response = shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    assert (response.status_code, response.json()["message"]) == (200, "Evidence submitted")
    data = response.json()["data"]
    assert (data["status"], data["evidence"], data["closedAt"]) == ("under_review", EVIDENCE["evidence"], None)
    assert data == shop.data(f"/disputes/{dispute_id}") and _money(shop.merchant) == (available, 0, 100_000)
    pass_time(days=2, hours=23)
    assert _status(shop, dispute_id) == "under_review"
    before = _money(shop.merchant)
    pass_time(hours=2)
    seen = shop.data(f"/disputes/{dispute_id}")
    assert (seen["status"], seen["evidence"]) == ("won", EVIDENCE["evidence"])
    assert (_moment(seen["closedAt"]) - _moment(data["updatedAt"])).total_seconds() == 3 * 86_400
    assert sum(_money(shop.merchant)) == sum(before) and _money(shop.merchant)[2] == 0
    payment = shop.data(f"/payments/{seen['paymentId']}")
    assert (payment["disputedAmount"], payment["refundableAmount"]) == ("0.00", "1000.00")


def test_evidence_on_the_last_day_stops_the_deadline(shop: Shop, pass_time: Any) -> None:
    dispute_id = _opened(shop)
    pass_time(days=6, hours=23)
    shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    pass_time(days=2)
    assert _status(shop, dispute_id) == "under_review"
    pass_time(days=2)
    assert _status(shop, dispute_id) == "won"


@pytest.mark.parametrize("evidence", [{"text": "losing_evidence"}, {"files": [{"note": "my losing_evidence here"}]}])
def test_losing_evidence_loses(shop: Shop, pass_time: Any, evidence: dict[str, Any]) -> None:
    dispute_id = _opened(shop)
    shop.act(f"/disputes/{dispute_id}/evidence", {"evidence": evidence})
    pass_time(days=3, minutes=1)
    assert _status(shop, dispute_id) == "lost"


def test_a_rule_decides_before_the_evidence_does(shop: Shop, pass_time: Any) -> None:
    shop.post("/api/v1/sandbox/rules", {"flow": "dispute", "outcome": "won", "match": {"metadata": {"shop": "north"}}})
    shop.post("/api/v1/sandbox/rules", {"flow": "dispute", "outcome": "lost", "uses": 1, "match": {"maxAmount": 100, "method": "card"}})
    won = _opened(shop, shop.paid(metadata={"shop": "north"}))
    lost = _opened(shop, shop.paid(amount=100))
    own = _opened(shop, shop.paid(amount=100, metadata={"shop": "south"}))
    shop.act(f"/disputes/{won}/evidence", {"evidence": {"text": "losing_evidence"}})
    for known in (lost, own):
        shop.act(f"/disputes/{known}/evidence", EVIDENCE)
    pass_time(days=3, minutes=1)
    assert [_status(shop, known) for known in (won, lost, own)] == ["won", "lost", "won"]


def test_a_rule_does_not_save_who_never_answered(shop: Shop, pass_time: Any) -> None:
    shop.post("/api/v1/sandbox/rules", {"flow": "dispute", "outcome": "won"})
    dispute_id = _opened(shop)
    pass_time(days=8)
    assert _status(shop, dispute_id) == "lost"


@pytest.mark.parametrize("evidence", [None, {}, [], "text", 5, {"a": "x" * 17_000}, {"a": 1e400}])
def test_evidence_that_is_none_is_refused_by_name(shop: Shop, evidence: Any) -> None:
    dispute_id = _opened(shop)
    raw = json.dumps({"evidence": evidence}).replace("Infinity", "1e400")
    response = shop.act(f"/disputes/{dispute_id}/evidence", raw)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "evidence")
    assert _status(shop, dispute_id) == "needs_response"


def test_evidence_twice_is_refused(shop: Shop) -> None:
    dispute_id = _opened(shop)
    shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    again = shop.act(f"/disputes/{dispute_id}/evidence", {"evidence": {"more": "text"}})
    assert (again.status_code, again.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert shop.data(f"/disputes/{dispute_id}")["evidence"] == EVIDENCE["evidence"]


@pytest.mark.parametrize("is_answered", [False, True])
def test_accept_gives_the_amount_to_the_bank(shop: Shop, pass_time: Any, is_answered: bool) -> None:
    dispute_id = _opened(shop)
    if is_answered:
        shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    available = _money(shop.merchant)[0]
    response = shop.act(f"/disputes/{dispute_id}/accept")
    assert (response.status_code, response.json()["message"]) == (200, "Dispute accepted")
    data = response.json()["data"]
    assert (data["status"], data["closedAt"]) == ("accepted", data["updatedAt"]) and data == shop.data(f"/disputes/{dispute_id}")
    assert _money(shop.merchant) == (available, 0, 0)
    pass_time(days=30)
    assert shop.data(f"/disputes/{dispute_id}") == data


@pytest.mark.parametrize("end", ["won", "lost", "accepted"])
def test_dispute_that_is_decided_stays_so(shop: Shop, end: str) -> None:
    dispute_id = _opened(shop)
    _ = shop.act(f"/disputes/{dispute_id}/accept") if end == "accepted" else _decide(shop, dispute_id, end)
    money = _money(shop.merchant)
    for response in (
        shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE),
        shop.act(f"/disputes/{dispute_id}/accept"),
        _decide(shop, dispute_id, "won"),
        _decide(shop, dispute_id, "lost"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert (_status(shop, dispute_id), _money(shop.merchant)) == (end, money)


@pytest.mark.parametrize("is_answered", [False, True])
@pytest.mark.parametrize(("outcome", "pending"), [("won", 100_000), ("lost", 0)])
def test_decide_ends_an_open_dispute_now(shop: Shop, is_answered: bool, outcome: str, pending: int) -> None:
    dispute_id = _opened(shop)
    if is_answered:
        shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    available = _money(shop.merchant)[0]
    response = _decide(shop, dispute_id, outcome)
    assert (response.status_code, response.json()["data"]["status"]) == (200, outcome)
    assert response.json()["data"] == shop.data(f"/disputes/{dispute_id}")
    assert _money(shop.merchant) == (available, pending, 0)


@pytest.mark.parametrize("body", [{}, {"outcome": "accepted"}, {"outcome": None}, {"outcome": ["won"]}, {"outcome": ""}])
def test_decide_without_a_known_outcome_is_refused(shop: Shop, body: dict[str, Any]) -> None:
    response = shop.post(f"/api/v1/sandbox/disputes/{_opened(shop)}/decide", body)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "outcome")


def test_payment_can_be_disputed_again_after_it_was_won(shop: Shop) -> None:
    payment_id = shop.paid()
    _decide(shop, _opened(shop, payment_id), "won")
    _decide(shop, _opened(shop, payment_id), "lost")
    assert [row["status"] for row in shop.data("/disputes", {"paymentId": payment_id})["disputes"]] == ["lost", "won"]
    assert shop.data(f"/payments/{payment_id}")["disputedAmount"] == "1000.00"


def test_dispute_writes_its_events_and_audit_entries(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid()
    dispute_id = _opened(shop, payment_id, amount=10, reason="duplicate")
    shop.act(f"/disputes/{dispute_id}/evidence", EVIDENCE)
    pass_time(days=3, minutes=1)
    told = [(event.type, json.loads(event.data)["status"]) for event in Event.objects.filter(subject_id=dispute_id).order_by("pk")]
    assert told == [("dispute.opened", "needs_response"), ("dispute.answered", "under_review"), ("dispute.closed", "won")]
    seen = json.loads(Event.objects.filter(subject_id=dispute_id).latest("pk").data)
    assert seen.pop("payment")["id"] == seen["paymentId"]
    assert seen == shop.data(f"/disputes/{dispute_id}")
    entries = AuditEntry.objects.filter(resource_id=dispute_id).order_by("pk")
    assert [(entry.action, json.loads(entry.details)) for entry in entries] == [
        ("dispute.opened", {"paymentId": payment_id, "reason": "duplicate", "amount": "10.00"}),
        ("dispute.moved", {"paymentId": payment_id, "from": "needs_response", "to": "under_review"}),
        ("dispute.moved", {"paymentId": payment_id, "from": "under_review", "to": "won"}),
    ]


@pytest.fixture
def poor(merchant: Merchant) -> Shop:
    """A shop whose one payment of 1000 has settled as 971, and who has paid 900 of it out."""
    shop = Shop(make_merchant(rupees=0))
    shop.paid(amount=1000)
    shop.post("/api/v1/sandbox/clock/advance", {"seconds": 14 * 86_400})
    shop.merchant.refresh_from_db()
    assert Api(shop.merchant).payout(amount="900").status_code == 201
    return shop


def test_dispute_may_push_the_balance_below_zero(poor: Shop) -> None:
    payment = Payment.objects.get()
    dispute_id = _opened(poor, str(payment.pk))
    assert _money(poor.merchant) == (7_100 - 100_000, 0, 100_000)
    api = Api(poor.merchant)
    assert api.get("/balance").json()["data"] == {"balance": "-29.00", "lockedBalance": "900.00", "availableBalance": "0.00"}
    refused = api.payout(amount="1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INSUFFICIENT_BALANCE")
    other = poor.paid(amount=50)
    assert poor.act(f"/payments/{other}/refunds").status_code == 201  # pending still has its amount
    assert poor.act(f"/payments/{poor.paid(amount=50)}/refunds", {"amount": 50}).status_code == 201
    _decide(poor, dispute_id, "lost")
    assert _money(poor.merchant) == (7_100 - 100_000, 0, 0)


def test_dispute_won_after_settlement_settles_again(poor: Shop) -> None:
    dispute_id = _opened(poor, str(Payment.objects.get().pk))
    _decide(poor, dispute_id, "won")
    assert _money(poor.merchant) == (7_100 - 100_000, 100_000, 0)
    poor.post("/api/v1/sandbox/clock/advance", {"seconds": 14 * 86_400})
    assert _money(poor.merchant) == (7_100, 0, 0)


def test_refund_below_zero_is_refused(poor: Shop) -> None:
    payment_id = str(Payment.objects.get().pk)
    _opened(poor, payment_id, amount=500)
    refused = poor.act(f"/payments/{payment_id}/refunds", {"amount": 1})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INSUFFICIENT_BALANCE")


def test_dispute_takes_what_is_pending_first(shop: Shop, available: Callable[[], tuple[int, int]]) -> None:
    shop.paid(amount=500)
    before = available()[0]
    _opened(shop, amount=1000)
    assert (available()[0], _money(shop.merchant)[1:]) == (before, (50_000, 100_000))
