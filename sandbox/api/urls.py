"""Routes of the sandbox controls under `/api/v1/sandbox`."""

from django.urls import path

from sandbox.api import views

urlpatterns = [
    path("rules", views.RulesView.as_view(), name="sandbox-rules"),
    path("rules/<str:rule_id>", views.RuleView.as_view(), name="sandbox-rule"),
    path("clock", views.ClockView.as_view(), name="sandbox-clock"),
    *(
        path(f"clock/{move}", views.ClockMoveView.as_view(move=move), name=f"sandbox-clock-{move}")
        for move in ("advance", "freeze", "unfreeze", "reset")
    ),
]
