"""The API gateway host (sandbox.*)"""

from mypay.urls._parts import DOCS, GATEWAY, HEALTH, PAYOUT_API, Routes

urlpatterns: Routes =  both APIs, JSON at its root.:[*GATEWAY, *HEALTH, *PAYOUT_API, *DOCS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
