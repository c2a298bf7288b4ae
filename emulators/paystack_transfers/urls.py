"""Routes of Paystack's recipients, transfers, balance and banks."""

from django.urls import URLPattern, path

from emulators.paystack_transfers.balances import BalanceLedger, Balances
from emulators.paystack_transfers.banks import Banks
from emulators.paystack_transfers.otp import OneTimePasswords
from emulators.paystack_transfers.recipients import Recipients
from emulators.paystack_transfers.transfers import Transfers

urlpatterns: list[URLPattern] = [
    path("transferrecipient", Recipients.as_view({"get": "list", "post": "create"})),
    path("transferrecipient/<str:code>", Recipients.as_view({"get": "retrieve", "put": "change", "delete": "remove"})),
    path("transfer", Transfers.as_view({"get": "list", "post": "create"})),
    path("transfer/bulk", Transfers.as_view({"post": "bulk"})),
    path("transfer/finalize_transfer", Transfers.as_view({"post": "finalize"})),
    path("transfer/enable_otp", OneTimePasswords.as_view({"post": "enable"})),
    path("transfer/disable_otp", OneTimePasswords.as_view({"post": "disable"})),
    path("transfer/disable_otp_finalize", OneTimePasswords.as_view({"post": "disable_finally"})),
    path("transfer/resend_otp", OneTimePasswords.as_view({"post": "resend"})),
    path("transfer/verify/<str:reference>", Transfers.as_view({"get": "verify"})),
    path("transfer/<str:id_or_code>", Transfers.as_view({"get": "retrieve"})),
    path("balance", Balances.as_view({"get": "list"})),
    path("balance/ledger", BalanceLedger.as_view({"get": "list"})),
    path("bank", Banks.as_view({"get": "list"})),
    path("bank/resolve", Banks.as_view({"get": "resolve"})),
]
