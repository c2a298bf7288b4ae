"""Every service on one port; hosts pick their own (see mypay.middleware)."""

from mypay.urls._parts import ADMIN, DOCS, HEALTH, IPN, LANDING, PAYOUT_API, PORTAL, Routes

urlpatterns: Routes = [*LANDING, *HEALTH, *PAYOUT_API, *IPN, *DOCS, *PORTAL, *ADMIN]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
