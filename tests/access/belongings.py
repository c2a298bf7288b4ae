"""What the victim has: things that paths and bodies name, and secrets that only it may read.

A thing is an id that a row calls `{name}`; a secret is text that no answer to anybody else may
hold. All of it is made over the API, as a merchant would, and every text of it says `sealed`.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from audit.models import ApiRequest
from conftest import Api
from gateways.models import GatewayRefund, InboundEvent
from gateways.services.assign import assign, unassign
from gateways.services.choose import choose
from gateways.services.create_account import create_account
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import clock, scheduling
from mypay.kit.ids import is_uuid, uuid7
from payments.tests.conftest import Payer, Shop
from payouts.batch_file import RawLine
from payouts.services.create_batch import draft_batch
from webhooks.models import Attempt

_ACCOUNT = "987600010001"
_MOBILE = "03451112223"
_NOBODYS = {"uuid": str(uuid4()), "number": "987654321", "text": "no-such-thing"}


@dataclass
class Belongings:
    """Texts by name; a thing that is long enough to be searched for is a secret too."""

    things: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def has(self, **things: Any) -> None:
        """These are ids of the victim's."""
        told = {name: str(value) for name, value in things.items()}
        self.things |= told
        self.secrets |= {name: value for name, value in told.items() if not value.isdigit()}

    def hides(self, **secrets: str) -> None:
        """Nobody else may read these."""
        self.secrets |= secrets

    def unknown(self) -> dict[str, str]:
        """As `things`, of the same kinds, but nobody has them."""
        return {name: _NOBODYS[_kind(value)] for name, value in self.things.items()}


def _kind(value: str) -> str:
    return "uuid" if is_uuid(value) else "number" if value.isdigit() else "text"


def live(merchant: Merchant, own: Belongings) -> None:
    """Have the merchant do a bit of everything; what it then has, is noted in `own`."""
    api, shop = Api(merchant), Shop(merchant)
    _payouts(api, own)
    _batches(api, merchant, own)
    _checkouts(shop, own)
    _settlements(shop, own)
    _payments(shop, own)
    _controls(api, own)
    _webhooks(api, own)
    _requests(merchant, own)
    _gateways(merchant, own)


def _payouts(api: Api, own: Belongings) -> None:
    def paid(name: str, outcome: str) -> str:
        response = api.payout(
            _ACCOUNT, merchantReference=f"sealed-{name}", accountTitle="Sealed Holder", headers={"X-Mock-Scenario": outcome}
        )
        return str(response.json()["data"]["id"])

    own.has(failed_payout=paid("failed-payout", "failed"), reviewed_payout=paid("reviewed-payout", "in_review"))
    while scheduling.sweep():
        pass
    own.has(payout=paid("payout", "success"))
    own.hides(payout_reference="sealed-payout", account=_ACCOUNT, account_title="Sealed Holder")


def _batches(api: Api, merchant: Merchant, own: Belongings) -> None:
    """One that is done, a draft, and a beneficiary."""
    line = {"merchantReference": "sealed-line", "amount": "1.00", "bankCode": "HBL", "accountNumber": _ACCOUNT}
    made = api.post("/payout-batches", {"name": "sealed batch", "lines": [line]}).json()["data"]
    while scheduling.sweep():
        pass
    own.has(
        batch=made["id"], draft=draft_batch(merchant=merchant, raw=[RawLine(1, {**line, "merchantReference": "d"})], name="sealed draft").pk
    )
    own.hides(batch_name="sealed batch", batch_reference="sealed-line", draft_name="sealed draft")
    added = api.post("/beneficiaries", {"name": "Sealed beneficiary", "bankCode": "HBL", "accountNumber": _ACCOUNT}).json()["data"]
    own.has(beneficiary=added["id"])
    own.hides(beneficiary_name="Sealed beneficiary")


def _checkouts(shop: Shop, own: Belongings) -> None:
    def asked(name: str, challenge: str) -> str:
        opened = shop.opened({"X-Mock-Scenario": f"success;challenge={challenge}"}, reference=f"sealed/{name}", **common)
        Payer().wallet(opened, _MOBILE)
        return opened

    common = {"successUrl": "http://127.0.0.1:9/sealed-hook", "returnUrl": "http://127.0.0.1:9/sealed-return"}
    own.has(asked_checkout=asked("asked", "otp"), rung_checkout=asked("rung", "phone"))
    own.hides(asked_reference="sealed/asked", rung_reference="sealed/rung")
    paid = shop.opened(reference="sealed/paid", **common)
    assert Payer().wallet(paid, _MOBILE).json()["success"] is True
    own.has(paid_checkout=paid, paid_reference="sealed/paid")
    own.has(checkout=shop.opened(reference="sealed/open", **common), checkout_reference="sealed/open")
    own.hides(payer=_MOBILE, success_url=common["successUrl"], return_url=common["returnUrl"])


def _settlements(shop: Shop, own: Belongings) -> None:
    shop.paid(reference="sealed/settled")
    run = shop.act("/sandbox/settlements/run", {"all": True})
    own.has(settlement=run.json()["data"]["settlements"][0]["id"])
    own.hides(settled_reference="sealed/settled")


def _payments(shop: Shop, own: Belongings) -> None:
    payment = shop.paid(reference="sealed/card")
    own.has(payment=payment, authorized_payment=shop.authorized(reference="sealed/authorized"))
    refund = shop.act(f"/payments/{payment}/refunds", {"amount": 10, "reason": "sealed refund"}, **{"X-Mock-Scenario": "pending"})
    dispute = shop.act("/sandbox/disputes", {"paymentId": payment, "amount": 20})
    own.has(refund=refund.json()["data"]["id"], dispute=dispute.json()["data"]["id"])
    own.hides(payment_reference="sealed/card", refund_reason="sealed refund")


def _controls(api: Api, own: Belongings) -> None:
    def made(path: str, body: dict[str, Any]) -> Any:
        return api.post(f"/sandbox/{path}", body).json()["data"]

    own.has(rule=made("rules", {"outcome": "failed", "reason": "sealed rule", "match": {"amount": 7}})["id"])
    own.has(fault=made("faults", {"kind": "error_before", "seed": "sealed fault", "match": {"path": "/nowhere"}})["id"])
    child = made("children", {"name": "sealed child"})
    own.has(child=child["id"])
    own.hides(child_name="sealed child", child_payout_key=child["payoutKey"], child_payment_key=child["paymentKey"])
    own.has(snapshot=made("snapshots", {"name": "sealed snapshot"})["id"])
    own.hides(rule_reason="sealed rule", fault_seed="sealed fault", snapshot_name="sealed snapshot")


def _requests(merchant: Merchant, own: Belongings) -> None:
    """The request log is off in tests."""
    path, at = "/api/v1/sealed-path", clock.real_now()
    row = ApiRequest.objects.create(
        id=uuid7(), merchant_id=merchant.pk, request_id="sealed-request", at=at, method="GET", path=path, status=200, duration_ms=1
    )
    own.has(logged_request=row.pk)
    own.hides(logged_path=path)


def _webhooks(api: Api, own: Belongings) -> None:
    def made(path: str, body: dict[str, Any]) -> Any:
        return api.post(path, body).json()["data"]

    url, header, reference = "http://127.0.0.1:10/sealed-endpoint", "sealed header", "sealed event"
    # A host of its own: the breaker spares the one where all else of the victim's fails.
    wanted = {"url": url, "headers": {"X-Sealed": header}, "schedule": [0], "events": ["payment.completed"]}
    endpoint = made("/webhooks/endpoints", wanted)
    rotated = made(f"/webhooks/endpoints/{endpoint['id']}/rotate-secret", {})
    earlier, event = (made("/webhooks/trigger", {"type": "payment.completed", "data": {"reference": reference}}) for _ in range(2))
    while scheduling.sweep():
        pass
    own.has(endpoint=endpoint["id"], earlier_event=earlier["id"], event=event["id"], subject=event["subjectId"])
    own.has(replay=made(f"/webhooks/endpoints/{endpoint['id']}/replay", {})["id"])
    while scheduling.sweep():
        pass
    found = api.get(f"/webhooks/deliveries?eventId={event['id']}&endpointId={endpoint['id']}").json()["data"]["deliveries"]
    own.has(delivery=found[0]["id"], attempt=Attempt.objects.filter(delivery=found[0]["id"]).latest("pk").pk)
    own.has(trick=made("/sandbox/webhook-tricks", {"trick": "delay", "match": {"reference": "sealed trick"}})["id"])
    own.hides(endpoint_url=url, endpoint_header=header, endpoint_secret=rotated["secret"], old_endpoint_secret=endpoint["secret"])
    own.hides(event_reference=reference, trick_reference="sealed trick")


def _gateways(merchant: Merchant, own: Belongings) -> None:
    """A payment that went through an account, which afterwards only somebody else uses."""
    account = create_account(name="sealed account", gateway="simulator", credentials={}, webhook_secret="sealed callback secret")
    assign(merchant=make_merchant(email="routed@bystander.example", rupees=0), account=account)
    assign(merchant=merchant, account=account)
    order = choose(merchant=merchant, amount=100, currency="PKR", checkout_id=uuid7(), payment_id=uuid7())
    unassign(merchant=merchant, account=account)
    GatewayRefund.objects.create(id=uuid7(), merchant=merchant, order=order, refund_id="sealed-refund", created_at=order.created_at)
    InboundEvent.objects.create(
        id=uuid7(), gateway="simulator", account=account, merchant=merchant, key="sealed-key", status="waiting", headers="{}",
        body=b"sealed callback", received_at=order.created_at,
    )  # fmt: skip
    own.hides(account_name="sealed account", account_token=account.token, callback_secret="sealed callback secret")
    own.hides(callback_key="sealed-key", callback_body="sealed callback", gateway_refund="sealed-refund")
