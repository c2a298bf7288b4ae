"""The payment webhook on the wire: its body and headers (contract section 5)."""

from typing import Any

from merchants.services.create_merchant import WEBHOOK_SECRET_CONTEXT
from mypay.kit import clock
from mypay.kit.clock import iso
from mypay.kit.crypto import decrypt, hmac_sha256_hex
from mypay.kit.ids import uuid7
from mypay.settings import environment
from payments.messages import to_webhook
from payments.models import Checkout
from payments.render import number, reason

SOURCE = "mypay-payment-api"


def body(checkout: Checkout) -> dict[str, Any]:
    """The body, in the contract's order; `user` only if there is one."""
    told: dict[str, Any] = {
        "id": str(checkout.id),
        "vendorId": checkout.merchant.vendor_id,
        "checkoutId": str(checkout.id),
        "reference": checkout.reference,
        "paymentMethod": str(checkout.method) or None,
        "status": str(checkout.status),
        "statusCode": checkout.status_code,
        "createdAt": iso(checkout.created_at),
        "updatedAt": iso(checkout.updated_at),
        "amount": number(checkout.amount, checkout.currency),
        "acknowledged": False,
        "tokenId": str(checkout.id),
        "message": reason(checkout) or to_webhook(checkout.status, checkout.status_code),
    }
    return {**told, **({"user": checkout.user_data} if checkout.user_data is not None else {})}


def headers(checkout: Checkout, raw: bytes) -> dict[str, str]:
    """The original's header and ours: signature of the raw body, delivery id, time."""
    kept = checkout.merchant.webhook_secret_encrypted
    secret = decrypt(kept, context=WEBHOOK_SECRET_CONTEXT) if kept else environment.WEBHOOK_SECRET
    return {
        "Content-Type": "application/json",
        "X-Webhook-Source": SOURCE,
        "X-MyPay-Signature": hmac_sha256_hex(secret, raw),
        "X-MyPay-Delivery": str(uuid7()),
        "X-MyPay-Timestamp": iso(clock.now(checkout.merchant)),
    }
