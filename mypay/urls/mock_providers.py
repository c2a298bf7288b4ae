"""mock-providers, port 3001: the vendors' APIs, one prefix each."""

from mypay.urls._parts import HEALTH, Routes

urlpatterns: Routes = [*HEALTH]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
