"""The request log: what came over the API, and one request in full."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from audit import selectors as audit
from audit.models import ApiRequest
from merchants.models import Member
from mypay.settings import environment
from portal.access import member_page
from portal.links import paging
from portal.objects import touched
from portal.parts import DateInput, Detail, FilterForm, choices, details
from portal.wire_text import curl, headers_of, lines, pretty

_STATUSES = [("errors", "4xx and 5xx"), ("2xx", "2xx, done"), ("4xx", "4xx, refused"), ("5xx", "5xx, our fault")]
_METHODS = [(name, name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE")]


class RequestFilters(FilterForm):
    """The request log's filters."""

    path = forms.CharField(
        label="Path begins", max_length=200, widget=forms.TextInput(attrs={"type": "search", "placeholder": "/api/v1/payouts"})
    )
    status = forms.ChoiceField(choices=choices("All", _STATUSES))
    method = forms.ChoiceField(choices=choices("All", _METHODS))
    request_id = forms.CharField(label="Request id", max_length=128)
    object = forms.CharField(label="Object id", max_length=64)
    start = forms.DateField(label="From", widget=DateInput())
    end = forms.DateField(label="To", widget=DateInput())


@require_safe
@member_page
def requests(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's API requests, newest first."""
    form, cursor, path = RequestFilters(request.GET), request.GET.get("cursor", ""), reverse("portal:requests")
    query = form.query()
    page = audit.list_requests(member.merchant_id, {"cursor": cursor, **_asked(query)})
    shown = {
        "page": page,
        "form": form,
        "clear_url": path if query else "",
        "days": environment.REQUEST_LOG_DAYS,
        "is_on": environment.REQUEST_LOG,
        **paging(cursor, page.pagination["nextCursor"], path, query),
    }
    return render(request, "portal/requests.html", {"member": member, **shown})


def _asked(query: dict[str, str]) -> dict[str, str]:
    """The form's fields under the selector's names."""
    names = {"request_id": "requestId", "start": "startDate", "end": "endDate"}
    return {names.get(name, name): value.strip() for name, value in query.items()}


@require_safe
@member_page
def request_page(request: HttpRequest, member: Member, pk: str) -> HttpResponse:
    """One request: both sides, what it did, and a command that sends it again."""
    row = audit.get_request(member.merchant_id, pk)
    sent, answered = headers_of(row.request_headers), headers_of(row.response_headers)
    shown = {
        "row": row,
        "rows": _details(row),
        "touched": touched(audit.entries_of(row)),
        "sent_headers": lines(sent),
        "sent_body": pretty(row.request_body),
        "answered_headers": lines(answered),
        "answered_body": pretty(row.response_body),
        "curl": curl(row.method, _url(request, row), sent, row.request_body),
    }
    return render(request, "portal/request.html", {"member": member, **shown})


def _details(row: ApiRequest) -> list[Detail]:
    return details(
        Detail("Answered", at=row.at, note="UTC, real time"),
        Detail("Took", f"{row.duration_ms} ms"),
        Detail("Status", f"{row.status} {row.error_code}".strip()),
        Detail("Request id", row.request_id, is_code=True, copies=True),
        Detail("Key", row.key_hint or "None: by a member's token", is_code=bool(row.key_hint)),
        Detail("From", row.ip),
    )


def _url(request: HttpRequest, row: ApiRequest) -> str:
    """Where it would be sent today."""
    return f"{request.scheme}://{request.get_host()}{row.path}{'?' if row.query else ''}{row.query}"
