"""The API gateway host (sandbox.*): both APIs, JSON at its root."""

from mypay.urls._parts import CALLBACKS, DOCS, GATEWAY, HEALTH, PAYMENT_API, PAYOUT_API, SANDBOX, WEBHOOKS, Routes

urlpatterns: Routes = [*GATEWAY, *HEALTH, *PAYOUT_API, *PAYMENT_API, *CALLBACKS, *WEBHOOKS, *SANDBOX, *DOCS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
