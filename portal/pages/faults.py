"""Faults: what breaks on the way between a client and us."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.errors import ApiError
from portal.access import acting, demand, member_page
from portal.sandbox_forms import FaultForm, refuse
from portal.scenario_words import conditions
from sandbox import selectors
from sandbox.faults import ALWAYS, NUMBERS, FaultKind
from sandbox.models import Fault
from sandbox.services.faults import add_fault, remove_faults

_SEEN = {
    FaultKind.LATENCY: ("The reply, late", True),
    FaultKind.ERROR_BEFORE: ("500 or another status of ours", False),
    FaultKind.RATE_LIMITED: ("429 with Retry-After", False),
    FaultKind.RESET_BEFORE: ("A reset connection", False),
    FaultKind.ERROR_AFTER: ("500, although all went well", True),
    FaultKind.RESET: ("A reset connection", True),
    FaultKind.TRUNCATED: ("Fewer bytes than promised, then the end", True),
    FaultKind.GARBLED: ("A body of the right length that is no JSON", True),
    FaultKind.SLOW_DRIP: ("The body, drop by drop", True),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A kind of fault, told."""

    kind: FaultKind
    seen: str
    happens: bool
    number: str


@dataclass(frozen=True, slots=True)
class Active:
    """A merchant's fault as the table shows it."""

    fault: Fault
    conditions: list[str]
    number: str
    percent: str


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def faults(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's faults, what each kind does, and a form for one more."""
    form = FaultForm(request.POST or None)
    if request.method == "POST":
        demand(member, Act.RUN_SANDBOX)
        if form.is_valid():
            try:
                add_fault(merchant=member.merchant, **form.terms())
            except ApiError as problem:
                refuse(form, problem)
            else:
                messages.success(request, "The fault is added.")
                return redirect("portal:faults")
    shown = {
        "active": [_active(row) for row in selectors.list_faults(member.merchant)],
        "kinds": [_explained(kind) for kind in FaultKind],
        "form": form,
        "may_change": may(member.role, Act.RUN_SANDBOX),
    }
    return render(request, "portal/faults.html", {"member": member, **shown}, status=400 if form.errors else 200)


def _explained(kind: FaultKind) -> Explained:
    seen, happens = _SEEN[kind]
    allowed = NUMBERS.get(kind)
    if allowed is None:
        return Explained(kind, seen, happens, "")
    usual = "half of them" if allowed.default is None else f"{allowed.default:,}"
    return Explained(kind, seen, happens, f"{allowed.unit}, {allowed.minimum:,} to {allowed.maximum:,}; usually {usual}")


def _active(fault: Fault) -> Active:
    allowed = NUMBERS.get(FaultKind(fault.kind))
    number = f"{fault.number:,} {allowed.unit}" if allowed and fault.number is not None else ""
    percent = "" if fault.per_million >= ALWAYS else f"{fault.per_million * 100 / ALWAYS:g} %"
    return Active(fault, conditions(fault.match), number, percent)


@require_POST
@acting(Act.RUN_SANDBOX)
def remove_fault(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Take a fault away."""
    remove_faults(merchant=member.merchant, fault_id=pk)
    messages.success(request, "The fault is removed.")
    return redirect("portal:faults")


@require_POST
@acting(Act.RUN_SANDBOX)
def clear_faults(request: HttpRequest, member: Member) -> HttpResponse:
    """Take all faults away."""
    count = remove_faults(merchant=member.merchant)
    messages.success(request, f"Removed: {count} fault{'' if count == 1 else 's'}.")
    return redirect("portal:faults")
