"""Routes of the merchant portal, under `/portal/`."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from portal import settlements, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("login", views.SignIn.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("payouts", views.payouts, name="payouts"),
    path("payouts/<str:payout_id>", views.payout, name="payout"),
    path("settlements", settlements.settlements, name="settlements"),
    path("settlements/<str:settlement_id>", settlements.settlement, name="settlement"),
    path("settlements/<str:settlement_id>/statement.csv", settlements.statement_file, name="settlement-file"),
    path("settlements/<str:settlement_id>/print", settlements.statement_print, name="settlement-print"),
    path("history", views.history, name="history"),
    path("keys", views.keys, name="keys"),
    path("keys/<int:pk>", views.key, name="key"),
]
