"""Open a merchant: the merchant itself, both its keys, its balance and its owner's login, all or nothing."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.services.create_merchant import create_merchant
from merchants.services.issue_key import issue_key
from merchants.services.reset_password import Login
from merchants.states import Scope
from mypay.kit import sql
from mypay.kit.ids import strong_password

CURRENCY = "PKR"
OPENING_RUPEES = 10_000_000


@dataclass(frozen=True)
class Opened:
    """A new merchant and its credentials in clear, shown this once."""

    merchant: Merchant
    login: Login
    payout_key: str
    payment_key: str


def open_merchant(*, email: str, name: str, company_name: str, webhook_url: str = "", rupees: int = OPENING_RUPEES) -> Opened:
    """A merchant that can work at once (contract sections 6 and 7; section 12, bug 23).

    `rupees` is what it has to pay out; 0 leaves it without a balance. Raises ValidationError when
    the e-mail address is taken.
    """
    password = strong_password()
    password_hash = make_password(password)  # slow on purpose, so not while rows are locked

    def effect() -> Opened:
        merchant = create_merchant(email=email, name=name, company_name=company_name, webhook_url=webhook_url, password_hash=password_hash)
        payouts, payments = (issue_key(merchant=merchant, scope=scope).key for scope in (Scope.PAYOUTS, Scope.PAYMENTS))
        if rupees:
            top_up(merchant=merchant, currency=CURRENCY, amount=rupees * 100, description="Opening balance")
        return Opened(merchant, Login(merchant.email, password), payouts, payments)

    opened: Opened = sql.in_transaction(effect)
    return opened
