"""Scenarios: what the built-in values do, the merchant's own rules, the next one, and webhooks that go wrong."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.models import Member, Merchant
from merchants.states import Act, may
from mypay.kit.errors import ApiError
from portal import scenario_words as words
from portal.access import acting, member_page
from portal.links import Tab, page_url
from portal.sandbox_forms import NextForm, RuleForm, TrickForm, refuse, rule_initial
from sandbox import selectors
from sandbox.services import rules
from sandbox.states import Flow, Outcome
from webhooks.selectors import list_tricks
from webhooks.services.tricks import add_trick, remove_tricks
from webhooks.states import Trick
from webhooks.tricks import DELAY_SECONDS

TRIED = (Flow.PAYOUT, Flow.PAYMENT)
_WEBHOOKS = "webhooks"
_FLOWS = {Flow.PAYOUT: "Payouts", Flow.PAYMENT: "Payments", Flow.REFUND: "Refunds", Flow.DISPUTE: "Disputes"}
_SINGULAR = {Flow.PAYOUT: "payout", Flow.PAYMENT: "payment", Flow.REFUND: "refund", Flow.DISPUTE: "dispute"}


def flow_named(text: str) -> Flow:
    """The flow of a query; payouts when it names none."""
    return Flow(text) if text in Flow.values else Flow.PAYOUT


def flow_url(flow: str) -> str:
    """The flow's tab."""
    return page_url(reverse("portal:scenarios"), {"flow": flow})


@require_safe
@member_page
def scenarios(request: HttpRequest, member: Member) -> HttpResponse:
    """One flow: the merchant's rules, the built-in values, and all outcomes; or the webhook tricks."""
    asked = request.GET.get("flow", "")
    if asked == _WEBHOOKS:
        return _tricks(request, member, TrickForm())
    flow = flow_named(asked)
    own = [rule for rule in selectors.list_rules(member.merchant) if rule.flow == flow]
    shown = {
        **_frame(member, flow),
        "flow": flow,
        "singular": _SINGULAR[flow],
        "rules": words.scripted(own),
        "tables": words.built_in(flow),
        "outcomes": words.outcomes(flow),
        "next_form": NextForm(flow=flow),
        "may_try": flow in TRIED,
    }
    return render(request, "portal/scenarios.html", shown)


def _frame(member: Member, current: str) -> dict[str, object]:
    choices = [*((str(flow), label) for flow, label in _FLOWS.items()), (_WEBHOOKS, "Webhooks")]
    tabs = [Tab(label, flow_url(name), name == current) for name, label in choices]
    return {"member": member, "tabs": tabs, "may_change": may(member.role, Act.RUN_SANDBOX)}


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def new_rule(request: HttpRequest, member: Member) -> HttpResponse:
    """Add a rule of `flow`."""
    flow = flow_named(request.GET.get("flow", ""))
    form = RuleForm(request.POST or None, flow=flow, initial={"uses": request.GET.get("uses", "")})
    if request.method == "POST" and form.is_valid():
        try:
            rules.add_rule(merchant=member.merchant, flow=flow, **form.terms())
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, "The rule is added.")
            return redirect(flow_url(flow))
    return _rule_page(request, member, form, "New rule")


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def rule(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Change a rule."""
    found = selectors.get_rule(member.merchant, pk)
    flow = Flow(found.flow)
    form = RuleForm(request.POST or None, flow=flow, initial=rule_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            rules.change_rule(merchant=member.merchant, rule_id=pk, **form.terms())
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, "The rule is changed.")
            return redirect(flow_url(flow))
    return _rule_page(request, member, form, "Change a rule")


def _rule_page(request: HttpRequest, member: Member, form: RuleForm, title: str) -> HttpResponse:
    shown = {"member": member, "form": form, "title": title, "flow_label": _FLOWS[form.flow], "back_url": flow_url(form.flow)}
    return render(request, "portal/scenario_rule.html", shown, status=400 if form.errors else 200)


@require_POST
@acting(Act.RUN_SANDBOX)
def queue_next(request: HttpRequest, member: Member) -> HttpResponse:
    """A one-shot for whatever of the flow comes next."""
    flow = flow_named(request.POST.get("flow", ""))
    form = NextForm(request.POST, flow=flow)
    if form.is_valid():
        outcome = Outcome(form.cleaned_data["outcome"])
        rules.add_rule(merchant=member.merchant, flow=flow, outcome=outcome, match={}, uses=1)
        messages.success(request, f"The next {_SINGULAR[flow]}: {outcome.label.lower()}.")
    else:
        messages.error(request, "Choose one of the outcomes.")
    return redirect(flow_url(flow))


@require_POST
@acting(Act.RUN_SANDBOX)
def remove_rule(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Take a rule away."""
    flow = selectors.get_rule(member.merchant, pk).flow
    rules.remove_rules(merchant=member.merchant, rule_id=pk)
    messages.success(request, "The rule is removed.")
    return redirect(flow_url(flow))


@require_POST
@acting(Act.RUN_SANDBOX)
def clear_rules(request: HttpRequest, member: Member) -> HttpResponse:
    """Take all rules away, of every flow."""
    count = rules.remove_rules(merchant=member.merchant)
    messages.success(request, f"Removed: {count} rule{'' if count == 1 else 's'}.")
    return redirect("portal:scenarios")


@require_POST
@acting(Act.RUN_SANDBOX)
def new_trick(request: HttpRequest, member: Member) -> HttpResponse:
    """Make webhooks go wrong."""
    form = TrickForm(request.POST)
    if form.is_valid():
        try:
            _add_trick(member.merchant, form)
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, "The trick is added.")
            return redirect(flow_url(_WEBHOOKS))
    return _tricks(request, member, form)


def _add_trick(merchant: Merchant, form: TrickForm) -> None:
    said = form.cleaned_data
    add_trick(
        merchant=merchant,
        trick=Trick(said["trick"]),
        match=form.match(),
        delay_seconds=said["delay_seconds"] or DELAY_SECONDS,
        uses=said["uses"],
    )


@require_POST
@acting(Act.RUN_SANDBOX)
def remove_trick(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Take a trick away."""
    remove_tricks(merchant=member.merchant, rule_id=pk)
    messages.success(request, "The trick is removed.")
    return redirect(flow_url(_WEBHOOKS))


def _tricks(request: HttpRequest, member: Member, form: TrickForm) -> HttpResponse:
    rows = [(row, words.conditions(row.match)) for row in list_tricks(member.merchant)]
    shown = {**_frame(member, _WEBHOOKS), "tricks": rows, "form": form}
    return render(request, "portal/webhook_tricks.html", shown, status=400 if form.errors else 200)
