"""The merchant's clock: what time it is, what comes next, and how to get there."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit import clock
from mypay.kit.errors import ApiError
from portal import selectors
from portal.access import acting, member_page
from portal.sandbox_forms import AdvanceForm, ReachForm, refuse
from portal.upcoming import SHOWN, upcoming
from sandbox.selectors import progress
from sandbox.services import clock as controls

# What takes longer is left to the workers while the page shows how far they are.
_PATIENCE_SECONDS = 3.0
_LEAST = timedelta(milliseconds=1)
STEPS = (("60", "1 minute"), ("3600", "1 hour"), ("86400", "1 day"), ("604800", "7 days"))
MOVES: dict[str, tuple[Callable[..., controls.ClockState], str]] = {
    "freeze": (controls.freeze, "The clock stands still."),
    "release": (controls.unfreeze, "The clock goes on."),
    "reset": (controls.reset, "The clock shows real time."),
}


@require_safe
@member_page
def clock_page(request: HttpRequest, member: Member) -> HttpResponse:
    """The clock, and what it will bring about."""
    return _page(request, member)


def _page(request: HttpRequest, member: Member, advance: AdvanceForm | None = None, reach: ReachForm | None = None) -> HttpResponse:
    merchant = member.merchant
    moving = progress(merchant)
    works = [] if moving else upcoming(merchant, SHOWN)
    shown = {
        "clock": selectors.merchant_clock(merchant),
        "progress": moving,
        "works": works,
        "shows_all": len(works) < SHOWN,
        "steps": STEPS,
        "advance_form": advance or AdvanceForm(),
        "reach_form": reach or ReachForm(initial={"to": clock.now(merchant).replace(microsecond=0)}),
        "may_change": may(member.role, Act.RUN_SANDBOX),
    }
    is_wrong = any(form is not None and form.errors for form in (advance, reach))
    return render(request, "portal/clock.html", {"member": member, **shown}, status=400 if is_wrong else 200)


@require_POST
@acting(Act.RUN_SANDBOX)
def advance(request: HttpRequest, member: Member) -> HttpResponse:
    """Move the clock on by so much, doing what comes due on the way."""
    form = AdvanceForm(request.POST)
    if form.is_valid():
        try:
            return _advanced(request, member, form.by())
        except ApiError as problem:
            refuse(form, problem, {"seconds": "count"})
    return _page(request, member, advance=form)


@require_POST
@acting(Act.RUN_SANDBOX)
def reach(request: HttpRequest, member: Member) -> HttpResponse:
    """Move the clock on to a moment, or to where some work is `due`."""
    form = ReachForm(request.POST)
    if form.is_valid():
        by = form.moment() - clock.now(member.merchant)
        if "due" in request.POST:  # what is due already needs the least of steps
            by = max(by, _LEAST)
        try:
            return _advanced(request, member, by)
        except ApiError as problem:
            refuse(form, problem, {"seconds": "to"})
    return _page(request, member, reach=form)


def _advanced(request: HttpRequest, member: Member, by: timedelta) -> HttpResponse:
    reached = controls.advance(merchant=member.merchant, by=by, patience=_PATIENCE_SECONDS)
    if not reached.is_under_way:
        done = f"{reached.ran} thing{'' if reached.ran == 1 else 's'} happened" if reached.ran else "Nothing was due"
        messages.success(request, f"{done}; it is {reached.now:%-d %b %Y, %H:%M:%S}.")
    return redirect("portal:clock")


@require_POST
@acting(Act.RUN_SANDBOX)
def move(request: HttpRequest, member: Member, move: str) -> HttpResponse:
    """Freeze the clock, let it go, or set it back to real time."""
    service, said = MOVES[move]
    service(merchant=member.merchant)
    messages.success(request, said)
    return redirect("portal:clock")


@require_safe
@member_page
def clock_progress(request: HttpRequest, member: Member) -> HttpResponse:
    """How far the clock is, for the page that waits; when it has arrived the page is asked to load anew."""
    moving = progress(member.merchant)
    answer = render(request, "portal/clock_progress.html", {"progress": moving})
    if moving is None:
        answer["HX-Refresh"] = "true"
    return answer
