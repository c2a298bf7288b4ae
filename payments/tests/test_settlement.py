"""Settlement over HTTP on a clock that is moved: when, how much, and that it adds up."""

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.models import Merchant
from payments.models import SettlementItem
from payments.tests.clearing import MONEY, Desk, ledger, summed
from payments.tests.conftest import Shop
from webhooks.models import Event

MONDAY = "2026-03-02T09:00+05:00"
_CUTOFF = "T12:00:00.000Z"  # 17:00 in Karachi


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A Monday morning in Karachi."""
    return Desk(shop, MONDAY)


def _one(desk: Desk) -> Any:
    [batch] = desk.batches()
    return batch


def _proven(desk: Desk, settlement_id: str) -> list[Any]:
    """The lines, which are the file's rows, the settlement's sums and the ledger's transfers."""
    lines, told = desk.lines(settlement_id), desk.shop.data(f"/settlements/{settlement_id}")
    assert desk.file(settlement_id) == lines
    sums = summed(lines)
    assert all(Decimal(line["net"]) == Decimal(line["amount"]) - Decimal(line["fee"]) - Decimal(line["tax"]) for line in lines)
    assert (len(lines), sums["net"], sums["fee"], sums["tax"]) == (
        told["itemCount"],
        *(Decimal(told[name]) for name in ("net", "fee", "tax")),
    )
    assert sums["amount"] == Decimal(told["gross"]) - Decimal(told["deducted"]) + Decimal(told["funded"])
    assert ledger(settlement_id) == {"available": sums["net"], "fees": sums["fee"] + sums["tax"]}
    return lines


@pytest.mark.parametrize(
    ("paid_at", "terms", "settles_at"),
    [
        ("2026-03-02T09:00+05:00", {}, f"2026-03-03{_CUTOFF}"),  # Monday, T+1
        ("2026-03-02T16:59:59+05:00", {"delayDays": 0}, f"2026-03-02{_CUTOFF}"),
        ("2026-03-02T17:00+05:00", {"delayDays": 0}, f"2026-03-03{_CUTOFF}"),  # at the cut-off is after it
        ("2026-03-02T09:00+05:00", {"cutoff": "08:30"}, "2026-03-04T03:30:00.000Z"),
        ("2026-03-02T09:00+05:00", {"delayDays": 5}, f"2026-03-09{_CUTOFF}"),  # over a weekend
        ("2026-03-06T18:00+05:00", {}, f"2026-03-10{_CUTOFF}"),  # Friday evening is Monday's
        ("2026-08-13T09:00+05:00", {}, f"2026-08-17{_CUTOFF}"),  # Friday is Independence Day in Pakistan
        ("2026-08-13T09:00+05:00", {"country": "KE"}, "2026-08-14T14:00:00.000Z"),  # and a working day in Kenya
        ("2026-01-23T09:00+05:30", {"country": "IN"}, "2026-01-27T11:30:00.000Z"),  # Monday is Republic Day in India
        ("2026-09-30T09:00+01:00", {"country": "NG"}, "2026-10-02T16:00:00.000Z"),  # Thursday is Independence Day in Nigeria
        ("2026-08-13T09:00+00:00", {"country": ""}, "2026-08-14T17:00:00.000Z"),  # weekends only, UTC
    ],
)
def test_payment_settles_at_the_cutoff_of_its_business_day(shop: Shop, paid_at: str, terms: dict[str, Any], settles_at: str) -> None:
    desk = Desk(shop, paid_at)
    desk.plan(**terms)
    shop.paid()
    told = desk.upcoming()
    assert (told["itemCount"], told["amount"], told["nextSettlementAt"]) == (1, "1000.00", settles_at)
    desk.until(settles_at.replace(":00.000Z", ":00+00:00"))
    batch = _one(desk)
    assert (batch["createdAt"], batch["itemCount"], batch["gross"]) == (settles_at, 1, "1000.00")
    assert desk.upcoming() == {
        "currency": "PKR", "itemCount": 0, "amount": "0.00", "fee": "0.00", "tax": "0.00", "net": "0.00", "nextSettlementAt": None,
    }  # fmt: skip
    _proven(desk, batch["id"])


def test_settlement_a_moment_before_its_cutoff_has_not_come(desk: Desk) -> None:
    desk.shop.paid()
    desk.until("2026-03-03T16:59:59+05:00")
    assert desk.batches() == []
    desk.until("2026-03-03T17:00+05:00")
    assert len(desk.batches()) == 1


def test_settlement_takes_fee_and_tax_and_leaves_the_rest_available(desk: Desk) -> None:
    desk.plan(feeFixed="3.00", feePercent="2.5", feeMinimum="10.00", taxPercent="16")
    for amount in ("1000.00", "99.99", "12345.67"):
        desk.shop.paid(amount=amount)
    before = MerchantBalance.objects.get(currency="PKR")
    desk.until("2026-03-03T17:00+05:00")
    batch = _one(desk)
    lines = _proven(desk, batch["id"])
    assert [(line["amount"], line["fee"], line["tax"], line["net"]) for line in lines] == [
        ("1000.00", "28.00", "4.48", "967.52"),
        ("99.99", "10.00", "1.60", "88.39"),
        ("12345.67", "311.64", "49.86", "11984.17"),
    ]
    assert {name: batch[name] for name in MONEY} == {
        "gross": "13445.66", "deducted": "0.00", "funded": "0.00", "fee": "349.64", "tax": "55.94", "net": "13040.08",
    }  # fmt: skip
    after = MerchantBalance.objects.get(currency="PKR")
    assert (after.available - before.available, after.pending, before.pending) == (1304008, 0, 1344566)
    [told] = Event.objects.filter(type="settlement.created")
    assert told.subject_id.hex == batch["id"].replace("-", "")


def test_batch_below_the_minimum_waits_and_comes_with_the_next(desk: Desk) -> None:
    desk.plan(minimum="1500.00", feePercent="0", delayDays=0)
    desk.shop.paid(amount="1000.00")
    desk.until("2026-03-02T17:00+05:00")
    assert desk.batches() == [] and desk.upcoming()["nextSettlementAt"] == f"2026-03-03{_CUTOFF}"
    desk.until("2026-03-03T09:00+05:00")
    desk.shop.paid(amount="499.99")
    desk.until("2026-03-03T17:00+05:00")
    assert desk.batches() == [] and desk.upcoming()["itemCount"] == 2
    desk.until("2026-03-04T09:00+05:00")
    desk.shop.paid(amount="0.01")
    desk.until("2026-03-04T17:00+05:00")
    batch = _one(desk)
    assert (batch["itemCount"], batch["net"]) == (3, "1500.00")
    _proven(desk, batch["id"])


def test_refund_before_settlement_comes_in_the_payments_batch(desk: Desk) -> None:
    desk.plan(delayDays=3)
    payment = desk.shop.paid(amount="1000.00")
    desk.until("2026-03-03T09:00+05:00")
    refund = desk.refund(payment, "400.00")
    desk.until("2026-03-05T17:00+05:00")
    batch = _one(desk)
    assert (batch["gross"], batch["deducted"], batch["fee"], batch["net"]) == ("1000.00", "400.00", "25.00", "571.00")
    lines = _proven(desk, batch["id"])
    assert [(line["type"], line["subjectId"], line["paymentId"], line["amount"], line["fee"]) for line in lines] == [
        ("payment", payment, payment, "1000.00", "25.00"),
        ("refund", refund, payment, "-400.00", "0.00"),
    ]


def test_refund_after_settlement_is_paid_by_the_balance_and_comes_at_the_next_cutoff(desk: Desk) -> None:
    payment = desk.shop.paid(amount="1000.00")
    desk.until("2026-03-04T09:00+05:00")
    desk.refund(payment, "400.00")
    desk.until("2026-03-04T17:00+05:00")
    _, batch = desk.batches()
    assert {name: batch[name] for name in MONEY} == {
        "gross": "0.00", "deducted": "400.00", "funded": "400.00", "fee": "0.00", "tax": "0.00", "net": "0.00",
    }  # fmt: skip
    assert [line["type"] for line in _proven(desk, batch["id"])] == ["funding", "refund"]


def test_failed_refund_comes_back_with_its_payment_and_not_before(desk: Desk) -> None:
    desk.plan(delayDays=3)
    payment = desk.shop.paid(amount="1000.00")
    desk.refund(payment, "1000.00", **{"X-Mock-Scenario": "failed"})
    desk.until("2026-03-04T18:00+05:00")
    assert desk.batches() == [], "a refund that failed made a payment of T+3 available earlier"
    desk.until("2026-03-05T17:00+05:00")
    batch = _one(desk)
    assert [line["type"] for line in _proven(desk, batch["id"])] == ["payment", "refund", "refund_failure"]
    assert (batch["gross"], batch["deducted"], batch["net"]) == ("1000.00", "0.00", "971.00")


def test_failed_refund_of_a_settled_payment_comes_back_at_the_next_cutoff(desk: Desk) -> None:
    payment = desk.shop.paid(amount="1000.00")
    desk.until("2026-03-04T09:00+05:00")
    desk.refund(payment, "300.00", **{"X-Mock-Scenario": "failed"})
    desk.until("2026-03-04T17:00+05:00")
    _, batch = desk.batches()
    assert (batch["deducted"], batch["funded"], batch["net"]) == ("0.00", "300.00", "300.00")
    _proven(desk, batch["id"])


@pytest.mark.parametrize(("outcome", "returned"), [("won", "250.00"), ("lost", None)])
def test_dispute_is_withheld_and_returns_only_when_won(desk: Desk, outcome: str, returned: str | None) -> None:
    payment = desk.shop.paid(amount="1000.00")
    dispute = desk.dispute(payment, amount="250.00")
    desk.until("2026-03-03T17:00+05:00")
    first = _one(desk)
    assert [(line["type"], line["amount"]) for line in _proven(desk, first["id"])] == [("payment", "1000.00"), ("dispute", "-250.00")]
    desk.control("POST", f"/disputes/{dispute}/decide", {"outcome": outcome}, status=200)
    desk.until("2026-03-10T17:00+05:00")
    later = desk.batches()[1:]
    assert [(batch["gross"], batch["deducted"], batch["net"]) for batch in later] == ([("0.00", "-250.00", returned)] if returned else [])
    for batch in later:
        assert [line["type"] for line in _proven(desk, batch["id"])] == ["dispute_won"]


def test_everything_is_in_exactly_one_batch(desk: Desk) -> None:
    """Two weeks of payments, refunds and disputes in two currencies."""
    payments = []
    for day in range(2, 14):
        for number, currency in enumerate(("PKR", "USD", "PKR")):
            payments.append(desk.shop.paid(amount=f"{500 + day * 10 + number}.{day:02d}", currency=currency))
        if day % 2:
            desk.refund(payments[-1], "100.00", **({"X-Mock-Scenario": "failed"} if day % 4 == 1 else {}))
        if day % 5 == 0:
            desk.dispute(payments[-2], amount="50.00")
        desk.until(f"2026-03-{day + 1:02d}T09:00+05:00")
    desk.until("2026-03-31T23:00+05:00")
    seen = [line["id"] for batch in desk.batches(limit=100) for line in _proven(desk, batch["id"])]
    assert len(seen) == len(set(seen)) == SettlementItem.objects.count()
    assert not SettlementItem.objects.filter(settlement=None).exists()
    subjects = set(SettlementItem.objects.values_list("subject_id", flat=True))
    assert {str(subject) for subject in subjects} >= set(payments)
    pkr, usd = desk.batches(currency="pkr", limit=100), desk.batches(currency="USD", limit=100)
    assert pkr and usd and len(pkr) + len(usd) == len(desk.batches(limit=100))
    for batches in (pkr, usd):
        assert all(before["createdAt"] < after["createdAt"] for before, after in pairwise(batches))
    assert MerchantBalance.objects.filter(pending=0).count() == 2
    assert list(findings()) == []


def test_payment_all_refunded_leaves_its_fee_to_the_balance(desk: Desk) -> None:
    before = MerchantBalance.objects.get().available
    desk.refund(desk.shop.paid(amount="1000.00"), "1000.00")
    desk.until("2026-03-03T17:00+05:00")
    batch = _one(desk)
    assert (batch["gross"], batch["deducted"], batch["fee"], batch["tax"], batch["net"]) == (
        "1000.00",
        "1000.00",
        "25.00",
        "4.00",
        "-29.00",
    )
    assert before - MerchantBalance.objects.get().available == 2900
    _proven(desk, batch["id"])


def test_payment_all_refunded_waits_for_payments_on_their_way(desk: Desk) -> None:
    desk.refund(desk.shop.paid(amount="1000.00"), "1000.00")
    desk.until("2026-03-02T18:00+05:00")
    desk.shop.paid(amount="500.00")
    desk.until("2026-03-03T18:00+05:00")
    assert desk.batches() == []
    desk.until("2026-03-04T17:00+05:00")
    assert (_one(desk)["itemCount"], _one(desk)["net"]) == (3, "456.50")
    _proven(desk, _one(desk)["id"])


def test_payment_all_refunded_of_an_empty_balance_waits(stranger: Merchant) -> None:
    MerchantBalance.objects.all().delete()
    desk = Desk(Shop(stranger), MONDAY)
    desk.refund(desk.shop.paid(amount="1000.00"), "1000.00")
    desk.until("2026-03-05T09:00+05:00")
    assert desk.batches() == [] and desk.upcoming()["net"] == "-29.00"
    desk.shop.paid(amount="100.00")
    desk.until("2026-03-06T17:00+05:00")
    assert _one(desk)["net"] == "68.10"


@pytest.mark.broken_ledger
def test_run_that_fails_while_time_goes_on_is_tried_again_each_cutoff(desk: Desk) -> None:
    desk.shop.paid(amount="1000.00")
    MerchantBalance.objects.update(pending=0)
    desk.until("2026-03-10T18:00+05:00")
    assert desk.batches() == [] and desk.upcoming()["nextSettlementAt"] == f"2026-03-11{_CUTOFF}"
    MerchantBalance.objects.update(pending=100_000)
    desk.until("2026-03-11T18:00+05:00")
    _proven(desk, _one(desk)["id"])
    assert list(findings()) == []


def test_run_now_settles_what_has_matured_and_all_settles_everything(desk: Desk) -> None:
    desk.plan(minimum="5000.00")
    desk.shop.paid(amount="1000.00")
    desk.until("2026-03-03T18:00+05:00")
    desk.shop.paid(amount="200.00")
    assert desk.control("POST", "/settlements/run", {}, status=200) == {"settlements": []}
    desk.plan(minimum="0")
    [matured] = desk.control("POST", "/settlements/run", {"currency": "PKR"}, status=200)["settlements"]
    assert (matured["gross"], matured["createdAt"]) == ("1000.00", "2026-03-03T13:00:00.000Z")
    assert desk.upcoming()["nextSettlementAt"] == f"2026-03-05{_CUTOFF}"
    desk.plan(minimum="5000.00")
    desk.shop.paid(amount="10.00", currency="USD")
    assert desk.control("POST", "/settlements/run", {"currency": "USD"}, status=200) == {"settlements": []}
    ran = desk.control("POST", "/settlements/run", {"all": True}, status=200)["settlements"]
    assert [(batch["currency"], batch["gross"]) for batch in ran] == [("PKR", "200.00"), ("USD", "10.00")]
    assert desk.control("POST", "/settlements/run", {"all": True}, status=200) == {"settlements": []}
    for batch in desk.batches():
        _proven(desk, batch["id"])


@pytest.mark.parametrize(("amounts", "net"), [(("300.00", "400.00"), "271.00"), (("900.00", "950.00"), None)])
def test_run_now_right_after_refunds_takes_no_more_than_is_there(desk: Desk, amounts: tuple[str, str], net: str | None) -> None:
    """Refunds settle at the next cut-off; a run before it may not settle the money they took."""
    desk.plan(delayDays=0)
    payments = [desk.shop.paid(amount="1000.00")]
    desk.until("2026-03-02T18:00+05:00")
    desk.plan(minimum="5000.00")
    payments.append(desk.shop.paid(amount="1000.00"))
    desk.until("2026-03-03T18:00+05:00")
    for payment, amount in zip(payments, amounts, strict=True):
        desk.refund(payment, amount)
    desk.plan(minimum="0")
    ran = desk.control("POST", "/settlements/run", {}, status=200)["settlements"]
    assert [batch["net"] for batch in ran] == ([net] if net else [])
    desk.until("2026-03-04T17:00+05:00")
    assert desk.upcoming()["itemCount"] == 0
    for batch in desk.batches():
        _proven(desk, batch["id"])


@pytest.mark.parametrize(
    ("body", "field"),
    [({"currency": "pkr"}, "currency"), ({"currency": 5}, "currency"), ({"all": "yes"}, "all"), ({"al": True}, "al"), ({"all": 1}, "all")],
)
def test_run_now_refuses_by_name(desk: Desk, body: dict[str, Any], field: str) -> None:
    assert desk.control("POST", "/settlements/run", body, status=400)["X-MyPay-Error-Field"] == field


def _command(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("settle", *arguments)
    return capsys.readouterr().out


def test_command_settles_what_has_matured_or_everything(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    whose = ("--merchant", desk.merchant.email.upper())
    desk.shop.paid(amount="1000.00")
    assert _command(capsys, *whose) == "nothing to settle\n"
    assert _command(capsys, *whose, "--all", "--currency", "USD") == "nothing to settle\n"
    told = json.loads(_command(capsys, *whose, "--all", "--json"))
    assert told == {"settlements": [_one(desk)]} and told["settlements"][0]["net"] == "971.00"
    desk.shop.paid(amount="100.00")
    assert _command(capsys, *whose, "--all").endswith(": PKR 97.10 of 1 items\n")
    assert json.loads(_command(capsys, *whose, "--json")) == {"settlements": []}


def test_command_refuses_an_unknown_merchant_and_all_of_a_live_one(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no merchant has"):
        call_command("settle", "--merchant", "nobody@shop.example")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("settle", "--merchant", desk.merchant.email, "--currency", "XYZ")
    Merchant.objects.filter(pk=desk.merchant.pk).update(environment="live")
    with pytest.raises(CommandError, match="sandbox"):
        call_command("settle", "--merchant", desk.merchant.email, "--all")
    assert _command(capsys, "--merchant", desk.merchant.email) == "nothing to settle\n"
