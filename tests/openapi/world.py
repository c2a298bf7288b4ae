"""One of everything: the seeded demo, staff, and objects that a request may name."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction

from conftest import Api, payout_body
from merchants import tokens
from merchants.models import Member, Merchant, User
from merchants.selectors import remember_config
from merchants.states import CONFIG_DEFAULTS
from mypay import demo
from mypay.kit import scheduling
from payments.tests.conftest import Payer, Shop
from payouts.batch_file import RawLine
from payouts.selectors import forget_codes
from payouts.services.create_batch import draft_batch
from sandbox.services.decide import HEADER

NOBODY, MERCHANT, ADMIN = "nobody", "merchant", "admin"
BANK_SIGNS = "to be signed by the bank"
Known = dict[str, list[str]]


class World:
    """The first demo merchant's world; `known` has ids of its objects by the names requests give them."""

    def __init__(self) -> None:
        call_command("seed", stdout=StringIO())
        forget_codes()
        merchant = Merchant.objects.get(email=demo.MERCHANTS[0].email)
        member = Member.objects.select_related("user").get(merchant=merchant)
        staff = User.objects.get(email=demo.ADMIN_EMAIL)
        claims = {MERCHANT: tokens.member_claims(member), ADMIN: tokens.staff_claims(staff)}
        self.tokens = {who: tokens.session(claims[who]) for who in claims}
        self.api, self.shop = Api(merchant), Shop(merchant)
        self.known: Known = {
            "merchant_id": [str(row.pk) for row in Merchant.objects.order_by("pk")],
            "refresh": [tokens.pair(claims[who]).refresh for who in claims],
            "bankCode": ["HBL"],
            "walletCode": ["EASYPAISA"],
            "currency": ["PKR"],
            "format": ["csv", "json"],
            **self._payouts(),
            **self._batches(merchant),
            **self._checkouts(),
            **self._payments(),
            **self._sandbox(),
            **self._webhooks(),
        }

    def credentials(self, who: str, scheme: str) -> dict[str, str]:
        """The headers with which somebody comes to a route of that security scheme; without one, a token still."""
        if who == NOBODY:
            return {}
        if scheme == "BankSignature":
            return {"X-MyPay-Signature": BANK_SIGNS if who == MERCHANT else "0" * 64}
        if scheme in ("", "PortalToken", "AdminToken"):
            return {"Authorization": f"Bearer {self.tokens[who]}"}
        keys = {"PayoutKey": self.api.key, "PaymentKey": self.shop.key, "ApiKey": self.api.key}
        return {"X-API-KEY": keys[scheme] if who == MERCHANT else self.tokens[ADMIN]}

    def _payouts(self) -> Known:
        """In each state that something can be done with."""
        accounts = ("12345670001", "12345670003", "12345670005")
        ids = [*map(self._payout, accounts), self._payout("12345670001", amount="150000.00")]
        while scheduling.sweep():
            pass
        ids.append(self._payout("12345670004"))
        return {"payout_id": ids, "payoutId": ids}

    def _payout(self, account: str, **changes: Any) -> str:
        return _id(self.api.post("/payouts", payout_body(account, **changes)))

    def _batches(self, merchant: Merchant) -> Known:
        """A batch that is done, with a line of every end, and a draft; somebody to pay."""
        lines = [payout_body("12345670001"), payout_body("12345670001", amount="9999999.00"), payout_body("1")]
        done = _id(self.api.post("/payout-batches", {"lines": lines}))
        while scheduling.sweep():
            pass
        draft = draft_batch(merchant=merchant, raw=[RawLine(1, payout_body("12345670001"))], name="")
        to = _id(self.api.post("/beneficiaries", {"name": "Somebody", "bankCode": "HBL", "accountNumber": "12345670002"}))
        return {"batch_id": [done, str(draft.pk)], "beneficiary_id": [to], "beneficiaryId": [to]}

    def _checkouts(self) -> Known:
        """One whose payer chooses, one of a card, one that is paid, one that asks for a password."""
        shop, payer = self.shop, Payer()
        ids = [shop.open_method(), shop.opened(paymentMethod="card"), shop.opened(), shop.opened({HEADER: "success;challenge=otp"})]
        for checkout_id in ids[2:]:
            payer.wallet(checkout_id, "03030000000")
        return {"checkout_id": ids, "checkoutId": ids, "reference": [shop.checkout(one)["reference"] for one in ids]}

    def _payments(self) -> Known:
        """Settled and not, captured and not; a refund and a dispute that wait for an end."""
        shop = self.shop
        ids = [shop.paid(), shop.paid(), shop.authorized()]
        refund = _id(shop.act(f"/payments/{ids[0]}/refunds", {"amount": 10}, **{HEADER: "pending"}))
        dispute = _id(shop.post("/api/v1/sandbox/disputes", {"paymentId": ids[0], "amount": 10}))
        settled = shop.post("/api/v1/sandbox/settlements/run", {"all": True}).json()["data"]["settlements"]
        ids.append(shop.paid())
        named = {"payment_id": ids, "refund_id": [refund], "dispute_id": [dispute], "settlement_id": [row["id"] for row in settled]}
        return {**named, "paymentId": ids}

    def _sandbox(self) -> Known:
        return {
            "rule_id": [_id(self.api.post("/sandbox/rules", {"outcome": "failed", "match": {"amount": 4711}}))],
            "fault_id": [_id(self.api.post("/sandbox/faults", {"kind": "latency", "match": {"path": "/nowhere"}}))],
            "snapshot_id": [_id(self.api.post("/sandbox/snapshots"))],
            "child_id": [_id(self.api.post("/sandbox/children"))],
        }

    def _webhooks(self) -> Known:
        """Endpoints where nobody listens, one of them switched off; deliveries that were tried and that never will be."""
        events = {"events": ["payout.updated"]}
        ids = [_id(self.api.post("/webhooks/endpoints", {"url": f"http://127.0.0.1:9/{name}", **events})) for name in ("on", "off")]
        fired = _id(self.api.post("/webhooks/trigger", {"type": "payout.updated"}))
        while scheduling.sweep():
            pass
        self.api.client.patch(
            f"/api/v1/webhooks/endpoints/{ids[1]}", {"enabled": False}, content_type="application/json", headers={"X-API-KEY": self.api.key}
        )
        found = self.api.get(f"/webhooks/deliveries?eventId={fired}").json()["data"]["deliveries"]
        named = {"endpoint_id": ids, "endpointId": ids, "delivery_id": [row["id"] for row in found]}
        replay = self.api.post(f"/webhooks/endpoints/{ids[0]}/replay", {"status": "all"})
        trick = self.api.post("/sandbox/webhook-tricks", {"trick": "drop", "match": {"type": "refund.failed"}})
        return {**named, "replay_id": [_id(replay)], "trick_id": [_id(trick)]}


def _id(response: Any) -> str:
    assert response.status_code in (200, 201), response.content
    return str(response.json()["data"]["id"])


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done in here, the world is afterwards as it was before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    remember_config(CONFIG_DEFAULTS)
    cache.clear()
