"""The payment API, thin: read the request, call the service, send the reply (contract sections 3 to 5)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from audit import context
from mypay.kit.api import JsonView, Reply
from mypay.kit.errors import ValidationError
from payments import links, scenarios, selectors
from payments.api import schema
from payments.api.base import PaymentApiView, PublicPaymentView, header_of, ok
from payments.render import checkout_json, created_json, transaction_json
from payments.selectors import get_session, last_attempt
from payments.services.complete import complete_payment
from payments.services.confirm import confirm_payment
from payments.services.create import create_checkout
from payments.services.send_test_webhook import send_test_webhook
from payments.states import PaymentStatus
from sandbox.services.decide import HEADER
from webhooks.services.wake_pending import wake_pending

_MAX_SECRET = 20
_ID_NAMES = ("checkoutId", "checkout_id", "sessionId", "session_id")


class CheckoutsView(PaymentApiView):
    """The original's strict body."""

    fault = "Failed to create checkout session"
    lenient = False

    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> HttpResponse:
        """Create a checkout; the payer goes to `checkoutUrl`."""
        checkout = create_checkout(merchant=self.merchant, body=self.body, lenient=self.lenient, scenario=header_of(request, HEADER))
        return Reply.of(200, created_json(checkout, links.page_url(checkout), extended=self.lenient)).response()


class LenientCheckoutsView(CheckoutsView):
    """The document's body: other names are understood, and most may be left out."""

    lenient = True

    @extend_schema(**schema.CREATE_LENIENT)
    def post(self, request: Request) -> HttpResponse:
        """Create a checkout from as little as a reference and an amount."""
        return super().post(request)


class CheckoutView(PaymentApiView):
    fault = "Failed to retrieve checkout session"

    @extend_schema(**schema.GET)
    def get(self, request: Request, checkout_id: str) -> HttpResponse:
        """One checkout."""
        return ok({"checkout": checkout_json(selectors.get_checkout(self.merchant, checkout_id))})


class TransactionsView(PaymentApiView):
    fault = "Failed to retrieve transaction status"

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> HttpResponse:
        """List transactions, newest first."""
        page = selectors.list_transactions(self.merchant, request.query_params)
        return ok({"transactions": [transaction_json(row) for row in page.rows], "pagination": page.pagination})


class TransactionView(PaymentApiView):
    fault = "Failed to retrieve transaction status"

    @extend_schema(**schema.GET_TRANSACTION)
    def get(self, request: Request, reference: str) -> HttpResponse:
        """One transaction, by your reference."""
        return ok({"transaction": transaction_json(selectors.get_transaction(self.merchant, reference))})


class CompleteView(PublicPaymentView):
    """What the payment page calls; whoever holds the id may pay."""

    told_in = "message"
    fault = "Payment processing failed"

    @extend_schema(**schema.COMPLETE)
    def post(self, request: Request, checkout_id: str) -> HttpResponse:
        """Pay a checkout."""
        return self.pay(checkout_id)

    def pay(self, checkout_id: str) -> HttpResponse:
        """`{success,message,returnUrl}`; in the audit a payer acts."""
        context.acts(actor_type="payer", actor_id=checkout_id[:64])
        answer = complete_payment(checkout_id=checkout_id, body=self.body)
        return Reply.of(200, {"success": answer.success, "message": answer.message, "returnUrl": answer.return_url}).response()


class CompleteByBodyView(CompleteView):
    @extend_schema(**schema.COMPLETE_BY_BODY)
    def post(self, request: Request) -> HttpResponse:  # type: ignore[override]
        """Pay a checkout named in the body."""
        checkout_id = next((self.body[name] for name in _ID_NAMES if self.body.get(name)), "")
        if not checkout_id:
            raise ValidationError("checkoutId is required", field="checkoutId")
        return self.pay(str(checkout_id))


class ConfirmView(PublicPaymentView):
    """What the page between the form and the outcome does, for programs."""

    told_in = "message"
    fault = "Payment processing failed"

    @extend_schema(**schema.CHALLENGE)
    def get(self, request: Request, checkout_id: str) -> HttpResponse:
        """What the payer is asked for, if anything."""
        payment = last_attempt(get_session(checkout_id))
        is_asked = payment is not None and payment.status == PaymentStatus.REQUIRES_ACTION
        told = {"paymentStatus": str(payment.status) if payment else None, "challenge": payment.challenge if payment and is_asked else None}
        return ok(told)

    @extend_schema(**schema.CONFIRM)
    def post(self, request: Request, checkout_id: str) -> HttpResponse:
        """Answer it: approve or decline, with the OTP or PIN where one is asked for."""
        context.acts(actor_type="payer", actor_id=checkout_id[:64])
        answer, secret = (self.body.get(name, "") for name in ("answer", "secret"))
        for name, value in (("answer", answer), ("secret", secret)):
            if not isinstance(value, str) or len(value) > _MAX_SECRET:
                raise ValidationError(f"{name} must be text of at most {_MAX_SECRET} characters", field=name)
        confirmed = confirm_payment(checkout_id=checkout_id, answer=answer, secret=secret)
        return Reply.of(200, {"success": confirmed.success, "message": confirmed.message, "returnUrl": confirmed.return_url}).response()


class TestScenariosView(PublicPaymentView):
    fault = "Failed to retrieve test scenarios"

    @extend_schema(**schema.SCENARIOS)
    def get(self, request: Request) -> HttpResponse:
        """The magic numbers and what each does."""
        return Reply.of(200, scenarios.overview()).response()


class WebhookTestView(JsonView):
    """Speaks the core dialect, as the original does here (contract section 3)."""

    @extend_schema(**schema.WEBHOOK_TEST)
    def post(self, request: Request) -> HttpResponse:
        """Send a checkout's webhook now and say whether it arrived."""
        checkout_id = self.body.get("checkoutId")
        if not checkout_id:
            missing = ValidationError("checkoutId is required", field="checkoutId")
            missing.timed = False
            raise missing
        arrived = send_test_webhook(checkout_id=str(checkout_id))
        return Reply.of(200, {"success": arrived, "message": "Webhook sent successfully" if arrived else "Webhook failed"}).response()


class ProcessPendingView(PaymentApiView):
    @extend_schema(**schema.PROCESS_PENDING)
    def post(self, request: Request) -> HttpResponse:
        """Have pending webhooks looked for now."""
        wake_pending(merchant=self.merchant)
        return ok({"message": "Processing pending webhooks"})
