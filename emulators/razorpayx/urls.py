"""RazorpayX's routes, under `/razorpay/v1/` beside Razorpay's."""

from django.urls import URLPattern, URLResolver, path

from emulators.razorpayx import balances, contacts, fund_accounts, payouts, validations

urlpatterns: list[URLPattern | URLResolver] = [
    path("contacts", contacts.ContactsView.as_view()),
    path("contacts/<str:contact_id>", contacts.ContactView.as_view()),
    path("fund_accounts", fund_accounts.FundAccountsView.as_view()),
    path("fund_accounts/validations", validations.ValidationsView.as_view()),
    path("fund_accounts/validations/<str:validation_id>", validations.ValidationView.as_view()),
    path("fund_accounts/<str:fund_account_id>", fund_accounts.FundAccountView.as_view()),
    path("payouts", payouts.PayoutsView.as_view()),
    path("payouts/<str:payout_id>", payouts.PayoutView.as_view()),
    path("payouts/<str:payout_id>/cancel", payouts.CancelPayoutView.as_view()),
    path("banking_balances", balances.BankingBalancesView.as_view()),
    path("transactions", balances.TransactionsView.as_view()),
    path("transactions/<str:transaction_id>", balances.TransactionView.as_view()),
]
