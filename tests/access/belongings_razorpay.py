"""What the victim has at the emulated Razorpay, made over its own API."""

import uuid
from typing import Any

from emulators.razorpay.tests.conftest import Shop
from emulators.razorpayx.account import account_number
from ledger.services.top_up import top_up
from merchants.models import Merchant
from mypay.kit import scheduling
from tests.access.belongings import Belongings

_BANK = {"name": "Sealed Asha", "ifsc": "HDFC0009107", "account_number": "765432123456789"}


def live(merchant: Merchant, own: Belongings) -> None:
    """Collect, refund, pay out; what there then is, is noted in `own`."""
    shop = Shop(merchant)
    _collected(shop, own)
    _paid_out(shop, own)
    own.hides(rzp_key_id=shop.key_id, rzp_secret=shop.secret)


def _collected(shop: Shop, own: Belongings) -> None:
    order = shop.order(receipt="sealed receipt", notes={"sealed": "sealed notes"})
    held, paid = shop.pay(shop.order()["id"]), shop.paid()
    refund = shop.post(
        f"/payments/{paid['id']}/refund", {"amount": 100, "receipt": "sealed refund receipt"}, **{"X-Mock-Scenario": "pending"}
    )
    link = shop.post("/payment_links", {"amount": 1000, "reference_id": "sealed link", "customer": {"contact": "+919876500001"}})
    customer = shop.post("/customers", {"name": "Sealed customer", "email": "customer@sealed.example"})
    form = {"key_id": shop.key_id, "order_id": order["id"]}
    visit = shop.client.post("/razorpay/v1/checkout/embedded", form)["Location"].rpartition("/")[2]
    own.has(rzp_order=order["id"], rzp_held=held["id"], rzp_payment=paid["id"], rzp_paid_order=paid["order_id"], rzp_refund=refund["id"])
    own.has(rzp_link=link["id"], rzp_customer=customer["id"], rzp_visit=visit)
    own.hides(rzp_receipt="sealed receipt", rzp_notes="sealed notes", rzp_refund_receipt="sealed refund receipt")
    own.hides(rzp_reference="sealed link", rzp_customer_name="Sealed customer", rzp_contact_number="+919876500001")


def _paid_out(shop: Shop, own: Belongings) -> None:
    top_up(merchant=shop.merchant, currency="INR", amount=1_000_000)
    account = account_number(shop.merchant)

    def made(path: str, body: dict[str, Any]) -> Any:
        return shop.call("post", path, body, **{"X-Payout-Idempotency": uuid.uuid4().hex}).json()["id"]

    contact = made("/contacts", {"name": "Sealed contact", "type": "customer"})
    fund_account = made("/fund_accounts", {"contact_id": contact, "account_type": "bank_account", "bank_account": _BANK})
    validation = made(
        "/fund_accounts/validations", {"account_number": account, "fund_account": {"id": fund_account}, "amount": 100, "currency": "INR"}
    )
    payout: dict[str, Any] = {
        "account_number": account, "fund_account_id": fund_account, "currency": "INR", "mode": "IMPS", "purpose": "refund",
        "reference_id": "sealed pout",
    }  # fmt: skip
    sent = made("/payouts", {**payout, "amount": 10_000})
    queued = made("/payouts", {**payout, "amount": 9_000_000, "queue_if_low_balance": True, "reference_id": "sealed queue"})
    while scheduling.sweep():
        pass
    transaction = shop.get(f"/transactions?account_number={account}")["items"][0]["id"]
    own.has(rzp_contact=contact, rzp_fund_account=fund_account, rzp_validation=validation, rzp_payout=sent, rzp_queued=queued)
    own.has(rzp_transaction=transaction)
    own.things["rzp_account"] = account
    own.hides(rzp_contact_name="Sealed contact", rzp_holder=_BANK["name"], rzp_payout_reference="sealed pout")
