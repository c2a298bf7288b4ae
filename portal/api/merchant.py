"""Routes of the portal API under `/api/v1/portal` and `/api/portal` (contract section 6)."""

from django.urls import path

from portal.api import activity, profile, sessions

urlpatterns = [
    path("auth/register", sessions.RegisterView.as_view()),
    path("auth/login", sessions.LoginView.as_view()),
    path("auth/logout", sessions.LogoutView.as_view()),
    path("auth/token", sessions.TokenView.as_view()),
    path("auth/refresh", sessions.RefreshView.as_view()),
    path("merchant/profile", profile.ProfileView.as_view()),
    path("merchant/credentials", profile.CredentialsView.as_view()),
    path("transactions", activity.TransactionsView.as_view()),
    path("transactions/export/<str:format>", activity.TransactionExportView.as_view()),
    path("transactions/<str:checkout_id>", activity.TransactionView.as_view()),
    path("dashboard/stats", activity.StatsView.as_view()),
    path("payouts", activity.PayoutsView.as_view()),
    path("payouts/export/<str:format>", activity.PayoutExportView.as_view()),
    path("payouts/<str:payout_id>", activity.PayoutView.as_view()),
]
