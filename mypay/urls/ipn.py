"""ipn, port 4003: notifications of banks and gateways, not behind the API gateway."""

from mypay.urls._parts import CALLBACKS, HEALTH, HEALTH_V1, IPN, Routes

urlpatterns: Routes = [*HEALTH, *HEALTH_V1, *IPN, *CALLBACKS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
