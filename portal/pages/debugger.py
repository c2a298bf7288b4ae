"""Why a signature does not match, part by part."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from merchants.models import Member
from merchants.states import Act
from mypay.kit.clock import iso
from portal.access import acting
from portal.developer_forms import DebugForm
from portal.developer_forms import attempt as attempted
from portal.wire_text import headers_of, lines
from webhooks import selectors
from webhooks.debugger import examine
from webhooks.received import case


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MANAGE_WEBHOOKS)
def debugger(request: HttpRequest, member: Member) -> HttpResponse:
    """A form for what was received, filled in from `attempt` if one is given; with the findings once it was sent."""
    endpoints = selectors.list_endpoints(member.merchant)
    if request.method != "POST":
        form = DebugForm(endpoints=endpoints, initial=_of_attempt(member, request.GET.get("attempt", "")))
        return render(request, "portal/debugger.html", {"member": member, "form": form})
    form, report = DebugForm(request.POST, endpoints=endpoints), None
    if form.is_valid():
        given = form.cleaned_data
        report = attempted(
            form,
            lambda: examine(
                case(
                    member.merchant,
                    headers=given["headers"],
                    body=given["body"].encode(),
                    secret=given["secret"].strip(),
                    endpoint_id=given["endpoint"],
                    now=given["now"],
                )
            ),
        )
    shown = {"member": member, "form": form, "report": report}
    return render(request, "portal/debugger.html", shown, status=400 if form.errors else 200)


def _of_attempt(member: Member, attempt_id: str) -> dict[str, str]:
    """The form's fields as a receiver of that attempt would fill them in; empty for what is no attempt of the merchant's."""
    row = selectors.find_attempt(member.merchant, attempt_id)
    if row is None:
        return {}
    headers = headers_of(row.request_headers)
    endpoint = row.delivery.endpoint_id
    return {
        "headers": lines(headers),
        "body": row.request_body,
        "endpoint": str(endpoint) if endpoint else "",
        "now": _signed_at(headers),
    }


def _signed_at(headers: dict[str, str]) -> str:
    """When it was signed: a receiver checks it then, an old attempt would only be found to be old."""
    named = {name.lower(): value for name, value in headers.items()}
    seconds = named.get("webhook-timestamp", "")
    return iso(datetime.fromtimestamp(int(seconds), UTC)) if seconds.isdigit() and len(seconds) < 12 else named.get("x-mypay-timestamp", "")
