"""payout-api, port 4001."""

from mypay.urls._parts import DOCS, GATEWAY, HEALTH, PAYOUT_API, SANDBOX, Routes

urlpatterns: Routes = [*GATEWAY, *HEALTH, *PAYOUT_API, *SANDBOX, *DOCS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
