"""Events: what happened, one with its deliveries, the catalogue, and events fired by hand."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from merchants.models import Member
from merchants.states import Act, Environment, may
from mypay.kit.clock import iso
from mypay.kit.jsonbody import dumps
from portal.access import acting, member_page
from portal.developer_forms import TriggerForm, attempt
from portal.links import Tab, paging
from portal.objects import object_url
from portal.pages.deliveries import EVENT_TYPES, TONES
from portal.parts import DateInput, Detail, FilterForm, choices, details
from portal.wire_text import pretty
from webhooks import selectors
from webhooks.catalogue import FAMILIES, EventType
from webhooks.models import Event
from webhooks.render import catalogue_json, event_json
from webhooks.services.trigger import trigger
from webhooks.standard import message

_NAMES = {"data": "members", "subjectId": "subject_id"}


class EventFilters(FilterForm):
    """The list's filters."""

    type = forms.ChoiceField(label="Event", choices=choices("All", EVENT_TYPES))
    subject = forms.CharField(label="Object id", max_length=36)
    start = forms.DateField(label="From", widget=DateInput())
    end = forms.DateField(label="To", widget=DateInput())


def _room(request: HttpRequest) -> list[Tab]:
    """The room's two halves."""
    catalogue = reverse("portal:catalogue")
    is_catalogue = request.path == catalogue
    return [Tab("What happened", reverse("portal:events"), not is_catalogue), Tab("Catalogue", catalogue, is_catalogue)]


def _may_trigger(member: Member) -> bool:
    return may(member.role, Act.MANAGE_WEBHOOKS) and member.merchant.environment == Environment.SANDBOX


@require_safe
@member_page
def events(request: HttpRequest, member: Member) -> HttpResponse:
    """What has happened, newest first, each with where it went."""
    form, cursor, path = EventFilters(request.GET), request.GET.get("cursor", ""), reverse("portal:events")
    query = form.query()
    names = {"subject": "subjectId", "start": "startDate", "end": "endDate"}
    asked = {names.get(name, name): value.strip() for name, value in query.items()}
    page = selectors.list_events(member.merchant, {"cursor": cursor, **asked})
    sent = selectors.deliveries_of(page.rows)
    shown = {
        "events": [(row, [(TONES[delivery.status], delivery) for delivery in sent[row.pk]]) for row in page.rows],
        "page": page,
        "form": form,
        "clear_url": path if query else "",
        "tabs": _room(request),
        "may_trigger": _may_trigger(member),
        **paging(cursor, page.pagination["nextCursor"], path, query),
    }
    return render(request, "portal/events.html", {"member": member, **shown})


@require_safe
@member_page
def event(request: HttpRequest, member: Member, event_id: str) -> HttpResponse:
    """One event: the body that endpoints get, and where it went."""
    found = selectors.get_event(member.merchant, event_id)
    shown = {
        "event": found,
        "rows": _details(found),
        "body": pretty(_body(found)),
        "deliveries": [(TONES[row.status], row) for row in selectors.deliveries_of([found])[found.pk]],
        "is_waiting": found.due_at is not None,
    }
    return render(request, "portal/event.html", {"member": member, **shown})


def _details(found: Event) -> list[Detail]:
    subject = str(found.subject_id)
    return details(
        Detail("Happened", at=found.created_at, note="UTC, the merchant’s clock"),
        Detail("Means", EventType(found.type).label if found.type in EventType.values else ""),
        Detail("Object", subject, url=object_url(found.type.partition(".")[0], subject), copies=True),
        Detail("Trick", found.get_trick_display() if found.trick else ""),
        Detail("Event id", str(found.pk), is_code=True, copies=True),
    )


def _body(found: Event) -> str:
    told = event_json(found)
    return dumps(message(told["id"], told["type"], iso(found.created_at), told["data"])).decode()


@require_safe
@member_page
def catalogue(request: HttpRequest, member: Member) -> HttpResponse:
    """Every type of event with its meaning and an example of its body."""
    families = [
        (family, [_type(member, type) for type in EventType if type.startswith(f"{family}.")]) for family in FAMILIES
    ]  # fmt: skip
    shown = {"families": families, "tabs": _room(request), "may_trigger": _may_trigger(member)}
    return render(request, "portal/catalogue.html", {"member": member, **shown})


def _type(member: Member, type: EventType) -> dict[str, str]:
    told = catalogue_json(member.merchant, type)
    return {"type": type.value, "means": told["description"], "body": pretty(dumps(told["example"]).decode())}


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MANAGE_WEBHOOKS)
def fire(request: HttpRequest, member: Member) -> HttpResponse:
    """Fire an event without a fact: of a made object, or of one of the merchant's; sandbox only."""
    form = TriggerForm(request.POST if request.method == "POST" else None, initial={"type": request.GET.get("type", "")})
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: trigger(merchant=member.merchant, **form.asked()), _NAMES)
        if made is not None:
            messages.success(request, f"{made.type} is on its way to every endpoint that wants it.")
            return redirect("portal:event", made.pk)
    return render(request, "portal/event_fire.html", {"member": member, "form": form}, status=400 if form.errors else 200)
