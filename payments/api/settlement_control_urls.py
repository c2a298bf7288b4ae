"""The settlements' part of the sandbox controls, under `/api/v1/sandbox`."""

from django.urls import path

from payments.api import settlement_controls

urlpatterns = [
    path("settlement-plans/<str:currency>", settlement_controls.PlanView.as_view(), name="sandbox-settlement-plan"),
    path("settlements/run", settlement_controls.RunView.as_view(), name="sandbox-settle"),
    path("settlements/<str:settlement_id>/breaks", settlement_controls.BreaksView.as_view(), name="sandbox-statement-breaks"),
    path("settlements/<str:settlement_id>/grade", settlement_controls.GradeView.as_view(), name="sandbox-statement-grade"),
]
