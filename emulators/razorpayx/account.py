"""The merchant's own account at RazorpayX: one, in rupees, with a number that follows from who it is."""

from emulators.razorpay.errors import BadRequest
from merchants.models import Merchant

CURRENCY = "INR"


def account_number(merchant: Merchant) -> str:
    """Sixteen digits, as those of RazorpayX's test accounts."""
    return f"7878780{merchant.pk:09d}"


def own_account(merchant: Merchant, number: str) -> None:
    """Raises BadRequest for a number that is not the merchant's."""
    if number != account_number(merchant):
        raise BadRequest("The account number is invalid; GET /v1/banking_balances tells yours.", field="account_number")
