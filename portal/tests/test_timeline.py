"""An object's timeline: everything that was written about it, in order, at the cost of a few queries."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.request_log import RequestLog
from conftest import Api
from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import clock, scheduling
from payments.models import Dispute, Payment, Refund, Settlement
from payments.services.open_dispute import open_dispute
from payments.services.plant_breaks import plant_breaks
from payments.services.settle_now import settle_now
from payments.states import BreakKind, DisputeReason
from payments.tests.acts import paid, refund
from payments.tests.conftest import Payer, Shop
from payouts.models import Payout
from payouts.tests.factories import make_directory
from portal.timeline import Fact, Moment, timeline
from sandbox.services.clock import advance
from webhooks.standard import signature
from webhooks.tests.receiver import Receiver, receiver  # noqa: F401


@pytest.fixture(autouse=True)
def directory(db: None) -> None:
    make_directory()


@pytest.fixture
def shop(merchant: Merchant) -> Shop:
    return Shop(merchant)


def sources(moments: list[Moment]) -> list[tuple[list[str], list[str]]]:
    """Titles and sources, but for the deliveries to the checkout's own URL, where nobody answers."""
    told = [(moment.titles, [fact.source for fact in moment.facts if fact.source != "Delivery"]) for moment in moments]
    return [(titles, found) for titles, found in told if found]


def facts(moments: list[Moment], source: str) -> list[Fact]:
    return [fact for moment in moments for fact in moment.facts if fact.source == source]


def work() -> None:
    while scheduling.sweep():
        pass


def later(merchant: Merchant) -> None:
    """The merchant's next minute, so that each act is a moment of its own."""
    merchant.refresh_from_db()
    advance(merchant=merchant, by=timedelta(minutes=1))
    merchant.refresh_from_db()


def dispute_of(payment: Payment) -> Dispute:
    found = Payment.objects.select_related("merchant", "checkout__merchant").get(pk=payment.pk)
    return open_dispute(payment=found, amount=2_000, reason=DisputeReason.FRAUDULENT, at=clock.now(found.merchant))


def test_payment_tells_its_checkout_its_money_its_refund_and_its_dispute_in_order(
    merchant: Merchant, shop: Shop, request_log: RequestLog
) -> None:
    checkout = shop.opened(reference="ORDER-1", paymentMethod="card")
    later(merchant)
    Payer().card(checkout, "4242424242424242")
    payment = Payment.objects.get(checkout_id=UUID(checkout))
    later(merchant)
    shop.act(f"/payments/{payment.pk}/refunds", {"amount": "10.00"})
    later(merchant)
    dispute_of(payment)
    later(merchant)
    settle_now(merchant=merchant, everything=True)
    request_log.flush()
    told = timeline(merchant, payment)
    assert sources(told) == [
        (["Checkout created"], ["API", "State", "Event"]),
        (["Captured"], ["State", "Ledger", "Rail", "Event"]),
        (["Refund created"], ["API", "State", "Ledger", "Event"]),
        (["Refund succeeded"], ["State", "Rail", "Event"]),
        (["Dispute opened"], ["State", "Ledger", "Event"]),
        (["Settled"], ["Ledger"]),
    ]
    assert [moment.at for moment in told] == sorted(moment.at for moment in told)
    assert sources(timeline(merchant, payment.checkout)) == sources(told)
    [back], [dispute], [batch] = Refund.objects.all(), Dispute.objects.all(), Settlement.objects.all()
    assert [moment.titles for moment in timeline(merchant, back)] == [["Refund created"], ["Refund succeeded"]]
    assert [moment.titles for moment in timeline(merchant, dispute)] == [["Dispute opened"], ["Lost, unless it is answered"]]
    assert [moment.titles for moment in timeline(merchant, batch)] == [["Settled"]]


def test_api_call_can_be_read_and_sent_again_but_for_its_key(merchant: Merchant, api: Api, request_log: RequestLog) -> None:
    api.payout(merchantReference="ORDER-1", metadata={"pin": "4711", "note": "it's"})
    request_log.flush()
    [call] = facts(timeline(merchant, Payout.objects.get()), "API")
    assert call.text == "POST /api/v1/payouts answered 201" and call.exchange is not None
    assert '"merchantReference": "ORDER-1"' in call.exchange.request_body and '"status": "PENDING"' in call.exchange.response_body
    assert "curl -X POST" in call.exchange.curl and "$MYPAY_KEY" in call.exchange.curl
    shown = "".join((call.exchange.curl, call.exchange.request_headers, call.exchange.request_body, call.exchange.response_body))
    assert api.key not in shown and "4711" not in shown


def test_attempt_shows_what_was_signed(merchant: Merchant, api: Api, receiver: Receiver) -> None:  # noqa: F811
    made = api.post("/webhooks/endpoints", {"url": receiver.url, "events": ["payout.created"]}).json()["data"]
    receiver.statuses = [500]
    api.payout()
    work()
    advance(merchant=merchant, by=timedelta(hours=1))
    merchant.refresh_from_db()
    told = timeline(merchant, Payout.objects.get())
    owed, *tried = facts(told, "Delivery")
    assert owed.text.endswith(": answered") and "2 tries" in owed.note
    assert [(fact.is_bad, fact.exchange.status if fact.exchange else None) for fact in tried] == [(True, 500), (False, 200)]
    exchange = tried[-1].exchange
    assert exchange is not None
    event_id, stamp, body = exchange.base_string.split(".", 2)
    assert exchange.signature == signature(made["secret"], event_id, int(stamp), body.encode())
    assert {"Webhook failed", "Webhook answered"} <= {title for moment in told for title in moment.titles}
    assert made["secret"] not in str(exchange)


def test_payout_that_is_paid_has_the_rails_reference(merchant: Merchant, api: Api) -> None:
    api.payout()
    work()
    payout = Payout.objects.get()
    [answer] = facts(timeline(merchant, payout), "Rail")
    assert answer.note == f"PSP reference {payout.psp_reference}"


def test_failed_payment_tells_why(merchant: Merchant) -> None:
    [answer] = facts(timeline(merchant, paid(merchant, scenario="insufficient_funds")), "Rail")
    assert answer.is_bad and answer.text == "INSUFFICIENT_FUNDS: Insufficient funds in wallet"
    assert answer.note == "Decided by: request header"


def test_planted_mistake_is_not_told(merchant: Merchant) -> None:
    for _ in range(3):
        paid(merchant)
    [batch] = settle_now(merchant=merchant, everything=True)
    before = timeline(merchant, batch)
    plant_breaks(merchant=merchant, settlement_id=str(batch.pk), kinds=[BreakKind.MISSING_LINE])
    assert timeline(merchant, batch) == before


def test_anothers_rows_about_the_same_id_are_not_told(merchant: Merchant, api: Api) -> None:
    """Anybody may fire an event of any id."""
    api.payout()
    payout = Payout.objects.get()
    other = make_merchant()
    top_up(merchant=other, currency="PKR", amount=1)
    before = timeline(merchant, payout)
    Api(other).post("/webhooks/trigger", {"type": "payout.updated", "subjectId": str(payout.pk)})
    assert timeline(merchant, payout) == before


def test_timeline_with_more_rows_asks_no_more_queries(
    merchant: Merchant,
    shop: Shop,
    request_log: RequestLog,
    receiver: Receiver,  # noqa: F811
) -> None:
    shop.post("/api/v1/webhooks/endpoints", {"url": receiver.url, "events": ["*"]})
    payment = Payment.objects.select_related("checkout").get(pk=shop.paid())

    def grow(count: int) -> None:
        for _ in range(count):
            shop.act(f"/payments/{payment.pk}/refunds", {"amount": "1.00"})
            dispute_of(payment)
        work()
        request_log.flush()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            timeline(merchant, payment)
        return len(captured)

    grow(1)
    few = queries()
    grow(5)
    assert queries() == few <= 10


def test_hostile_text_in_a_timeline_shows_as_text(client: Client, merchant: Merchant, shop: Shop, request_log: RequestLog) -> None:
    hostile = "</pre><script>alert(1)</script>"
    payment = shop.paid(reference=hostile, metadata={hostile: hostile})
    shop.act(f"/payments/{payment}/refunds", {"reason": hostile})
    request_log.flush()
    client.force_login(merchant.members.select_related("user").get().user)
    page = client.get(f"/portal/payments/{payment}").content.decode()
    assert "<script>alert" not in page and page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 5


def test_page_has_the_timeline_with_its_buttons(client: Client, merchant: Merchant, shop: Shop, request_log: RequestLog) -> None:
    payment = shop.paid()
    request_log.flush()
    client.force_login(merchant.members.select_related("user").get().user)
    page = client.get(f"/portal/payments/{payment}").content.decode()
    assert "Copy as curl" in page and not re.search(r"\sstyle=|\son\w+=|<script>", page)
    assert client.get(f"/portal/payments/{uuid4()}").status_code == 404
    assert UUID(payment)


def test_refund_of_an_earlier_payment_is_in_its_timeline(merchant: Merchant) -> None:
    payment = paid(merchant)
    refund(payment, scenario="failed")
    later(merchant)
    answers = facts(timeline(merchant, payment), "Rail")
    assert "The payer's bank refused the refund" in [fact.text for fact in answers]
