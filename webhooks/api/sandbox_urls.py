"""Routes of this room's controls under `/api/v1/sandbox`."""

from django.urls import path

from webhooks.api import sandbox_views as views

urlpatterns = [
    path("webhook-tricks", views.TricksView.as_view(), name="sandbox-webhook-tricks"),
    path("webhook-tricks/<str:trick_id>", views.TrickView.as_view(), name="sandbox-webhook-trick"),
]
