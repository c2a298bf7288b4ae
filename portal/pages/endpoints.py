"""Webhook endpoints: the list with its health, one, and everything that changes it, by the API's own services."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, Environment, may
from mypay.kit.clock import iso
from portal.access import acting, confirmed, member_page
from portal.developer_forms import ENDPOINT_NAMES, EndpointForm, OverlapForm, ReplayForm, attempt
from portal.links import Tab
from portal.parts import Detail, details
from webhooks import selectors
from webhooks.catalogue import EventType
from webhooks.examples import CATALOGUE_ID, CATALOGUE_TIME, Wanted, example
from webhooks.models import Endpoint
from webhooks.services.change_endpoint import change_endpoint
from webhooks.services.create_endpoint import create_endpoint
from webhooks.services.delete_endpoint import delete_endpoint
from webhooks.services.dispatch import wanted_names
from webhooks.services.replay import replay
from webhooks.services.rotate_secret import rotate_secret
from webhooks.services.show_secret import show_secret
from webhooks.services.trigger import trigger
from webhooks.states import DisabledReason
from webhooks.validation import read_endpoint_changes, read_new_endpoint

_FORM = ["GET", "HEAD", "POST"]
_NEW_SECRET = "new_secret_of"
_SHOWN_DELIVERIES = "10"


def room(request: HttpRequest) -> list[Tab]:
    """The room's two halves."""
    here = request.path
    deliveries = reverse("portal:deliveries")
    return [
        Tab("Endpoints", reverse("portal:endpoints"), not here.startswith(deliveries)),
        Tab("Deliveries", deliveries, here.startswith(deliveries)),
    ]


def health(endpoint: Endpoint) -> tuple[str, str]:
    """Its badge's class and words."""
    if not endpoint.is_enabled:
        return ("on_hold", "Off") if endpoint.disabled_reason == DisabledReason.MERCHANT else ("failed", "Switched off")
    return ("retry", "Failing") if endpoint.failing_since else ("success", "On")


@require_safe
@member_page
def endpoints(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's endpoints, and which of them need attention."""
    rows = selectors.endpoints_with_health(member.merchant)
    broken = (DisabledReason.GONE, DisabledReason.FAILING)
    shown = {
        "endpoints": [(row, health(row)) for row in rows],
        "broken": [row for row in rows if not row.is_enabled and row.disabled_reason in broken],
        "tabs": room(request),
        "may_change": may(member.role, Act.MANAGE_WEBHOOKS),
    }
    return render(request, "portal/endpoints.html", {"member": member, **shown})


@require_safe
@member_page
def endpoint(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """One endpoint: how it is, what went there last; its secret, if it was made a moment ago."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    may_change = may(member.role, Act.MANAGE_WEBHOOKS)
    is_new = request.session.get(_NEW_SECRET) == str(found.pk) and may_change
    if is_new:
        del request.session[_NEW_SECRET]
    page = selectors.list_deliveries(member.merchant, {"endpointId": str(found.pk), "cursor": "", "limit": _SHOWN_DELIVERIES})
    shown = {
        "endpoint": found,
        "health": health(found),
        "rows": _details(found),
        "secret": show_secret(found) if is_new else "",
        "deliveries": page.rows,
        "all_url": f"{reverse('portal:deliveries')}?endpoint={found.pk}",
        "may_change": may_change,
        "may_test": may_change and found.is_enabled and member.merchant.environment == Environment.SANDBOX,
        "tested": _wanted(found)[:1],
    }
    return render(request, "portal/endpoint.html", {"member": member, **shown})


def _details(found: Endpoint) -> list[Detail]:
    schedule = ", ".join(str(seconds) for seconds in found.schedule or [])
    return details(
        Detail("Endpoint id", str(found.pk), is_code=True, copies=True),
        Detail("Description", found.description),
        Detail("Events", ", ".join(found.events) or "All"),
        Detail("Dialect", found.get_dialect_display()),
        Detail("Own headers", ", ".join(found.headers), note="Their values are shown where they are changed" if found.headers else ""),
        Detail("Schedule", f"{schedule} seconds" if schedule else "Ten tries over 76 hours"),
        Detail("Limit", f"{found.per_second} a second" if found.per_second else "None"),
        Detail("Order", "One after the other, an object" if found.is_ordered else "As they come"),
        Detail("Failing since", at=found.failing_since),
        Detail("Switched off", found.get_disabled_reason_display() if not found.is_enabled else ""),
        Detail("Old secret signs until", at=found.old_secret_until),
        Detail("Created", at=found.created_at),
    )


def _wanted(found: Endpoint) -> list[EventType]:
    """The types that it would hear of, as their examples are told in its dialect."""
    examples = ((type, example(Wanted(found.merchant, type, CATALOGUE_ID, CATALOGUE_TIME))) for type in EventType)
    return [type for type, data in examples if wanted_names(found, type.value, data)]


@require_http_methods(_FORM)
@acting(Act.MANAGE_WEBHOOKS)
def new_endpoint(request: HttpRequest, member: Member) -> HttpResponse:
    """Add one; its secret is on the page that follows, once."""
    form = EndpointForm(request.POST if request.method == "POST" else None, initial={"everything": True})
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: create_endpoint(merchant=member.merchant, values=read_new_endpoint(form.values())), ENDPOINT_NAMES)
        if made is not None:
            request.session[_NEW_SECRET] = str(made[0].pk)
            return redirect("portal:endpoint", made[0].pk)
    shown = {"member": member, "form": form, "back_url": reverse("portal:endpoints")}
    return render(request, "portal/endpoint_form.html", shown, status=400 if form.errors else 200)


@require_http_methods(_FORM)
@acting(Act.MANAGE_WEBHOOKS)
def change(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """Change it; what is still to be sent goes to the new URL."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=EndpointForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        values = form.values()
        changed = attempt(form, lambda: change_endpoint(endpoint=found, values=read_endpoint_changes(values, found)), ENDPOINT_NAMES)
        if changed is not None:
            messages.success(request, "The endpoint is changed.")
            return redirect("portal:endpoint", found.pk)
    shown = {"member": member, "form": form, "endpoint": found, "back_url": reverse("portal:endpoint", args=[found.pk])}
    return render(request, "portal/endpoint_form.html", shown, status=400 if form.errors else 200)


@require_POST
@acting(Act.MANAGE_WEBHOOKS)
def switch(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """On or off."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    wanted = request.POST.get("enabled") == "true"
    change_endpoint(endpoint=found, values=read_endpoint_changes({"enabled": wanted}, found))
    messages.success(
        request, "The endpoint is on. Replay what failed meanwhile." if wanted else "The endpoint is off: nothing is sent there."
    )
    return redirect("portal:endpoint", found.pk)


@require_http_methods(_FORM)
@acting(Act.MANAGE_WEBHOOKS)
@confirmed
def new_secret(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """A new secret, shown once; the old one signs too for as long as is chosen."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    form = OverlapForm(request.POST if request.method == "POST" else None)
    form.fields["overlap"].label = "The old one signs too for"
    if request.method == "POST" and form.is_valid():
        rotate_secret(endpoint=found, overlap=form.span)
        request.session[_NEW_SECRET] = str(found.pk)
        return redirect("portal:endpoint", found.pk)
    shown = {"member": member, "endpoint": found, "form": form}
    return render(request, "portal/endpoint_secret.html", shown, status=400 if form.errors else 200)


@require_http_methods(_FORM)
@acting(Act.MANAGE_WEBHOOKS)
def delete(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """Asks once more, then nothing is sent there any more."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    if request.method == "POST":
        delete_endpoint(endpoint=found)
        messages.success(request, f"The endpoint {found.url} is deleted. Its deliveries stay to be read.")
        return redirect("portal:endpoints")
    return render(request, "portal/endpoint_delete.html", {"member": member, "endpoint": found})


@require_POST
@acting(Act.MANAGE_WEBHOOKS)
def test(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """Fire the first event that the endpoint wants, of a made object."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    made = trigger(merchant=member.merchant, type=_wanted(found)[0], data={})
    messages.success(request, f"{made.type} is on its way to every endpoint that wants it.")
    return redirect("portal:event", made.pk)


@require_http_methods(_FORM)
@acting(Act.MANAGE_WEBHOOKS)
def replays(request: HttpRequest, member: Member, endpoint_id: str) -> HttpResponse:
    """Send many of its deliveries again."""
    found = selectors.get_endpoint(member.merchant, endpoint_id)
    form = ReplayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: replay(endpoint=found, **form.asked()))
        if made is not None:
            return redirect("portal:replay", made.pk)
    shown = {"member": member, "endpoint": found, "form": form}
    return render(request, "portal/endpoint_replay.html", shown, status=400 if form.errors else 200)


@require_safe
@member_page
def replay_progress(request: HttpRequest, member: Member, replay_id: str) -> HttpResponse:
    """How far a replay is; asked by htmx, only the part that changes."""
    found = selectors.get_replay(member.merchant, replay_id)
    counts = selectors.progress(found)
    done = found.total - counts["pending"]
    shown: dict[str, Any] = {
        "replay": found,
        "counts": counts,
        "done": done,
        "is_over": not counts["pending"],
        "what": _told(found),
        "deliveries_url": f"{reverse('portal:deliveries')}?replay={found.pk}",
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/replay_part.html" if is_part else "portal/replay.html", {"member": member, **shown})


def _told(found: Any) -> list[Detail]:
    return details(
        Detail("Sent again", "All that were over" if found.status == "all" else f"Those {found.status}"),
        Detail("Events from", iso(found.from_at) if found.from_at else ""),
        Detail("Events before", iso(found.to_at) if found.to_at else ""),
        Detail("Started", at=found.created_at),
    )
