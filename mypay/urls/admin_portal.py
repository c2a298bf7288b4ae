"""admin-portal, port 4011, and the devadmin.* host."""

from django.urls import path
from django.views.generic import RedirectView

from mypay.urls._parts import ADMIN, ADMIN_API, HEALTH, HEALTH_V1, Routes

urlpatterns: Routes = [path("", RedirectView.as_view(pattern_name="admin:index")), *HEALTH, *HEALTH_V1, *ADMIN_API, *ADMIN]
handler404 = "mypay.fallbacks.not_found"
handler500 = "mypay.fallbacks.server_error"
