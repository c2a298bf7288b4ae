"""payment-api, port 4002, and the mock.* host."""

from mypay.urls._parts import CALLBACKS, DOCS, GATEWAY, HEALTH, PAYMENT_API, SANDBOX, WEBHOOKS, Routes

urlpatterns: Routes = [*GATEWAY, *HEALTH, *PAYMENT_API, *CALLBACKS, *WEBHOOKS, *SANDBOX, *DOCS]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
