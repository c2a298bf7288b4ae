"""mock-providers, port 3001: the vendors' APIs, one prefix each."""

from mypay.urls._parts import HEALTH, HEALTH_V1, VENDORS, Routes

urlpatterns: Routes = [*HEALTH, *HEALTH_V1, *VENDORS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
