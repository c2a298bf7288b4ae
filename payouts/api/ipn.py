"""Bank notifications: `POST /ipn/callback`, signed (contract section 2, IPN)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from audit import context
from mypay.kit.api import JsonView, success
from mypay.kit.crypto import hmac_sha256_hex, same
from mypay.kit.errors import AuthenticationError, ValidationError
from mypay.kit.ids import is_uuid
from mypay.settings import environment
from payouts.api import schema
from payouts.errors import payout_not_found
from payouts.models import Payout
from payouts.services.resolve import resolve_payout
from payouts.states import IPN_STATUSES, PayoutStatus

_MAX_TEXT = {"pspReference": 40, "failureReason": 200}


class IpnView(JsonView):
    """The bank says how a payout ended; a repeat changes nothing."""

    @extend_schema(**schema.IPN)
    def post(self, request: Request) -> HttpResponse:
        """Apply a bank's notification."""
        _check_signature(request)
        context.acts(actor_type="bank", actor_id="ipn")
        payout_id, status = self.body.get("payoutId"), self.body.get("status")
        if not payout_id or not status:
            missing = "payoutId" if not payout_id else "status"
            raise ValidationError("Missing required fields", field=missing)
        if status not in IPN_STATUSES:
            raise ValidationError(f"status must be one of {', '.join(IPN_STATUSES)}", field="status")
        psp_reference, reason = (self._text(name) for name in _MAX_TEXT)
        found = Payout.objects.select_related("merchant").filter(pk=payout_id).first() if is_uuid(str(payout_id)) else None
        if found is None:
            raise payout_not_found()
        resolved = resolve_payout(payout=found, status=PayoutStatus(status), psp_reference=psp_reference, failure_reason=reason)
        return success(200, {"payoutId": str(resolved.id), "status": str(resolved.status)}).response()

    def _text(self, name: str) -> str:
        value = self.body.get(name) or ""
        if not isinstance(value, str) or len(value) > _MAX_TEXT[name]:
            raise ValidationError(f"{name} must be text of at most {_MAX_TEXT[name]} characters", field=name)
        return value


def _check_signature(request: Request) -> None:
    given = request.headers.get("X-MyPay-Signature", "")
    if not given and environment.IPN_ALLOW_UNSIGNED:
        return
    expected = hmac_sha256_hex(environment.IPN_SECRET, request._request.body)
    if not given or not same(given.lower(), expected):
        raise AuthenticationError("Invalid signature", code="INVALID_SIGNATURE", field="X-MyPay-Signature")
