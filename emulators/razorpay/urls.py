"""Razorpay's routes, under `/razorpay/`; a slash at the end is understood, anything else is its own 404."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from emulators.razorpay import checkout, customers, links, orders, payments, refunds
from emulators.razorpay.base import nowhere

_VISIT: list[URLPattern | URLResolver] = [
    path("", checkout.page),
    path("/pay", checkout.pay),
    path("/bank", checkout.bank),
    path("/cancel", checkout.cancel),
    path("/end", checkout.end),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/orders", orders.OrdersView.as_view()),
    path("v1/orders/<str:order_id>", orders.OrderView.as_view()),
    path("v1/orders/<str:order_id>/payments", payments.OrderPaymentsView.as_view()),
    path("v1/payments", payments.PaymentsView.as_view()),
    path("v1/payments/<str:payment_id>", payments.PaymentView.as_view()),
    path("v1/payments/<str:payment_id>/card", payments.PaymentCardView.as_view()),
    path("v1/payments/<str:payment_id>/capture", payments.CaptureView.as_view()),
    path("v1/payments/<str:payment_id>/refund", refunds.PaymentRefundView.as_view()),
    path("v1/payments/<str:payment_id>/refunds", refunds.PaymentRefundsView.as_view()),
    path("v1/payments/<str:payment_id>/refunds/<str:refund_id>", refunds.PaymentsRefundView.as_view()),
    path("v1/refunds", refunds.RefundsView.as_view()),
    path("v1/refunds/<str:refund_id>", refunds.RefundView.as_view()),
    path("v1/payment_links", links.LinksView.as_view()),
    path("v1/payment_links/<str:link_id>", links.LinkView.as_view()),
    path("v1/payment_links/<str:link_id>/cancel", links.CancelLinkView.as_view()),
    path("v1/payment_links/<str:link_id>/notify_by/<str:medium>", links.NotifyLinkView.as_view()),
    path("v1/customers", customers.CustomersView.as_view()),
    path("v1/customers/<str:customer_id>", customers.CustomerView.as_view()),
    path("v1/checkout.js", checkout.script),
    path("v1/checkout/embedded", checkout.embedded),
    path("v1/checkout/<uuid:visit_id>", include(_VISIT)),
    path("l/<str:link_id>", include(_VISIT)),
    path("v1/", include("emulators.razorpayx.urls")),
    re_path(r"", nowhere),
]
