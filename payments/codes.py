"""What a payer scans or copies: the UPI code and the account to send a bank transfer to."""

from urllib.parse import urlencode

import segno

from mypay.kit.money import to_text
from payments.models import Checkout, Payment

_UPI_ADDRESS = "mypay@sandbox"
_BANK_CODE = "990"


def upi_uri(checkout: Checkout, payment: Payment) -> str:
    """The link that UPI apps open: payee, amount, currency and reference."""
    told = {
        "pa": _UPI_ADDRESS,
        "pn": checkout.merchant.company_name,
        "am": to_text(payment.amount, payment.currency),
        "cu": checkout.currency,
        "tr": str(checkout.pk),
    }
    return f"upi://pay?{urlencode(told)}"


def upi_svg(checkout: Checkout, payment: Payment) -> str:
    """The link as a QR code: an SVG element, sized by its container and drawn in the text's colour."""
    code = segno.make(upi_uri(checkout, payment), error="m")
    return str(code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, title="UPI QR code"))


def virtual_account(checkout: Checkout) -> str:
    """An account number of ten digits that is this checkout's alone."""
    return f"{_BANK_CODE}{checkout.pk.int % 10**7:07d}"
