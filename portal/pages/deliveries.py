"""Deliveries: what went, or is to go, where; one with its attempts; sent again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from merchants.models import Member, Merchant
from merchants.states import Act, may
from portal.access import acting, member_page
from portal.links import paging
from portal.objects import object_url
from portal.pages.endpoints import room
from portal.parts import DateInput, Detail, FilterForm, choices, details
from portal.timeline.exchanges import of_attempt
from webhooks import selectors
from webhooks.catalogue import FAMILIES, EventType
from webhooks.models import Delivery
from webhooks.services.resend import resend
from webhooks.states import DeliveryStatus

# A delivery's states in the badge's colours.
TONES = {"pending": "processing", "delivered": "success", "failed": "failed", "skipped": "on_hold"}
EVENT_TYPES = [(name, name) for family in FAMILIES for name in (f"{family}.*", *(t.value for t in EventType if t.startswith(f"{family}.")))]


class DeliveryFilters(FilterForm):
    """The list's filters."""

    status = forms.ChoiceField(choices=choices("All", DeliveryStatus.choices))
    type = forms.ChoiceField(label="Event", choices=choices("All", EVENT_TYPES))
    endpoint = forms.ChoiceField()
    subject = forms.CharField(label="Object id", max_length=36)
    start = forms.DateField(label="From", widget=DateInput())
    end = forms.DateField(label="To", widget=DateInput())
    replay = forms.CharField(max_length=36, widget=forms.HiddenInput)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(row.pk), row.description or row.url) for row in selectors.list_endpoints(merchant)]
        originals = [("merchant", "The company’s webhook URL"), ("checkout", "Checkouts’ success URLs")]
        self.fields["endpoint"].choices = choices("All", [*known, *originals])  # type: ignore[attr-defined]


_NAMES = {"endpoint": "endpointId", "subject": "subjectId", "start": "startDate", "end": "endDate", "replay": "replayId"}


@require_safe
@member_page
def deliveries(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's deliveries, newest first."""
    form, cursor, path = DeliveryFilters(request.GET, merchant=member.merchant), request.GET.get("cursor", ""), reverse("portal:deliveries")
    query = form.query()
    asked = {_NAMES.get(name, name): value.strip() for name, value in query.items()}
    page = selectors.list_deliveries(member.merchant, {"cursor": cursor, **asked})
    shown = {
        "page": page,
        "deliveries": page.rows,
        "form": form,
        "clear_url": path if query else "",
        "tabs": room(request),
        **paging(cursor, page.pagination["nextCursor"], path, query),
    }
    return render(request, "portal/deliveries.html", {"member": member, **shown})


@require_safe
@member_page
def delivery(request: HttpRequest, member: Member, delivery_id: str) -> HttpResponse:
    """One delivery and every try of it, the newest first."""
    found = selectors.get_delivery(member.merchant, delivery_id)
    may_change = may(member.role, Act.MANAGE_WEBHOOKS)
    shown = {
        "delivery": found,
        "tone": TONES[found.status],
        "rows": _details(found),
        "attempts": [(row, of_attempt(row)) for row in reversed(selectors.attempts(found))],
        "may_debug": may_change,
        "may_resend": may_change and (found.endpoint is None or found.endpoint.is_enabled),
        "is_off": found.endpoint is not None and not found.endpoint.is_enabled,
    }
    return render(request, "portal/delivery.html", {"member": member, **shown})


def _details(found: Delivery) -> list[Detail]:
    event, endpoint = found.event, found.endpoint
    has_page = endpoint is not None and endpoint.deleted_at is None
    return details(
        Detail("Told as", found.name),
        Detail("Event", event.type, url=reverse("portal:event", args=[event.pk])),
        Detail("Object", str(event.subject_id), url=object_url(event.type.partition(".")[0], str(event.subject_id)), copies=True),
        Detail("To", found.url, url=reverse("portal:endpoint", args=[found.endpoint_id]) if has_page else ""),
        Detail("Dialect", found.get_dialect_display()),
        Detail("Trick", found.get_trick_display() if found.trick else ""),
        Detail("Tries", str(found.tries)),
        Detail("Next try", at=found.due_at),
        Detail("Delivery id", str(found.pk), is_code=True, copies=True),
        Detail("Created", at=found.created_at),
        Detail("Changed", at=found.updated_at),
    )


@require_POST
@acting(Act.MANAGE_WEBHOOKS)
def send_again(request: HttpRequest, member: Member, delivery_id: str) -> HttpResponse:
    """Try it again now, whatever became of it."""
    found = selectors.get_delivery(member.merchant, delivery_id)
    resend(delivery=found)
    messages.success(request, "It is on its way again. Reload the page to see how it went.")
    return redirect("portal:delivery", found.pk)
