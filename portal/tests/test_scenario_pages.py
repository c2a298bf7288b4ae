"""Scenarios: the rules, the next one, try it, webhook tricks."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.models import Merchant
from payments.models import Checkout
from payments.services.create import create_checkout
from payouts.models import Payout
from portal.tests.conftest import MakePayout
from sandbox.models import Rule
from sandbox.services.rules import add_rule
from sandbox.states import Flow, Outcome
from webhooks.models import TrickRule

INJECTION = "<script>alert('x')</script>{{ 7|add:7 }}"
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;{{ 7|add:7 }}"
Shown = Callable[[str], str]


@pytest.fixture
def shown(signed_in: Client) -> Shown:
    """A page's text."""
    return lambda path: signed_in.get(path).content.decode()


def test_add_rule_in_the_form_decides_the_next_payout(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    sent = {"outcome": "failed", "ends_with": "0001", "from_amount": "500", "reason": "Closed", "delay_seconds": "1.5", "priority": 5}
    response = signed_in.post("/portal/scenarios/rules/new?flow=payout", sent)
    assert response["Location"] == "/portal/scenarios?flow=payout"
    rule = Rule.objects.get()
    assert (rule.match, rule.delay_ms, rule.priority, rule.uses_left) == ({"numberEndsWith": "0001", "minAmount": "500"}, 1500, 5, None)
    merchant.refresh_from_db()
    assert make_payout(merchant).scenario["outcome"] == "failed"  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": "won"}, "outcome"),
        ({"amount": "-1"}, "amount"),
        ({"to_amount": "much"}, "to_amount"),
        ({"metadata": "no pair"}, "metadata"),
        ({"delay_seconds": "-1"}, "delay_seconds"),
        ({"uses": "0"}, "uses"),
        ({"priority": ""}, "priority"),
        ({"code": "lower"}, "code"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_add_rule_with_a_fault_says_it_at_the_field(signed_in: Client, changes: dict[str, str], field: str) -> None:
    response = signed_in.post("/portal/scenarios/rules/new?flow=payment", {"outcome": "failed", "priority": 100, **changes})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert not Rule.objects.exists()


def test_change_rule_keeps_its_flow_and_is_audited(signed_in: Client, merchant: Merchant) -> None:
    rule = add_rule(merchant=merchant, flow=Flow.REFUND, outcome=Outcome.FAILED, match={"metadata": {"run": "7"}}, delay_ms=2000, uses=3)
    form = signed_in.get(f"/portal/scenarios/rules/{rule.pk}").context["form"]
    assert (form["metadata"].value(), form["delay_seconds"].value(), form["uses"].value()) == ("run=7", "2", 3)
    signed_in.post(f"/portal/scenarios/rules/{rule.pk}", {"outcome": "success", "metadata": "run=8", "priority": 1})
    rule.refresh_from_db()
    assert (rule.flow, rule.outcome, rule.match, rule.delay_ms, rule.uses_left) == (
        "refund",
        "success",
        {"metadata": {"run": "8"}},
        None,
        None,
    )
    assert AuditEntry.objects.filter(action=Tag.RULE_CHANGED, resource_id=str(rule.pk)).exists()


def test_queue_next_uses_it_once(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    signed_in.post("/portal/scenarios/next", {"flow": "payout", "outcome": "on_hold"})
    merchant.refresh_from_db()
    first, second = make_payout(merchant), make_payout(merchant)
    assert first.scenario and first.scenario["outcome"] == "on_hold"
    assert second.scenario is None


def test_queue_next_of_another_flow_is_refused(signed_in: Client) -> None:
    signed_in.post("/portal/scenarios/next", {"flow": "dispute", "outcome": "on_hold"})
    assert not Rule.objects.exists()


def test_remove_and_clear_rules(signed_in: Client, merchant: Merchant) -> None:
    rules = [add_rule(merchant=merchant, flow=Flow.PAYOUT, outcome=Outcome.FAILED, match={}) for _ in range(3)]
    assert signed_in.post(f"/portal/scenarios/rules/{rules[0].pk}/remove").status_code == 302
    assert Rule.objects.count() == 2
    signed_in.post("/portal/scenarios/clear")
    assert not Rule.objects.exists()


@pytest.mark.parametrize("path", ["/portal/scenarios/rules/{}", "/portal/scenarios/rules/{}/remove"])
def test_rule_of_a_stranger_is_404(signed_in: Client, stranger: Merchant, path: str) -> None:
    theirs = add_rule(merchant=stranger, flow=Flow.PAYOUT, outcome=Outcome.FAILED, match={})
    assert signed_in.post(path.format(theirs.pk), {"outcome": "failed", "priority": 1}).status_code == 404
    assert Rule.objects.get() == theirs


def test_built_in_values_are_told_with_their_steps(shown: Shown) -> None:
    page = shown("/portal/scenarios")
    assert re.search(r'<ol class="course"><li>Pending</li><li>Processing\b.*</li><li>Success\b', page)
    assert all(text in page for text in ("…0003", "PKR 100,000 and more", "pending_then_success", "Fails once, then succeeds"))
    assert all(text in shown("/portal/scenarios?flow=payment") for text in ("4242 4242 4242 4242", "03032222222", "success@mypay"))


def test_try_payout_makes_it_once_however_often_the_form_is_sent(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    make_payout(merchant)  # the directory
    sent = {"key": str(uuid4()), "amount": "25", "scenario": "failed", "account": "12345670001", "bank": "HBL"}
    first, second = (signed_in.post("/portal/scenarios/try?flow=payout", sent) for _ in range(2))
    made = Payout.objects.get(merchant_reference__startswith="TRY-")
    assert first["Location"] == second["Location"] == f"/portal/payouts/{made.pk}"
    assert (made.amount, made.scenario["outcome"]) == (2500, "failed")  # type: ignore[index]


def test_try_payout_without_money_says_so(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    make_payout(merchant)
    sent = {"key": str(uuid4()), "amount": "99999999", "account": "12345670001", "bank": "HBL"}
    response = signed_in.post("/portal/scenarios/try", sent)
    assert response.status_code == 400
    assert "nsufficient" in response.content.decode()


def test_try_checkout_links_to_the_payment_page(signed_in: Client, merchant: Merchant) -> None:
    sent = {"key": str(uuid4()), "amount": "25", "scenario": "success", "method": "card", "challenge": "otp"}
    response = signed_in.post("/portal/scenarios/try?flow=payment", sent)
    made = Checkout.objects.get(merchant=merchant)
    assert made.scenario["challenge"] == "otp"  # type: ignore[index]
    assert f"/payment/{made.pk}" in signed_in.get(response["Location"]).content.decode()


def test_try_shows_no_checkout_of_a_stranger(signed_in: Client, stranger: Merchant) -> None:
    theirs = create_checkout(merchant=stranger, body={"reference": "SECRET", "amount": 5}, lenient=True)
    assert b"SECRET" not in signed_in.get(f"/portal/scenarios/try?flow=payment&made={theirs.pk}").content


def test_add_and_remove_a_webhook_trick(signed_in: Client, shown: Shown) -> None:
    signed_in.post(
        "/portal/scenarios/tricks", {"trick": "delay", "type": "payout.*", "reference": INJECTION, "delay_seconds": 9, "uses": 2}
    )
    rule = TrickRule.objects.get()
    assert (rule.match, rule.delay_seconds, rule.uses_left) == ({"type": "payout.*", "reference": INJECTION}, 9, 2)
    assert ESCAPED in shown("/portal/scenarios?flow=webhooks")
    signed_in.post(f"/portal/scenarios/tricks/{rule.pk}/remove")
    assert not TrickRule.objects.exists()
