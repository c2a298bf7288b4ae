"""Routes of the admin API under `/api/v1/admin` and `/api/admin` (contract section 7)."""

from django.urls import path

from portal.api import admin_activity as activity
from portal.api import admin_merchants as merchants
from portal.api import admin_sessions as sessions

urlpatterns = [
    path("auth/login", sessions.AdminLoginView.as_view()),
    path("auth/logout", sessions.AdminLogoutView.as_view()),
    path("auth/token", sessions.AdminTokenView.as_view()),
    path("auth/refresh", sessions.AdminRefreshView.as_view()),
    path("merchants", merchants.MerchantsView.as_view()),
    path("merchants/<str:merchant_id>", merchants.MerchantView.as_view()),
    path("merchants/<str:merchant_id>/toggle-status", merchants.ToggleStatusView.as_view()),
    path("merchants/<str:merchant_id>/reset-password", merchants.ResetPasswordView.as_view()),
    path("merchants/<str:merchant_id>/email", merchants.EmailView.as_view()),
    path("transactions", activity.AdminTransactionsView.as_view()),
    path("payouts", activity.AdminPayoutsView.as_view()),
    path("payouts/<str:payout_id>/approve", activity.ApproveView.as_view()),
    path("payouts/<str:payout_id>/reject", activity.RejectView.as_view()),
    path("stats", activity.AdminStatsView.as_view()),
    path("config", activity.ConfigView.as_view()),
]
