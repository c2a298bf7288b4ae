"""The base of RazorpayX's endpoints: Razorpay's, about objects of its own."""

from emulators.models import Vendor
from emulators.razorpay import objects
from emulators.razorpay.base import RazorpayView
from emulators.shelf import Shelf

CONTACT, FUND_ACCOUNT, VALIDATION, PAYOUT, TRANSACTION = "contact", "fund_account", "validation", "payout", "transaction"
_PREFIXES = {CONTACT: "cont_", FUND_ACCOUNT: "fa_", VALIDATION: "fav_", PAYOUT: "pout_", TRANSACTION: "txn_"}
kept = Shelf(Vendor.RAZORPAY.value, _PREFIXES, unknown=objects.kept.unknown)


class RazorpayXView(RazorpayView):
    """An endpoint for a Razorpay key pair, about what RazorpayX keeps."""

    shelf = kept
