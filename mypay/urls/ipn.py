"""ipn, port 4003: bank notifications, not behind the gateway."""

from mypay.urls._parts import HEALTH, HEALTH_V1, IPN, Routes

urlpatterns: Routes = [*HEALTH, *HEALTH_V1, *IPN]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
