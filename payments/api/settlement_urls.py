"""Routes of settlement under `/api/v1`."""

from django.urls import path

from payments.api import settlements

urlpatterns = [
    path("settlements", settlements.SettlementsView.as_view(), name="settlements"),
    path("settlements/upcoming", settlements.UpcomingView.as_view(), name="settlements-upcoming"),
    path("settlements/<str:settlement_id>", settlements.SettlementView.as_view(), name="settlement"),
    path("settlements/<str:settlement_id>/lines", settlements.LinesView.as_view(), name="settlement-lines"),
    path("settlements/<str:settlement_id>/statement.csv", settlements.StatementFileView.as_view(), name="settlement-statement"),
    path("settlement-plans", settlements.PlansView.as_view(), name="settlement-plans"),
]
