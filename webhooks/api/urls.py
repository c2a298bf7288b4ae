"""Routes of the webhooks API under `/api/v1/webhooks`."""

from django.urls import path

from webhooks.api import views

urlpatterns = [
    path("endpoints", views.EndpointsView.as_view(), name="webhook-endpoints"),
    path("endpoints/<str:endpoint_id>", views.EndpointView.as_view(), name="webhook-endpoint"),
    path("endpoints/<str:endpoint_id>/rotate-secret", views.RotateSecretView.as_view(), name="webhook-rotate-secret"),
    path("endpoints/<str:endpoint_id>/replay", views.ReplaysView.as_view(), name="webhook-replay"),
    path("replays/<str:replay_id>", views.ReplayView.as_view(), name="webhook-replay-progress"),
    path("events", views.EventsView.as_view(), name="webhook-events"),
    path("event-types", views.EventTypesView.as_view(), name="webhook-event-types"),
    path("deliveries", views.DeliveriesView.as_view(), name="webhook-deliveries"),
    path("deliveries/<str:delivery_id>", views.DeliveryView.as_view(), name="webhook-delivery"),
    path("deliveries/<str:delivery_id>/resend", views.ResendView.as_view(), name="webhook-resend"),
    path("trigger", views.TriggerView.as_view(), name="webhook-trigger"),
    path("debug", views.DebugView.as_view(), name="webhook-debug"),
]
