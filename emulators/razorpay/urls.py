"""Razorpay's routes, under `/razorpay/`; a slash at the end is understood, anything else is its own 404."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from emulators.hosted.opening import opened_by
from emulators.hosted.script import script
from emulators.hosted.urls import visit_urls
from emulators.razorpay.base import nowhere
from emulators.razorpay.customers import Customers
from emulators.razorpay.links import Links
from emulators.razorpay.orders import Orders
from emulators.razorpay.payments import Payments
from emulators.razorpay.refunds import Refunds
from emulators.razorpay.visits import find_visit, open_visit

_VISIT = visit_urls(find_visit)
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/orders", Orders.as_view({"get": "list", "post": "create"})),
    path("v1/orders/<str:order_id>", Orders.as_view({"get": "retrieve", "patch": "annotate"})),
    path("v1/orders/<str:order_id>/payments", Payments.as_view({"get": "list_of_order"})),
    path("v1/payments", Payments.as_view({"get": "list"})),
    path("v1/payments/<str:payment_id>", Payments.as_view({"get": "retrieve", "patch": "annotate"})),
    path("v1/payments/<str:payment_id>/card", Payments.as_view({"get": "card"})),
    path("v1/payments/<str:payment_id>/capture", Payments.as_view({"post": "capture"})),
    path("v1/payments/<str:payment_id>/refund", Refunds.as_view({"post": "create"})),
    path("v1/payments/<str:payment_id>/refunds", Refunds.as_view({"get": "list"})),
    path("v1/payments/<str:payment_id>/refunds/<str:refund_id>", Refunds.as_view({"get": "retrieve"})),
    path("v1/refunds", Refunds.as_view({"get": "list", "post": "create"})),
    path("v1/refunds/<str:refund_id>", Refunds.as_view({"get": "retrieve", "patch": "annotate"})),
    path("v1/payment_links", Links.as_view({"get": "list", "post": "create"})),
    path("v1/payment_links/<str:link_id>", Links.as_view({"get": "retrieve", "patch": "change"})),
    path("v1/payment_links/<str:link_id>/cancel", Links.as_view({"post": "cancel"})),
    path("v1/payment_links/<str:link_id>/notify_by/<str:medium>", Links.as_view({"post": "notify"})),
    path("v1/customers", Customers.as_view({"get": "list", "post": "create"})),
    path("v1/customers/<str:customer_id>", Customers.as_view({"get": "retrieve"})),
    path("v1/checkout.js", script, {"name": "razorpay-checkout.js"}),
    path("v1/checkout/embedded", opened_by(open_visit)),
    path("v1/checkout/<uuid:visit_id>", include(_VISIT)),
    path("l/<str:link_id>", include(_VISIT)),
    path("v1/", include("emulators.razorpayx.urls")),
    re_path(r"", nowhere),
]
