"""Paystack's routes, under `/paystack/`; a slash at the end is understood, anything else is its own 404."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from emulators.hosted.urls import visit_urls
from emulators.paystack.base import nowhere
from emulators.paystack.charges import Charges
from emulators.paystack.magic import Step
from emulators.paystack.refunds import Refunds
from emulators.paystack.transactions import Transactions
from emulators.paystack.visits import find_visit

_STEPS = {"pin": Step.PIN, "otp": Step.OTP, "phone": Step.PHONE, "birthday": Step.BIRTHDAY, "address": Step.ADDRESS}
urlpatterns: list[URLPattern | URLResolver] = [
    path("transaction", Transactions.as_view({"get": "list"})),
    path("transaction/initialize", Transactions.as_view({"post": "create"})),
    path("transaction/charge_authorization", Charges.as_view({"post": "charge_authorization"})),
    path("transaction/verify/<str:reference>", Transactions.as_view({"get": "verify"})),
    path("transaction/<str:transaction_id>", Transactions.as_view({"get": "retrieve"})),
    path("charge", Charges.as_view({"post": "create"})),
    *(path(f"charge/submit_{name}", Charges.as_view({"post": "submit"}), {"step": step}) for name, step in _STEPS.items()),
    path("charge/<str:reference>", Charges.as_view({"get": "check"})),
    path("refund", Refunds.as_view({"get": "list", "post": "create"})),
    path("refund/retry_with_customer_details/<str:refund_id>", Refunds.as_view({"post": "retry"})),
    path("refund/<str:refund_id>", Refunds.as_view({"get": "retrieve"})),
    path("checkout/<str:access_code>", include(visit_urls(find_visit))),
    path("", include("emulators.paystack_transfers.urls")),
    re_path(r"", nowhere),
]
