"""The engine's rows by Paystack's ids, what Paystack keeps beside them, and both together as JSON; no query in a loop."""

from emulators.models import Vendor
from emulators.paystack.errors import not_found
from emulators.shelf import Shelf
from gateways.paystack import wire

TRANSACTION, AUTHORIZATION, REFUND = "transaction", "authorization", "refund"
RECIPIENT, TRANSFER = "recipient", "transfer"
_PREFIXES = {
    TRANSACTION: "",  # of an access code; transactions and refunds have numbers
    AUTHORIZATION: wire.AUTHORIZATION,
    REFUND: "",
    RECIPIENT: wire.RECIPIENT,
    TRANSFER: wire.TRANSFER,
}
kept = Shelf(Vendor.PAYSTACK.value, _PREFIXES, unknown=lambda kind: not_found(kind.title()))
