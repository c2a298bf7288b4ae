"""What the victim pays out by the emulated Paystack, made over its own API."""

from emulators.paystack_transfers.tests.till import Till
from merchants.models import Merchant
from mypay.kit import scheduling
from tests.access.belongings import Belongings


def live(merchant: Merchant, own: Belongings) -> None:
    """Pay somebody, and keep a transfer that waits for its password; what there then is, is noted in `own`."""
    till = Till(merchant)
    till.fund()
    code = till.recipient(name="Sealed payee", description="sealed payee's trade")
    till.data("post", "/transfer/enable_otp")
    waiting = till.send(code, reason="sealed waiting", reference="sealed-waiting-transfer")
    till.data("post", "/transfer/disable_otp_finalize", {"otp": "123456"})
    sent = till.send(code, reason="sealed reason", reference="sealed-sent-transfer")
    while scheduling.sweep():
        pass
    own.has(ps_recipient=code, ps_transfer=sent["transfer_code"], ps_waiting=waiting["transfer_code"], ps_reference=sent["reference"])
    own.hides(ps_payee="Sealed payee", ps_trade="sealed payee's trade", ps_reason="sealed reason", ps_waits="sealed waiting")
    own.hides(ps_secret=till.key)
