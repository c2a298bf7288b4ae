"""The keys of the payment API, and its two dialects: the contract's own (section 3) and the core."""

from typing import Any

import structlog
from django.http import HttpResponse
from rest_framework.request import Request

from merchants.authentication import ApiKeyAuthentication
from merchants.states import Scope
from mypay.kit.api import JsonView, Reply, refusal, refused_response
from mypay.kit.errors import ApiError
from payments.errors import InvalidCheckout
from sandbox.api.simulated import SimulatedView

log = structlog.get_logger("mypay.payments")
# Where this dialect says it in other words than the core.
_MESSAGES = {"MISSING_API_KEY": "Missing X-Api-Key header"}


class PaymentKey(ApiKeyAuthentication):
    """Keys of the payment API."""

    scopes = (Scope.PAYMENTS,)


class PaymentDialectView(JsonView):
    """A route that answers `{success:false,<told_in>}`; a fault of ours says `fault`."""

    told_in = "error"
    fault = "Internal server error"

    def get_exception_handler(self) -> Any:
        return handle_error


class PaymentApiView(PaymentDialectView, SimulatedView):
    """A route of the payment API that a merchant's payment key opens; its faults may strike it."""

    authentication_classes = [PaymentKey]


class CorePaymentView(SimulatedView):
    """A route for a payment key in the core dialect: it answers and refuses as the payout API does."""

    authentication_classes = [PaymentKey]


class PublicPaymentView(PaymentDialectView):
    """A route that needs no key."""

    def get_authenticators(self) -> list[Any]:
        return []


def handle_error(problem: Exception, context: Any) -> HttpResponse:
    """DRF's exception handler for the payment dialect; a fault of ours is logged and told as 500."""
    view: PaymentDialectView = context["view"]
    refused = refusal(problem)
    if refused is None:
        log.error("unhandled error", exc_info=problem)
        return Reply.of(500, {"success": False, view.told_in: view.fault}).response()
    return refused_response(_error_reply(refused, view), refused, view)


def _error_reply(refused: ApiError, view: PaymentDialectView) -> Reply:
    if isinstance(refused, InvalidCheckout):
        told: dict[str, Any] = {"errors": refused.faults}
    elif refused.status >= 500:
        told = {view.told_in: view.fault}
    else:
        told = {view.told_in: _MESSAGES.get(refused.code, refused.message)}
    made = Reply.of(refused.status, {"success": False, **told})
    return Reply(made.status, made.body, refused.headers)


def ok(content: dict[str, Any]) -> HttpResponse:
    """200 with `success` first."""
    return Reply.of(200, {"success": True, **content}).response()


def header_of(request: Request, name: str) -> str:
    """A request header, empty when absent."""
    return str(request.headers.get(name, ""))
