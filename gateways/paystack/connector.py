"""What the engine asks of Paystack, put together from its calls.

Its transaction is order and payment in one, and known by our reference. Nobody but the answer to the request that opens it
tells where the payer pays.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from gateways import answers
from gateways.contract import (
    Account,
    Begun,
    Capability,
    Credential,
    ErrorCode,
    Fate,
    FateUnknown,
    Forged,
    GatewayRefused,
    Notice,
    Order,
    Redirect,
    RefundSeen,
    Seen,
    Spec,
)
from gateways.paystack import wire
from gateways.paystack.client import Client
from mypay.kit.crypto import same

_MOST_REFUNDS = "100"


class PaystackConnector:
    """One Paystack account. Its secret key signs its callbacks too, so a webhook secret is not asked for."""

    spec = Spec(
        name=wire.NAME,
        label="Paystack",
        capabilities=frozenset(Capability) - {Capability.CAPTURE},
        currencies=wire.CURRENCIES,
        credentials=(
            Credential("secret_key", "Secret key", is_secret=True),
            Credential("email", "E-mail address for payers who give none", is_required=False),
        ),
        production_url=wire.PRODUCTION_URL,
    )

    def __init__(self, account: Account) -> None:
        self._secret_key = account.credentials["secret_key"]
        self._email = account.credentials.get("email", "")
        self._client = Client(account.base_url or wire.PRODUCTION_URL, self._secret_key)

    def check(self) -> None:
        """The key may read transactions."""
        self._client.list("/transaction", perPage="1")

    def begin(self, order: Order) -> Begun:
        """A transaction with our reference; Paystack opens none without an e-mail address."""
        email = order.email or self._email
        if not email:
            raise GatewayRefused(ErrorCode.BAD_REQUEST, "the payer gave no e-mail address, and the account has none")
        body = {
            "email": email,
            "amount": order.amount,
            "currency": order.currency,
            "reference": order.reference,
            "callback_url": order.return_url,
            "metadata": {"cancel_action": order.cancel_url},
        }
        page = answers.known_id(self._client.post("/transaction/initialize", body), wire.PAGE, "authorization_url")
        return Begun(order.reference, Redirect(page), page)

    def find(self, reference: str) -> str:
        """Only one that somebody paid: with the answer to `begin` its page is lost, and nobody can pay it any more."""
        try:
            seen = self.look(reference)
        except GatewayRefused as no:
            if no.code == ErrorCode.NOT_FOUND:
                return ""
            raise
        return reference if seen.fate in (Fate.CAPTURED, Fate.REFUNDED) else ""

    def redirect(self, order_id: str, order: Order) -> Redirect:
        """The page that Paystack named; one that was found without goes back to us, who ask what became of it."""
        return Redirect(order.page or order.return_url)

    def look(self, order_id: str) -> Seen:
        """The transaction as it is now: it has one payment, the last that was tried."""
        seen = _seen(self._client.get(f"/transaction/verify/{quote(order_id, safe='')}"))
        if seen.order_id != order_id:
            raise FateUnknown("answer about another transaction")
        return seen

    def capture(self, payment_id: str, amount: int, currency: str) -> Seen:
        raise NotImplementedError("Paystack does not CAPTURE: what it takes is collected at once")

    def refund(self, payment_id: str, amount: int, currency: str, *, key: str) -> RefundSeen:
        """Paystack tells no repeat, so whether it is there already is asked first: the key is its note."""
        body = {"transaction": payment_id, "amount": amount, "currency": currency, "merchant_note": key}
        return self._known_refund(payment_id, key) or _refund_seen(self._client.post("/refund", body))

    def _known_refund(self, payment_id: str, key: str) -> RefundSeen | None:
        """The newest come first, and what an answer was lost of is among them. A no to this question is none to the refund."""
        try:
            found = self._client.list("/refund", transaction=payment_id, perPage=_MOST_REFUNDS)
        except GatewayRefused as no:
            raise FateUnknown(no.detail) from no
        return next((_refund_seen(each) for each in found if each.get("merchant_note") == key), None)

    def look_refund(self, payment_id: str, refund_id: str) -> RefundSeen:
        """The refund as it is now."""
        return _refund_seen(self._client.get(f"/refund/{quote(refund_id, safe='')}"))

    def returned(self, order_id: str, fields: Mapping[str, str]) -> bool:
        """Nothing is signed: the browser brings the reference after a payment, and nothing when its payer left."""
        reference = fields.get("reference") or fields.get("trxref")
        if reference and reference != order_id:
            raise Forged
        return bool(reference)

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """An event; of transactions that were paid and of refunds it says what was seen."""
        if not same(wire.signature(body, self._secret_key), answers.header(headers, wire.SIGNATURE_HEADER)):
            raise Forged
        with answers.reading(body) as told:
            return _notice(answers.notice_key("", body), told)


def _notice(key: str, told: Any) -> Notice:
    kind, data = str(told["event"])[:60], told["data"]
    if kind == wire.CHARGE_SUCCESS:
        seen = _seen(data)
        return Notice(key, kind, seen.order_id, seen)
    if kind in wire.REFUND_EVENTS:
        fate = answers.fate(data, "status", wire.REFUND_FATES)
        # It names the refund by no id that the API knows.
        refund = RefundSeen(refund_id="", payment_id="", fate=fate, amount=_minor(data, "amount"))
        return Notice(key, kind, answers.known_id(data, wire.REFERENCE, "transaction_reference"), refund=refund)
    return Notice(key, kind)


def _seen(transaction: Mapping[str, Any]) -> Seen:
    """A transaction; what it lacks makes the answer unreadable, not the payment unpaid."""
    fate = answers.fate(transaction, "status", wire.TRANSACTION_FATES)
    return Seen(
        order_id=answers.known_id(transaction, wire.REFERENCE, "reference"),
        fate=fate,
        amount=_amount(transaction),
        currency=str(transaction.get("currency")),
        payment_id=str(answers.whole(transaction, "id")),
        method=wire.METHODS.get(str(transaction.get("channel")), ""),
        payer=_payer(transaction),
        code=wire.failure_code(answers.text(transaction, "gateway_response")).value if fate == Fate.FAILED else "",
        fee=answers.known_whole(transaction, "fees"),
    )


def _amount(transaction: Mapping[str, Any]) -> int:
    """What we are paid: a payer who bears the fees pays more than was requested, one who paid in part less."""
    amount, requested = answers.whole(transaction, "amount"), answers.known_whole(transaction, "requested_amount")
    return amount if requested is None else min(amount, requested)


def _payer(transaction: Mapping[str, Any]) -> str:
    """Who paid, as far as we keep it: a card's or account's last four, else its bank."""
    used = transaction.get("authorization")
    return (answers.text(used, "last4") or answers.text(used, "bank"))[:100] if isinstance(used, dict) else ""


def _refund_seen(refund: Mapping[str, Any]) -> RefundSeen:
    """A refund, which names its transaction by id, or holds it when it is new."""
    of = refund.get("transaction")
    payment_id = str(of.get("id") if isinstance(of, dict) else of)
    fate = answers.fate(refund, "status", wire.REFUND_FATES)
    return RefundSeen(str(answers.whole(refund, "id")), payment_id, fate, answers.whole(refund, "amount"))


def _minor(data: Mapping[str, Any], name: str) -> int:
    """Minor units, which refunds' events write as text, too."""
    found = data.get(name)
    return int(found) if isinstance(found, str) and wire.DIGITS.fullmatch(found) else answers.whole(data, name)
