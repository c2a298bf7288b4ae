"""Every service on one port; hosts pick their own (see mypay.middleware)."""

from mypay.urls._parts import (
    ADMIN,
    ADMIN_API,
    CALLBACKS,
    DOCS,
    HEALTH,
    IPN,
    LANDING,
    PAYMENT_API,
    PAYOUT_API,
    PORTAL,
    PORTAL_API,
    SANDBOX,
    VENDORS,
    WEBHOOKS,
    Routes,
)

urlpatterns: Routes = [
    *LANDING,
    *HEALTH,
    *PAYOUT_API,
    *PAYMENT_API,
    *WEBHOOKS,
    *SANDBOX,
    *VENDORS,
    *IPN,
    *CALLBACKS,
    *PORTAL_API,
    *ADMIN_API,
    *DOCS,
    *PORTAL,
    *ADMIN,
]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
