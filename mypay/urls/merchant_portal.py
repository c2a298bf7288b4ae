"""merchant-portal, port 4010, and the devportal.* host."""

from django.urls import path
from django.views.generic import RedirectView

from mypay.urls._parts import HEALTH, HEALTH_V1, PORTAL, PORTAL_API, Routes

urlpatterns: Routes = [path("", RedirectView.as_view(pattern_name="portal:home")), *HEALTH, *HEALTH_V1, *PORTAL_API, *PORTAL]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
