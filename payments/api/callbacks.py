"""Where gateways call back (contract lightspeedpay section 6): checked, kept, answered at once; applied as due work."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audit import context
from gateways import registry
from gateways.contract import Capability
from payments.services.gateway.receive import receive_callback


@csrf_exempt  # a server calls, and signs
@require_POST
def callback(request: HttpRequest, gateway: str = "", token: str = "") -> JsonResponse:
    """200 once it is kept, also for a repeat; 401 for what is not signed as its account's gateway signs."""
    context.acts(actor_type="gateway", actor_id=gateway or "callback")
    try:
        body = request.body
    except RequestDataTooBig:
        return JsonResponse({"status": "too large"}, status=413)
    except UnreadablePostError:
        return JsonResponse({"status": "unreadable"}, status=400)
    if receive_callback(gateway=gateway, token=token, headers=request.headers, body=body):
        return JsonResponse({"status": "ok"})
    return JsonResponse({"status": "invalid signature"}, status=401)


def _routes() -> list[URLPattern]:
    names = [spec.name for spec in registry.specs() if Capability.NOTIFY in spec.capabilities]
    forms = (
        ("webhooks/{}", "gateway-callback-{}"),
        ("webhooks/{}/<str:token>", "gateway-callback-{}-account"),
        ("api/v1/callback/{}", "gateway-callback-alias-{}"),
    )
    by_name = [path(at.format(name), callback, {"gateway": name}, name=called.format(name)) for name in names for at, called in forms]
    return [*by_name, path("webhook/<str:token>", callback, name="gateway-callback-account")]


urlpatterns = _routes()
