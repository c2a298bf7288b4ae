"""What RazorpayX's webhooks tell, read from the bodies that would be sent."""

import json
from typing import Any

import pytest

from emulators.razorpay.tests.conftest import Shop
from emulators.razorpayx.account import account_number
from emulators.razorpayx.tests.test_payouts import fund_account, pay
from ledger.services.top_up import top_up
from webhooks import dialects
from webhooks.models import Event
from webhooks.states import Dialect

pytestmark = pytest.mark.django_db


def _told(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    """Name and payload of every event of the dialect, in order."""
    found = []
    for event in Event.objects.filter(merchant=shop.merchant, type__regex=r"^(payout|validation)\.").order_by("pk"):
        form = dialects.form(Dialect.RAZORPAY, event.type)
        assert form is not None
        for name in form.names(event.type, json.loads(event.data)):
            told = dialects.Told(event.id, event.type, event.created_at, event.data, event.merchant, name)
            body = json.loads(form.body(told))
            assert (body["event"], body["entity"], body["contains"]) == (name, "event", list(body["payload"]))
            assert name in form.catalogue
            found.append((name, {part: held["entity"] for part, held in body["payload"].items()}))
    return found


@pytest.mark.parametrize(
    ("number", "names"),
    [
        ("12345670001", ["payout.initiated", "transaction.created", "payout.processed"]),
        ("12345670003", ["payout.initiated", "transaction.created", "payout.reversed", "transaction.created"]),
    ],
)
def test_events_of_a_payout_are_of_the_payout_as_it_was_then(shop: Shop, number: str, names: list[str]) -> None:
    top_up(merchant=shop.merchant, currency="INR", amount=500_000)
    made = pay(shop, fund_account_id=fund_account(shop, number)).json()
    shop.later(minutes=1)
    told = _told(shop)
    assert [name for name, _ in told] == names
    first, line, last = told[0][1]["payout"], told[1][1]["transaction"], told[2][1]["payout"]
    assert first == {**made, "debit_account_number": account_number(shop.merchant)}
    assert (line["debit"], line["balance"], line["source"]["id"]) == (100_000, 400_000, made["id"])
    assert {**shop.get(f"/payouts/{made['id']}"), "debit_account_number": account_number(shop.merchant)} == last
    if len(told) == 4:
        assert (told[3][1]["transaction"]["credit"], told[3][1]["transaction"]["balance"]) == (100_000, 500_000)


def test_events_of_a_queued_payout_begin_with_its_queue(shop: Shop) -> None:
    made = pay(shop, queue_if_low_balance=True).json()
    assert [(name, parts["payout"]["status"]) for name, parts in _told(shop)] == [("payout.queued", "queued")]
    top_up(merchant=shop.merchant, currency="INR", amount=500_000)
    shop.get(f"/payouts/{made['id']}")
    assert [name for name, _ in _told(shop)] == ["payout.queued", "payout.initiated", "transaction.created"]


def test_events_of_payouts_in_other_currencies_are_not_razorpays(shop: Shop, api: Any) -> None:
    assert api.payout().status_code == 201
    assert Event.objects.filter(type="payout.created").count() == 1 and _told(shop) == []


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("765432123456789", "fund_account.validation.completed"),
        ("12345670003", "fund_account.validation.completed"),
        ("12345670005", "fund_account.validation.failed"),
        ("12345670004", ""),
    ],
)
def test_event_of_a_validation_is_the_validation(shop: Shop, number: str, name: str) -> None:
    body = {"account_number": account_number(shop.merchant), "fund_account": {"id": fund_account(shop, number)}}
    made = shop.call("post", "/fund_accounts/validations", body).json()
    told = [(name, {"fund_account.validation": shop.get(f"/fund_accounts/validations/{made['id']}")})] if name else []
    assert _told(shop) == told
