"""The groups of routes that the services are made of."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from mypay import gateway
from mypay.health import FullHealthView, LivenessView, ReadinessView
from mypay.health import HealthView as PaymentHealthView
from mypay.metrics.view import metrics
from payouts.api.ipn import IpnView
from payouts.api.views import HealthView as PayoutHealthView
from portal.pages.landing import landing

Routes = list[URLPattern | URLResolver]

HEALTH: Routes = [
    path("health", PaymentHealthView.as_view(), name="health"),
    path("ready", ReadinessView.as_view(), name="ready"),
    path("api/health", FullHealthView.as_view(), name="full-health"),
    *(path(f"{prefix}/liveness", LivenessView.as_view()) for prefix in ("api/health", "api/v1/health")),
    *(path(f"{prefix}/readiness", ReadinessView.as_view()) for prefix in ("api/health", "api/v1/health")),
    path("metrics", metrics, name="metrics"),
    path("api/metrics", metrics),
]
# Services whose `/api/v1/health` no API of theirs answers give the full report there.
HEALTH_V1: Routes = [path("api/v1/health", FullHealthView.as_view(), name="full-health-v1")]
PAYOUT_API: Routes = [
    path("api/v1/health", PayoutHealthView.as_view(), name="payout-health"),
    path("api/v1/", include("payouts.api.urls")),
]
PAYMENT_API: Routes = [
    path("api/v1/health", PaymentHealthView.as_view(), name="payment-health"),
    path("", include("payments.api.urls")),
    path("api/v1/", include("payments.api.core_urls")),
    path("api/v1/", include("payments.api.settlement_urls")),
]
_CONTROLS = (
    "sandbox.api.urls",
    "ledger.api.urls",
    "payments.api.sandbox_urls",
    "payments.api.settlement_control_urls",
    "webhooks.api.sandbox_urls",
)
SANDBOX: Routes = [path("api/v1/sandbox/", include(urls)) for urls in _CONTROLS]
WEBHOOKS: Routes = [path("api/v1/webhooks/", include("webhooks.api.urls"))]
VENDORS: Routes = [path(f"{vendor}/", include(f"emulators.{vendor}.urls")) for vendor in ("razorpay", "paystack")]
IPN: Routes = [path("ipn/callback", IpnView.as_view(), name="ipn")]
CALLBACKS: Routes = [path("", include("payments.api.callbacks"))]
GATEWAY: Routes = [path("", gateway.index, name="gateway")]
DOCS: Routes = [
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema", http_method_names=["get", "head"]), name="docs"),
]
PORTAL_API: Routes = [path(prefix, include("portal.api.merchant")) for prefix in ("api/v1/portal/", "api/portal/")]
ADMIN_API: Routes = [path(prefix, include("portal.api.admin")) for prefix in ("api/v1/admin/", "api/admin/")]
PORTAL: Routes = [path("portal/", include("portal.urls"))]
ADMIN: Routes = [path("admin/", admin.site.urls)]
LANDING: Routes = [path("", landing, name="landing")]
