"""ipn, port 4003: bank notifications, not behind the gateway."""

from mypay.urls._parts import HEALTH, IPN, Routes

urlpatterns: Routes = [*HEALTH, *IPN]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
