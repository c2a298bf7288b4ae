"""What the victim has at the emulated Paystack, made over its own API."""

from emulators.paystack.tests.conftest import PIN, PIN_PHONE_OTP, Shop
from merchants.models import Merchant
from payments.models import Checkout
from tests.access.belongings import Belongings

_EMAIL = "customer@sealed.example"
_WANTS_ATTENTION = "4084080000671902"


def live(merchant: Merchant, own: Belongings) -> None:
    """Collect and refund; what there then is, is noted in `own`."""
    shop = Shop(merchant)
    own.hides(psk_key=shop.key, psk_email=_EMAIL, psk_metadata="sealed metadata", psk_note="sealed note")
    _collected(shop, own)


def _collected(shop: Shop, own: Belongings) -> None:
    opened = shop.opened(reference="sealed.open", email=_EMAIL)
    paid = shop.charged(_WANTS_ATTENTION, reference="sealed.paid", email=_EMAIL, metadata={"sealed": "sealed metadata"})
    refund = shop.post("/refund", {"transaction": "sealed.paid", "amount": 100, "customer_note": "sealed note"})
    own.has(psk_open="sealed.open", psk_access_code=opened["access_code"], psk_paid="sealed.paid", psk_transaction=paid["id"])
    own.has(psk_authorization=paid["authorization"]["authorization_code"], psk_refund=refund["id"])
    by_bank = {"card": None, "bank": {"code": "057", "account_number": "0000000000"}}
    shop.charged(PIN, reference="sealed.pin", email=_EMAIL)
    shop.charged(PIN_PHONE_OTP, reference="sealed.phone", email=_EMAIL, pin="0000")
    shop.charged(reference="sealed.birthday", email=_EMAIL, **by_bank)
    shop.charged(reference="sealed.otp", email=_EMAIL, birthday="2007-04-15", **by_bank)
    own.has(psk_last=Checkout.objects.get(reference="sealed.otp").pk)
    own.has(psk_at_pin="sealed.pin", psk_at_phone="sealed.phone", psk_at_birthday="sealed.birthday", psk_at_otp="sealed.otp")
