"""RazorpayX's routes, under `/razorpay/v1/` beside Razorpay's."""

from django.urls import URLPattern, URLResolver, path

from emulators.razorpayx.balances import BankingBalances, Transactions
from emulators.razorpayx.contacts import Contacts
from emulators.razorpayx.fund_accounts import FundAccounts
from emulators.razorpayx.payouts import Payouts
from emulators.razorpayx.validations import Validations

urlpatterns: list[URLPattern | URLResolver] = [
    path("contacts", Contacts.as_view({"get": "list", "post": "create"})),
    path("contacts/<str:contact_id>", Contacts.as_view({"get": "retrieve", "patch": "change"})),
    path("fund_accounts", FundAccounts.as_view({"get": "list", "post": "create"})),
    path("fund_accounts/validations", Validations.as_view({"get": "list", "post": "create"})),
    path("fund_accounts/validations/<str:validation_id>", Validations.as_view({"get": "retrieve"})),
    path("fund_accounts/<str:fund_account_id>", FundAccounts.as_view({"get": "retrieve", "patch": "change"})),
    path("payouts", Payouts.as_view({"get": "list", "post": "create"})),
    path("payouts/<str:payout_id>", Payouts.as_view({"get": "retrieve"})),
    path("payouts/<str:payout_id>/cancel", Payouts.as_view({"post": "cancel"})),
    path("banking_balances", BankingBalances.as_view({"get": "list"})),
    path("transactions", Transactions.as_view({"get": "list"})),
    path("transactions/<str:transaction_id>", Transactions.as_view({"get": "retrieve"})),
]
