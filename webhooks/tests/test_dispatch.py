"""Which events go where, once each, and what their bodies say: the standard's and the original's."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from conftest import Api
from merchants.models import Merchant
from merchants.services.create_merchant import WEBHOOK_SECRET_CONTEXT
from merchants.states import MerchantStatus
from mypay.kit.crypto import decrypt
from payments.tests.conftest import Payer, Shop
from sandbox.services.clock import freeze
from webhooks.catalogue import EventType
from webhooks.models import Delivery, Event
from webhooks.services import dispatch
from webhooks.services.dispatch import dispatch_events, wants
from webhooks.tests.conftest import Hooks, set_url, verify
from webhooks.tests.receiver import Receiver

_FILTERS = [
    ([], "payout.created", True), (["*"], "settlement.created", True), (["payout.created"], "payout.created", True),
    (["payout.created"], "payout.updated", False), (["payout.*"], "payout.updated", True), (["payout.*"], "payment.created", False),
    (["payment.*", "refund.failed"], "refund.failed", True), (["refund.failed"], "refund.succeeded", False),
]  # fmt: skip


@pytest.mark.parametrize(("patterns", "type", "wanted"), _FILTERS)
def test_filter_lets_through_types_families_and_all(patterns: list[str], type: str, wanted: bool) -> None:
    assert wants(patterns, type) is wanted


def test_event_goes_once_to_each_endpoint_that_wants_it(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    every = hooks.create(f"{receiver.url}/all")
    hooks.create(f"{receiver.url}/payouts", events=["payout.*"])
    hooks.create(f"{receiver.url}/refunds", events=["refund.*", "payout.updated"])
    Hooks(api_of(stranger)).create(f"{receiver.url}/stranger")
    event = hooks.trigger("payout.created")
    settle()
    dispatch_events([event["id"]])
    settle()
    assert sorted(call.path for call in receiver.received) == ["/hook/all", "/hook/payouts"]
    assert Delivery.objects.filter(event_id=event["id"]).count() == 2
    call = next(call for call in receiver.received if call.path == "/hook/all")
    assert call.json == {"id": event["id"], "type": "payout.created", "version": 1, "timestamp": event["createdAt"], "data": event["data"]}
    assert call.headers["webhook-id"] == event["id"] and call.headers["content-type"] == "application/json"
    verify(call, every["secret"])


def test_same_event_dispatched_by_two_goes_out_once(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    event = hooks.trigger()
    Event.objects.filter(pk=event["id"]).update(attempts=1)
    dispatch_events([event["id"]])
    Event.objects.filter(pk=event["id"]).update(due_at=Event.objects.get(pk=event["id"]).created_at)
    dispatch_events([event["id"]])
    settle()
    assert len(receiver.received) == 1


def test_own_headers_go_along_and_are_kept_without_secrets(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url, headers={"Authorization": "Bearer hush-hush", "X-Shop": "7"})
    hooks.trigger()
    settle()
    sent = receiver.received[0].headers
    assert (sent["authorization"], sent["x-shop"]) == ("Bearer hush-hush", "7")
    kept = hooks.attempts(hooks.deliveries()[0]["id"])[0]
    assert (kept["requestHeaders"]["X-Shop"], kept["requestHeaders"]["Authorization"]) == ("7", "[REDACTED]")
    assert kept["requestHeaders"]["webhook-signature"] == sent["webhook-signature"]


def _legacy_secret(merchant: Merchant) -> bytes:
    return decrypt(Merchant.objects.get(pk=merchant.pk).webhook_secret_encrypted, context=WEBHOOK_SECRET_CONTEXT).encode()


def test_payout_webhook_is_exactly_the_contracts(api: Api, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]) -> None:
    set_url(merchant, receiver.url)
    created = api.payout("12345670003").json()["data"]
    settle()
    told = {call.headers["x-mypay-event"]: call for call in receiver.received}
    assert list(told) == ["PAYOUT_CREATED", "PAYOUT_UPDATED"]
    body = told["PAYOUT_CREATED"].json
    assert list(body) == ["event", "payout", "timestamp"]
    # Absent members are null, but processedAt is left out (contract sections 0 and 2).
    assert body["payout"] == {**created, "walletCode": None, "failureReason": None, "pspReference": None}
    assert list(body["payout"]) == [
        "id", "merchantId", "merchantReference", "amount", "currency", "destType", "bankCode", "walletCode", "accountNumber",
        "accountTitle", "status", "failureReason", "pspReference", "createdAt", "updatedAt",
    ]  # fmt: skip
    updated = told["PAYOUT_UPDATED"].json["payout"]
    assert (updated["status"], updated["failureReason"]) == ("FAILED", "Account validation failed") and updated["processedAt"]
    for call in receiver.received:
        assert call.headers["x-mypay-signature"] == hmac.new(_legacy_secret(merchant), call.body, hashlib.sha256).hexdigest()
        assert call.headers["x-mypay-delivery"] and call.headers["x-mypay-timestamp"].endswith("Z")
        assert "webhook-id" not in call.headers
    api.post(f"/payouts/{created['id']}/reinitiate")
    settle()
    assert receiver.received[2].headers["x-mypay-event"] == receiver.received[2].json["event"] == "PAYOUT_REINITIATED"


def test_payout_without_webhook_url_goes_nowhere(api: Api, settle: Callable[[], None]) -> None:
    api.payout()
    settle()
    assert Delivery.objects.count() == 0 and not Event.objects.exclude(due_at=None).exists()


def test_payment_webhook_is_exactly_the_contracts_a_second_later(
    shop: Shop, payer: Payer, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    checkout_id = shop.opened(reference="W-1", amount="1000.50", successUrl=receiver.url, user={"id": 7})
    payer.wallet(checkout_id, "03038888888")
    settle()
    assert receiver.received == []
    pass_time(seconds=1)
    assert len(receiver.received) == 1
    body, seen = receiver.received[0].json, shop.transaction(checkout_id)
    assert body == {
        "id": checkout_id, "vendorId": merchant.vendor_id, "checkoutId": checkout_id, "reference": "W-1", "paymentMethod": "jazzcash",
        "status": "failed", "statusCode": "INVALID_MPIN", "createdAt": seen["createdAt"], "updatedAt": seen["updatedAt"],
        "amount": 1000.5, "acknowledged": False, "tokenId": checkout_id, "message": "Invalid MPIN entered", "user": {"id": 7},
    }  # fmt: skip
    assert list(body)[0:4] == ["id", "vendorId", "checkoutId", "reference"] and list(body)[-1] == "user"
    headers = receiver.received[0].headers
    assert headers["x-webhook-source"] == "mypay-payment-api"
    assert headers["x-mypay-signature"] == hmac.new(_legacy_secret(merchant), receiver.received[0].body, hashlib.sha256).hexdigest()


def test_payment_webhook_comes_for_what_ends_a_checkout_only(
    shop: Shop, payer: Payer, receiver: Receiver, pass_time: Any, settle: Callable[[], None]
) -> None:
    shop.opened(successUrl=receiver.url)
    settle()
    pass_time(seconds=5)
    assert receiver.received == []
    pass_time(minutes=16)
    assert [call.json["statusCode"] for call in receiver.received] == ["EXPIRED"]


def test_original_webhook_is_tried_three_times_five_seconds_apart(
    api: Api, merchant: Merchant, hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    set_url(merchant, receiver.url)
    receiver.status = 500
    freeze(merchant=merchant)
    api.payout("12345670004")
    settle()
    pass_time(seconds=60)
    row = hooks.deliveries(endpointId="merchant")[0]
    assert (row["status"], row["tries"], row["target"], row["endpointId"]) == ("failed", 3, "merchant", None)
    times = [attempt["createdAt"] for attempt in hooks.attempts(row["id"])]
    assert [_seconds(times[0], at) for at in times] == [0, 5, 10]


def _seconds(first: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(first)).total_seconds()


def test_endpoint_in_the_legacy_dialect_signs_with_its_own_secret(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    made = hooks.create(receiver.url, dialect="mypay-legacy")
    for type in ("payout.created", "payment.completed", "refund.created", "settlement.created"):
        hooks.trigger(type)
    settle()
    pass_time(seconds=2)
    # That dialect knows no refunds and settlements.
    assert [call.headers.get("x-mypay-event", call.headers.get("x-webhook-source")) for call in receiver.received] == [
        "PAYOUT_CREATED",
        "mypay-payment-api",
    ]
    for call in receiver.received:
        assert call.headers["x-mypay-signature"] == hmac.new(made["secret"].encode(), call.body, hashlib.sha256).hexdigest()


def test_body_tells_of_the_moment_not_of_the_end(api: Api, hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    api.payout()
    settle()
    statuses = [(call.json["type"], call.json["data"]["status"]) for call in receiver.received]
    assert statuses == [("payout.created", "PENDING"), ("payout.updated", "SUCCESS")]


def test_merchant_that_is_not_active_is_sent_nothing(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]
) -> None:
    hooks.create(receiver.url)
    hooks.trigger()
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.SUSPENDED)
    settle()
    assert receiver.received == [] and Delivery.objects.count() == 0


def test_every_event_of_the_catalogue_can_be_dispatched(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    for type in EventType.values:
        hooks.trigger(type)
    settle()
    assert sorted(receiver.types()) == sorted(EventType.values)
    assert {json.dumps(call.json["data"]) for call in receiver.received} == {
        json.dumps(json.loads(row.data)) for row in Event.objects.all()
    }


def test_events_that_another_relay_took_meanwhile_are_not_dispatched_again(hooks: Hooks, receiver: Receiver, merchant: Merchant) -> None:
    hooks.create(receiver.url)
    hooks.trigger("payout.created")
    hooks.trigger("payout.updated")
    read = list(Event.objects.order_by("pk"))
    dispatch_events([read[0].pk])
    assert dispatch._at_once(read, 10) is None
    assert Delivery.objects.count() == 1 and Event.objects.get(pk=read[1].pk).due_at is not None
    assert dispatch.dispatch_some(room=10)[0] == 1
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("guess", ["nobody", "both", "one", "another"])
def test_events_go_where_they_should_whoever_was_thought_likely(
    guess: str, hooks: Hooks, receiver: Receiver, merchant: Merchant, stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    others = Hooks(api_of(stranger))
    hooks.create(f"{receiver.url}/own")
    others.create(f"{receiver.url}/stranger")
    events = [hooks.trigger(), others.trigger()]
    likely = {"nobody": [], "both": [merchant.pk, stranger.pk], "one": [merchant.pk], "another": [0]}[guess]
    found, leased = dispatch.dispatch_some(room=10, likely=likely)
    assert found == 2
    assert {(str(owed.event.id), owed.url) for owed in leased} == {
        (event["id"], f"{receiver.url}/{name}") for event, name in zip(events, ("own", "stranger"), strict=True)
    }


def test_event_of_a_likely_merchant_takes_one_read_and_one_write(
    hooks: Hooks, receiver: Receiver, merchant: Merchant, django_assert_num_queries: Any
) -> None:
    hooks.create(receiver.url)
    hooks.trigger()
    reads, writes = 1 if connection.vendor == "mysql" else 4, 4  # in a test's transaction: a savepoint and two statements
    with django_assert_num_queries(reads + writes):
        dispatch.dispatch_some(room=10, likely=[merchant.pk])
