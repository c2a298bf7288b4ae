"""Routes of the merchant portal, under `/portal/`, room by room."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from portal.pages import balance, confirm, home, keys, payouts, settlements, sign_in

app_name = "portal"
_ACCOUNT = [
    path("login", sign_in.SignIn.as_view(), name="login"),
    path("confirm", confirm.confirm_password, name="confirm"),
    path("logout", LogoutView.as_view(), name="logout"),
]
_MONEY = [
    path("payouts", payouts.payouts, name="payouts"),
    path("payouts/<str:payout_id>", payouts.payout, name="payout"),
    path("settlements", settlements.settlements, name="settlements"),
    path("settlements/<str:settlement_id>", settlements.settlement, name="settlement"),
    path("settlements/<str:settlement_id>/statement.csv", settlements.statement_file, name="settlement-file"),
    path("settlements/<str:settlement_id>/print", settlements.statement_print, name="settlement-print"),
    path("history", balance.history, name="history"),
]
_DEVELOPERS = [
    path("keys", keys.keys, name="keys"),
    path("keys/<int:pk>", keys.key, name="key"),
]
urlpatterns = [path("", home.home, name="home"), *_ACCOUNT, *_MONEY, *_DEVELOPERS]
