"""Accounts at a stand-in, for whoever uses it."""

import itertools

from gateways.models import GatewayAccount
from gateways.razorpay.tests.standin import Razorpay
from gateways.services.assign import assign
from gateways.services.create_account import create_account
from merchants.models import Merchant

_numbers = itertools.count(1)


def account_at(there: Razorpay, *, webhook_secret: str | None = None) -> GatewayAccount:
    """An account whose base URL is the stand-in's."""
    secret = there.webhook_secret if webhook_secret is None else webhook_secret
    name = f"Account {next(_numbers)}"
    return create_account(name=name, gateway="razorpay", credentials=there.credentials, webhook_secret=secret, base_url=there.url)


def carried_by(merchant: Merchant, *there: Razorpay) -> list[GatewayAccount]:
    """The merchant's payments go through an account at each, in turn."""
    accounts = [account_at(each) for each in there]
    for account in accounts:
        assign(merchant=merchant, account=account)
    return accounts
