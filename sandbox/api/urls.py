"""Routes of the sandbox controls under `/api/v1/sandbox`."""

from django.urls import path

from sandbox.api import fault_views, state_views, views

urlpatterns = [
    path("rules", views.RulesView.as_view(), name="sandbox-rules"),
    path("rules/<str:rule_id>", views.RuleView.as_view(), name="sandbox-rule"),
    path("clock", views.ClockView.as_view(), name="sandbox-clock"),
    path("clock/advance", views.ClockAdvanceView.as_view(), name="sandbox-clock-advance"),
    *(
        path(f"clock/{move}", views.ClockMoveView.as_view(move=move), name=f"sandbox-clock-{move}")
        for move in ("freeze", "unfreeze", "reset")
    ),
    path("faults", fault_views.FaultsView.as_view(), name="sandbox-faults"),
    path("faults/<str:fault_id>", fault_views.FaultView.as_view(), name="sandbox-fault"),
    path("reset", state_views.ResetView.as_view(), name="sandbox-reset"),
    path("snapshots", state_views.SnapshotsView.as_view(), name="sandbox-snapshots"),
    path("snapshots/<str:snapshot_id>", state_views.SnapshotView.as_view(), name="sandbox-snapshot"),
    path("snapshots/<str:snapshot_id>/restore", state_views.RestoreView.as_view(), name="sandbox-restore"),
    path("children", state_views.ChildrenView.as_view(), name="sandbox-children"),
    path("children/<str:child_id>", state_views.ChildView.as_view(), name="sandbox-child"),
]
