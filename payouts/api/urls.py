"""Routes of the payout API under `/api/v1`."""

from django.urls import path

from payouts.api import batches, beneficiaries, views
from payouts.states import DestinationType

_BANKS = views.DirectoryView.as_view(kinds=(DestinationType.BANK,))
_WALLETS = views.DirectoryView.as_view(kinds=(DestinationType.WALLET,))

urlpatterns = [
    path("payouts", views.PayoutsView.as_view(), name="payouts"),
    path("payouts/<str:payout_id>", views.PayoutView.as_view(), name="payout"),
    path("payouts/<str:payout_id>/reinitiate", views.ReinitiateView.as_view(), name="reinitiate"),
    path("payout-batches", batches.BatchesView.as_view(), name="payout-batches"),
    path("payout-batches/<str:batch_id>", batches.BatchView.as_view(), name="payout-batch"),
    path("payout-batches/<str:batch_id>/lines", batches.BatchLinesView.as_view(), name="payout-batch-lines"),
    path("payout-batches/<str:batch_id>/cancel", batches.CancelBatchView.as_view(), name="payout-batch-cancel"),
    path("beneficiaries", beneficiaries.BeneficiariesView.as_view(), name="beneficiaries"),
    path("beneficiaries/<str:beneficiary_id>", beneficiaries.BeneficiaryView.as_view(), name="beneficiary"),
    path("balance", views.BalanceView.as_view(), name="balance"),
    path("balance/history", views.BalanceHistoryView.as_view(), name="balance-history"),
    path("directory", views.DirectoryView.as_view(), name="directory"),
    path("directory/banks", _BANKS, name="directory-banks"),
    path("directory/wallets", _WALLETS, name="directory-wallets"),
    path("verify-account", views.VerifyAccountView.as_view(), name="verify-account"),
]
