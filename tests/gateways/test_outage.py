"""An outage drill: one of three gateways fails for a minute of the clock; payments flow by the others, and the timeline says why."""

from typing import Any

from gateways.models import GatewayAssignment, RoutingNote
from merchants.models import Merchant
from payments.models import Checkout
from portal.timeline import timeline
from sandbox.faults import FaultKind
from sandbox.services.clock import freeze
from sandbox.services.faults import add_fault, remove_faults
from tests.gateways.conftest import Both


def _texts(three: Both, checkout_id: str) -> list[str]:
    moments: list[Any] = timeline(three.merchant, Checkout.objects.get(pk=checkout_id))
    return [f"{fact.text}: {fact.note}" for moment in moments for fact in moment.facts if fact.source == "Rail"]


def test_outage_of_one_of_three_gateways_is_gone_round_and_told(three: Both) -> None:
    freeze(merchant=three.merchant)
    three.merchant = Merchant.objects.get(pk=three.merchant.pk)
    ill = three.gateways[1]
    add_fault(merchant=ill.merchant, kind=FaultKind.RATE_LIMITED, number=1, match={})
    tried: list[str] = []
    for _ in range(15):  # five turns of each: its fifth failure in a row opens the circuit
        checkout_id = three.opened()
        tried.append(checkout_id)
        assert "/razorpay/v1/checkout/" in three.goes_to_pay(checkout_id).response.url
        assert three.gateway_of(checkout_id) is not ill
    row = GatewayAssignment.objects.get(account=ill.account)
    assert row.open_until is not None
    asked = RoutingNote.objects.filter(happening="refused").count()
    for _ in range(6):  # nobody waits for it any more
        three.goes_to_pay(three.opened())
    assert RoutingNote.objects.filter(happening="refused").count() == asked
    opened_at = RoutingNote.objects.get(happening="circuit_opened").subject_id
    story = _texts(three, str(opened_at))
    assert any(text.startswith("Circuit opened, Gateway 2: 5 failures in a row") for text in story), story
    assert any(text.startswith("Gateway refused, Gateway 2: The gateway wants fewer requests") for text in story), story
    assert not any("razorpay" in text.lower() or "emulated" in text.lower() for text in story)

    three.passes(seconds=60)
    remove_faults(merchant=ill.merchant)
    taken = set()
    for _ in range(6):
        checkout_id = three.opened()
        three.pays(three.goes_to_pay(checkout_id))
        three.works()
        assert three.state(checkout_id) == ("completed", "captured")
        taken.add(three.gateway_of(checkout_id).account.pk)
    assert taken == {gateway.account.pk for gateway in three.gateways}
    closed = RoutingNote.objects.get(happening="circuit_closed")
    assert any(text.startswith("Circuit closed, Gateway 2") for text in _texts(three, str(closed.subject_id)))
    row.refresh_from_db()
    assert (row.open_until, row.failures) == (None, 0)


def test_outage_of_unknown_fate_waits_then_goes_by_another(three: Both) -> None:
    ill = three.gateways[0]
    add_fault(merchant=ill.merchant, kind=FaultKind.ERROR_BEFORE, number=None, match={})
    checkout_id = three.opened()
    page = three.browser.open(f"{three.url}/payment/{checkout_id}")
    assert "takes longer than usual" in page.response.text and three.happenings(checkout_id) == ["chosen", "unknown"]
    remove_faults(merchant=ill.merchant)
    three.passes(minutes=1)
    three.pays(three.goes_to_pay(checkout_id))
    three.works()
    assert three.state(checkout_id) == ("completed", "captured")
