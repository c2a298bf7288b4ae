"""payout-api, port 4001."""

from mypay.urls._parts import DOCS, GATEWAY, HEALTH, PAYOUT_API, SANDBOX, WEBHOOKS, Routes

urlpatterns: Routes = [*GATEWAY, *HEALTH, *PAYOUT_API, *WEBHOOKS, *SANDBOX, *DOCS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
