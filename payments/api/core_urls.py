"""Routes of the payment API under `/api/v1` that speak the core dialect."""

from django.urls import path

from payments.api import disputes, payments, refunds

urlpatterns = [
    path("payments", payments.PaymentsView.as_view(), name="payments"),
    path("payments/<str:payment_id>", payments.PaymentView.as_view(), name="payment"),
    path("payments/<str:payment_id>/capture", payments.CaptureView.as_view(), name="payment-capture"),
    path("payments/<str:payment_id>/void", payments.VoidView.as_view(), name="payment-void"),
    path("payments/<str:payment_id>/refunds", refunds.PaymentRefundsView.as_view(), name="payment-refunds"),
    path("refunds", refunds.RefundsView.as_view(), name="refunds"),
    path("refunds/<str:refund_id>", refunds.RefundView.as_view(), name="refund"),
    path("disputes", disputes.DisputesView.as_view(), name="disputes"),
    path("disputes/<str:dispute_id>", disputes.DisputeView.as_view(), name="dispute"),
    path("disputes/<str:dispute_id>/evidence", disputes.EvidenceView.as_view(), name="dispute-evidence"),
    path("disputes/<str:dispute_id>/accept", disputes.AcceptView.as_view(), name="dispute-accept"),
]
