"""What the engine asks of Razorpay, put together from its calls."""

from collections.abc import Mapping
from typing import Any

from gateways import answers
from gateways.contract import Account, Begun, Capability, Credential, Fate, Forged, Notice, Order, Redirect, RefundSeen, Seen, Spec
from gateways.razorpay import wire
from gateways.razorpay.client import Client
from mypay.kit.crypto import same


class RazorpayConnector:
    """One Razorpay account."""

    spec = Spec(
        name=wire.NAME,
        label="Razorpay",
        capabilities=frozenset(Capability),
        currencies=("INR",),
        credentials=(Credential("key_id", "Key id"), Credential("key_secret", "Key secret", is_secret=True)),
        production_url=wire.PRODUCTION_URL,
    )

    def __init__(self, account: Account) -> None:
        self._key_id = account.credentials["key_id"]
        self._key_secret = account.credentials["key_secret"]
        self._webhook_secret = account.webhook_secret
        self._base_url = (account.base_url or wire.PRODUCTION_URL).rstrip("/")
        self._client = Client(self._base_url, self._key_id, self._key_secret)

    def check(self) -> None:
        """The credentials may read orders."""
        self._client.get("/orders", count="1")

    def begin(self, order: Order) -> Begun:
        """An order with our reference as its receipt."""
        body = {
            "amount": order.amount,
            "currency": order.currency,
            "receipt": order.reference[: wire.MAX_RECEIPT],
            "payment": {"capture": "automatic" if order.is_captured_at_once else "manual"},
        }
        order_id = answers.known_id(self._client.post("/orders", body), wire.ORDER_ID)
        return Begun(order_id, self.redirect(order_id, order))

    def find(self, reference: str) -> str:
        """The order of that receipt; receipts are ours and unique."""
        items = answers.objects(self._client.get("/orders", receipt=reference[: wire.MAX_RECEIPT], count="1"), "items")
        return answers.known_id(items[0], wire.ORDER_ID) if items else ""

    def redirect(self, order_id: str, order: Order) -> Redirect:
        """Razorpay's own page, by a form post."""
        fields = {
            "key_id": self._key_id,
            "order_id": order_id,
            "amount": str(order.amount),
            "currency": order.currency,
            "description": order.description,
            "prefill[name]": order.name,
            "prefill[email]": order.email,
            "prefill[contact]": order.phone,
            "callback_url": order.return_url,
            "cancel_url": order.cancel_url,
        }
        return Redirect(f"{self._base_url}{wire.CHECKOUT_PATH}", "POST", {name: value for name, value in fields.items() if value})

    def look(self, order_id: str) -> Seen:
        """Its payment that went furthest; an order that nobody tried to pay yet has none."""
        payments = [_seen(item) for item in answers.objects(self._client.get(f"/orders/{order_id}/payments"), "items")]
        return answers.furthest(payments) or Seen(order_id, Fate.PENDING, 0, "")

    def capture(self, payment_id: str, amount: int, currency: str) -> Seen:
        """All of what was authorised."""
        path, body = f"/payments/{payment_id}", {"amount": amount, "currency": currency}
        return answers.captured(lambda: _seen(self._client.post(f"{path}/capture", body)), lambda: _seen(self._client.get(path)))

    def refund(self, payment_id: str, amount: int, currency: str, *, key: str) -> RefundSeen:
        """The amount is in the payment's currency anyway."""
        body = {"amount": amount, "speed": "normal", "receipt": key[: wire.MAX_RECEIPT]}
        return _refund_seen(self._client.post(f"/payments/{payment_id}/refund", body, {wire.REFUND_KEY_HEADER: key}))

    def look_refund(self, payment_id: str, refund_id: str) -> RefundSeen:
        """The refund as it is now."""
        return _refund_seen(self._client.get(f"/payments/{payment_id}/refunds/{refund_id}"))

    def returned(self, order_id: str, fields: Mapping[str, str]) -> bool:
        """A success is signed with the order that we opened; anything else is none."""
        payment_id, signature = fields.get("razorpay_payment_id", ""), fields.get("razorpay_signature", "")
        if not signature and not payment_id:
            return False
        if not same(wire.payment_signature(order_id, payment_id, self._key_secret), signature):
            raise Forged
        return True

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """An event; of payments, orders and refunds it says what was seen."""
        given = answers.header(headers, wire.SIGNATURE_HEADER)
        if not self._webhook_secret or not same(wire.webhook_signature(body, self._webhook_secret), given):
            raise Forged
        with answers.reading(body) as told:
            return _notice(answers.notice_key(answers.header(headers, wire.EVENT_ID_HEADER), body), told)


def _notice(key: str, told: Any) -> Notice:
    kind, payload = str(told["event"])[:60], told.get("payload") or {}
    payment, refund = _entity(payload, "payment"), _entity(payload, "refund")
    if refund is not None:
        return Notice(key, kind, answers.text(payment or {}, "order_id"), refund=_refund_seen(refund))
    if payment is not None:
        seen = _seen(payment)
        return Notice(key, kind, seen.order_id, seen)
    return Notice(key, kind)


def _entity(payload: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    part = payload.get(name)
    return None if part is None else dict(part["entity"])


def _seen(entity: Mapping[str, Any]) -> Seen:
    """A payment entity; what it lacks makes the answer unreadable, not the payment unpaid."""
    fate = answers.fate(entity, "status", wire.PAYMENT_FATES)
    return Seen(
        order_id=answers.text(entity, "order_id"),
        fate=fate,
        amount=answers.whole(entity, "amount"),
        currency=str(entity.get("currency")),
        payment_id=answers.known_id(entity, wire.PAYMENT_ID),
        method=wire.METHODS.get(str(entity.get("method")), ""),
        payer=_payer(entity),
        code=wire.failure_code(entity.get("error_reason"), entity.get("error_code")).value if fate == Fate.FAILED else "",
        fee=answers.known_whole(entity, "fee"),
        tax=answers.known_whole(entity, "tax"),
    )


def _payer(entity: Mapping[str, Any]) -> str:
    """Who paid, as far as we keep it: a UPI address, a card's last four, a bank's or wallet's name."""
    card = entity.get("card")
    last4 = card.get("last4") if isinstance(card, dict) else None
    return str(entity.get("vpa") or last4 or entity.get("bank") or entity.get("wallet") or "")[:100]


def _refund_seen(entity: Mapping[str, Any]) -> RefundSeen:
    fate = answers.fate(entity, "status", wire.REFUND_FATES)
    return RefundSeen(answers.known_id(entity, wire.REFUND_ID), answers.text(entity, "payment_id"), fate, answers.whole(entity, "amount"))
