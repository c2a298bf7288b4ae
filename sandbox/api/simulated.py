"""The base of a merchant's endpoints in the simulated world: its faults break their transport.

The controls themselves are no part of that world, so that a fault can always be taken back.
"""

import time
from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request

from merchants.api.views import MerchantView
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit import clock, idempotency
from mypay.kit.errors import ApiError
from sandbox import tricks
from sandbox.api.wire import broken
from sandbox.faults import HEADER, Call, FaultKind, Strike, guide_route
from sandbox.services.faults import strike


class InjectedError(ApiError):
    """A fault of ours that is none: the merchant asked for it. Told as any other 5xx would be."""

    status = 500
    code = "INTERNAL_ERROR"
    timed = False


class SimulatedView(MerchantView):
    """An endpoint that a fault can strike: before its effect in `initial`, after it on the way out.

    What an idempotency key remembers is the true reply, since it was finished and kept before.
    """

    struck: Strike | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Once it is known who calls, before anything is done."""
        super().initial(request, *args, **kwargs)
        header = request.META.get("HTTP_X_MOCK_FAULT", "")
        merchant: Merchant = self.merchant
        tricks.ask(_trick(request, merchant))
        if header or merchant.has_faults:
            self.struck = strike(merchant=merchant, call=_call(request), header=header)
            _strike_before(self.struck)

    def claim(self, request: Request) -> idempotency.Claim:
        """The request's right to act under its idempotency key."""
        return idempotency.claim(
            owner_id=self.merchant.pk,
            header=request.headers.get("X-Idempotency-Key"),
            method=request.method or "",
            path=request.path,
            body=self.body,
            now=clock.now(self.merchant),
        )

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The reply on its way out, when the effect is committed."""
        tricks.ask("")
        struck = self.struck
        if struck is not None and struck.kind == FaultKind.ERROR_AFTER:
            response = self.handle_exception(_internal_error(struck))
        reply = super().finalize_response(request, response, *args, **kwargs)
        if struck is None:
            return reply
        reply.headers[HEADER] = str(struck.kind)
        return broken(_whole(reply), struck, request.META.get("gunicorn.socket"))


def _whole(reply: Any) -> HttpResponse:
    """The reply in one piece: a fault that cuts or spoils it needs all of a streamed file."""
    if isinstance(reply, StreamingHttpResponse):
        content = b"".join(cast(Iterable[bytes], reply.streaming_content))
        return HttpResponse(content, status=reply.status_code, headers=dict(reply.headers))
    return cast(HttpResponse, reply)


def _trick(request: Request, merchant: Merchant) -> str:
    """What the webhooks of this request are made to do wrong; a live merchant's never are."""
    header = request.META.get("HTTP_X_MOCK_WEBHOOK", "")
    return tricks.from_header(header) if header and merchant.environment == Environment.SANDBOX else ""


def _call(request: Request) -> Call:
    match = request._request.resolver_match
    return Call(request.method or "", request.path, guide_route(match.route if match else ""))


def _strike_before(struck: Strike | None) -> None:
    match struck:
        case Strike(kind=FaultKind.LATENCY, number=number):
            time.sleep((number or 0) / 1000)
        case Strike(kind=FaultKind.ERROR_BEFORE | FaultKind.RESET_BEFORE):
            raise _internal_error(struck)
        case Strike(kind=FaultKind.RATE_LIMITED, number=number):
            raise ApiError("Too many requests", code="RATE_LIMITED", status=429, retry_after=number)


def _internal_error(struck: Strike) -> InjectedError:
    return InjectedError("Internal server error", status=struck.number)
