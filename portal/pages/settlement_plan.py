"""Settlement in the sandbox: its terms, a run at once, and mistakes in a statement for a reconciliation to find."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.errors import ApiError, NotFound
from payments import grading
from payments.calendar import MAX_DELAY_DAYS, Country
from payments.models import Settlement
from payments.pending import plans
from payments.selectors import get_settlement, payment_ids
from payments.services.change_plan import change_plan
from payments.services.plant_breaks import MAX_COUNT, plant_breaks, remove_breaks
from payments.services.settle_now import settle_now
from payments.settlement_render import break_json, plan_json
from payments.states import BreakKind
from payments.validation import CURRENCIES
from portal.access import acting, demand, member_page
from portal.links import Tab, page_url
from portal.sandbox_forms import refuse


def _text(label: str, help_text: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=30,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal", **attrs}),
    )


class PlanForm(forms.Form):
    """The terms of one currency, by the API's names."""

    country = forms.ChoiceField(
        label="Calendar", required=False, choices=Country.choices, help_text="Whose weekends, public holidays and local time count"
    )
    delayDays = _text("Business days until settlement", f"The n of T+n, 0 to {MAX_DELAY_DAYS}")
    cutoff = _text("Cut-off", "Local time; what is captured later belongs to the next business day", type="time", inputmode="")
    minimum = _text("Minimum", "A settlement of less waits for the next cut-off")
    feeFixed = _text("Fixed fee")
    feePercent = _text("Fee, percent")
    feeMinimum = _text("Lowest fee")
    taxPercent = _text("Tax on the fee, percent")


class PlantForm(forms.Form):
    """Mistakes to plant."""

    kinds = forms.MultipleChoiceField(
        label="Mistakes",
        required=False,
        choices=BreakKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: one of each",
    )
    count = forms.IntegerField(label="Of each", initial=1, min_value=1, max_value=MAX_COUNT)
    seed = forms.CharField(label="Seed", required=False, max_length=50, help_text="The same seed breaks the same places")


class GradeForm(forms.Form):
    """What a reconciliation found."""

    findings = forms.CharField(
        label="Findings",
        max_length=200_000,
        help_text="One a line: the kind of mistake, and the line’s id or the payment’s",
        widget=forms.Textarea(attrs={"rows": 4, "class": "code-input", "placeholder": "wrong_fee 0190b2a4-7c1e-7000-8000-000000000001"}),
    )

    def read(self, found: Settlement) -> list[grading.Finding]:
        """The findings; raises ValidationError naming the one at fault."""
        lines = [line.split() for line in str(self.cleaned_data["findings"]).splitlines() if line.strip()]
        wanted = [(kind, ids[0].lower() if ids else "") for kind, *ids in lines]
        paid = payment_ids(found.merchant, [key for _, key in wanted])
        rows = [{"kind": kind, ("paymentId" if key in paid else "lineId"): key} for kind, key in wanted]
        return grading.read_findings(rows)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def settlement_plan(request: HttpRequest, member: Member) -> HttpResponse:
    """The terms of one currency, and a form to change them."""
    currency = request.GET.get("currency", CURRENCIES[0])
    if currency not in CURRENCIES:
        raise NotFound("Settlement plan not found")
    plan = next(each for each in plans(member.merchant) if each.currency == currency)
    form = PlanForm(request.POST or None, initial=plan_json(plan))
    path = reverse("portal:settlement-plan")
    if request.method == "POST":
        demand(member, Act.RUN_SANDBOX)
        if form.is_valid():
            try:
                change_plan(merchant=member.merchant, currency=currency, body=_said(form))
            except ApiError as problem:
                refuse(form, problem)
            else:
                messages.success(request, f"The terms of {currency} are changed, for what is collected from now on.")
                return redirect(page_url(path, {"currency": currency}))
    shown = {
        "plan": plan,
        "told": plan_json(plan),
        "form": form,
        "currency": currency,
        "tabs": [Tab(code, page_url(path, {"currency": code}), code == currency) for code in CURRENCIES],
        "may_change": may(member.role, Act.RUN_SANDBOX),
    }
    return render(request, "portal/settlement_plan.html", {"member": member, **shown}, status=400 if form.errors else 200)


def _said(form: forms.Form) -> dict[str, Any]:
    return {name: value.replace(",", "") for name, value in form.cleaned_data.items()}


@require_POST
@acting(Act.RUN_SANDBOX)
def settle(request: HttpRequest, member: Member) -> HttpResponse:
    """Settle now: what has matured, or all that is pending."""
    made = settle_now(merchant=member.merchant, everything=request.POST.get("all") == "true")
    if made:
        messages.success(request, f"Settled: {len(made)} batch{'' if len(made) == 1 else 'es'}.")
    else:
        messages.info(request, "There was nothing to settle.")
    return redirect("portal:settlements")


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def breaks(request: HttpRequest, member: Member, settlement_id: str) -> HttpResponse:
    """The answer key of a statement, and a form to plant mistakes in it."""
    found = get_settlement(member.merchant, settlement_id)
    form = PlantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kinds = [kind for kind in BreakKind if kind in form.cleaned_data["kinds"]]
        try:
            made = plant_breaks(
                merchant=member.merchant,
                settlement_id=settlement_id,
                kinds=kinds,
                seed=form.cleaned_data["seed"],
                count=form.cleaned_data["count"],
            )
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, f"Planted: {len(made)} mistake{'' if len(made) == 1 else 's'}.")
            return redirect("portal:settlement-breaks", found.pk)
    return _breaks_page(request, member, found, form=form)


def _breaks_page(request: HttpRequest, member: Member, found: Settlement, **more: Any) -> HttpResponse:
    key = [(row, BreakKind(row.kind).label, break_json(row)) for row in grading.answer_key(found)]
    shown = {"settlement": found, "key": key, "form": PlantForm(), "grade_form": GradeForm(), "kinds": BreakKind.choices, **more}
    is_wrong = any(shown[name].errors for name in ("form", "grade_form"))
    return render(request, "portal/settlement_breaks.html", {"member": member, **shown}, status=400 if is_wrong else 200)


@require_POST
@acting(Act.RUN_SANDBOX)
def remove(request: HttpRequest, member: Member, settlement_id: str) -> HttpResponse:
    """Make the statement true again."""
    count = remove_breaks(merchant=member.merchant, settlement_id=settlement_id)
    messages.success(request, f"The statement is true again; {count} mistake{' is' if count == 1 else 's are'} gone.")
    return redirect("portal:settlement-breaks", settlement_id)


@require_POST
@acting(Act.RUN_SANDBOX)
def grade(request: HttpRequest, member: Member, settlement_id: str) -> HttpResponse:
    """Compare what was found with what was planted; nothing is kept."""
    found = get_settlement(member.merchant, settlement_id)
    form = GradeForm(request.POST)
    result: grading.Grade | None = None
    if form.is_valid():
        try:
            result = grading.grade(found, form.read(found))
        except ApiError as problem:
            form.add_error("findings", problem.message)
    return _breaks_page(request, member, found, grade_form=form, grade=result)
