"""The payments' part of the sandbox controls, under `/api/v1/sandbox`."""

from django.urls import path

from payments.api import sandbox

urlpatterns = [
    path("disputes", sandbox.OpenDisputeView.as_view(), name="sandbox-disputes"),
    path("disputes/<str:dispute_id>/decide", sandbox.DecideDisputeView.as_view(), name="sandbox-dispute-decide"),
    path("refunds/<str:refund_id>/decide", sandbox.DecideRefundView.as_view(), name="sandbox-refund-decide"),
]
