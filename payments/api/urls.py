"""Routes of the payment API and its page, from the root: each in the document's and the original's form."""

from typing import Any

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter
from drf_spectacular.utils import extend_schema, extend_schema_view

from payments import confirm_pages, gateway_pages, pages
from payments.api import views


class ReferenceConverter(StringConverter):
    """A merchant's reference may hold slashes; one with a line break is unknown, as any other that is not there."""

    regex = "(?s:.+)"


register_converter(ReferenceConverter, "reference")


def _both(at_root: str, under_v1: str, view: Any, name: str, **actions: str) -> list[URLPattern]:
    """One view at two addresses; `actions` names the second's operations in the API's description."""
    second: Any = type(f"V1{view.__name__}", (view,), {"__doc__": view.__doc__})
    described: Any = extend_schema_view(**{method: extend_schema(operation_id=known) for method, known in actions.items()})(second)
    return [path(at_root, view.as_view(), name=name), path(f"api/v1/{under_v1}", described.as_view(), name=f"v1-{name}")]


urlpatterns: list[URLPattern] = [
    path("api/checkout/create", views.LenientCheckoutsView.as_view(), name="checkout-create"),
    *_both("checkouts", "checkouts", views.CheckoutsView, "checkouts", post="v1_create_checkout"),
    *_both("checkouts/<str:checkout_id>", "checkouts/<str:checkout_id>", views.CheckoutView, "checkout", get="v1_get_checkout"),
    *_both("transactions", "transactions", views.TransactionsView, "transactions", get="v1_list_transactions"),
    *_both(
        "transactions/<reference:reference>",
        "transactions/<reference:reference>",
        views.TransactionView,
        "transaction",
        get="v1_get_transaction",
    ),
    path("payment/complete", views.CompleteByBodyView.as_view(), name="payment-complete-by-body"),
    *_both(
        "payment/<str:checkout_id>/complete",
        "payment/<str:checkout_id>/complete",
        views.CompleteView,
        "payment-complete",
        post="v1_complete_payment",
    ),
    *_both("test-scenarios", "test-scenarios", views.TestScenariosView, "test-scenarios", get="v1_test_scenarios"),
    *_both("webhooks/test", "webhooks/test", views.WebhookTestView, "webhook-test", post="v1_test_webhook"),
    *_both(
        "webhooks/process-pending",
        "webhooks/process-pending",
        views.ProcessPendingView,
        "webhooks-process-pending",
        post="v1_process_pending_webhooks",
    ),
    path("payment/<str:checkout_id>", pages.checkout, name="payment-page"),
    path("payment/<str:checkout_id>/pay", pages.pay, name="payment-pay"),
    path("payment/<str:checkout_id>/cancel", pages.cancel, name="payment-cancel"),
    path("payment/<str:checkout_id>/result", pages.result, name="payment-result"),
    path("payment/<str:checkout_id>/confirm", confirm_pages.confirm, name="payment-confirm"),
    path("payment/<str:checkout_id>/phone", confirm_pages.phone, name="payment-phone"),
    path("payment/<str:checkout_id>/return/<str:order_id>", gateway_pages.returned, name="payment-return"),
    path("api/v1/payment/<str:checkout_id>/confirm", views.ConfirmView.as_view(), name="v1-payment-confirm"),
]
