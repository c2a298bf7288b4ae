"""Try a scenario: make a payout or a checkout with it now."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from merchants.models import Member, Merchant
from merchants.states import Act
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, DuplicateReference, NotFound
from mypay.kit.idempotency import Claim
from payments.links import page_url as checkout_url
from payments.selectors import get_checkout, get_transaction
from payments.services.create import create_checkout
from payments.states import Method
from payouts.models import Payout
from payouts.selectors import directory
from payouts.services.create import create_payout
from payouts.states import DestinationType
from portal.access import acting
from portal.acts import OnceForm, act
from portal.links import Tab, page_url
from portal.pages.scenarios import TRIED, flow_named, flow_url
from portal.sandbox_forms import DECIMAL, choose
from sandbox.services.rules import require_sandbox
from sandbox.states import OUTCOMES, Challenge, Flow

_LABELS = {Flow.PAYOUT: "A payout", Flow.PAYMENT: "A checkout"}
_PREFILLED = ("scenario", "account", "amount", "method", "challenge")


class _TryForm(OnceForm):
    amount = forms.CharField(
        label="Amount in rupees",
        max_length=30,
        initial="1500",
        widget=forms.TextInput(attrs=DECIMAL),
    )
    scenario = forms.ChoiceField(label="Scenario", required=False)

    flow: Flow

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "scenario", [("", "As your rules and the number decide"), *((each.value, each.label) for each in OUTCOMES[self.flow])])

    def reference(self) -> str:
        """The same for the same page, however often it is sent."""
        return f"TRY-{self.cleaned_data['key'][-12:].upper()}"

    def make(self, request: HttpRequest, member: Member) -> str:
        """Make it, once; returns its id, empty when it was refused, which the form then says."""
        raise NotImplementedError


class TryPayoutForm(_TryForm):
    """A payout to a bank account."""

    flow = Flow.PAYOUT
    named = {"bankCode": "bank", "accountNumber": "account", "X-Mock-Scenario": "scenario"}
    account = forms.CharField(
        label="Account number",
        max_length=16,
        initial="12345670001",
        help_text="9 to 16 digits; the last four decide",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank = forms.ChoiceField(label="Bank")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "bank", [(entry.code, entry.name) for entry in directory(DestinationType.BANK) if entry.accepts_payouts])

    def body(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "merchantReference": self.reference(),
            "amount": said["amount"],
            "destType": DestinationType.BANK.value,
            "bankCode": said["bank"],
            "accountNumber": said["account"],
        }

    def make(self, request: HttpRequest, member: Member) -> str:
        def call(claim: Claim) -> Reply:
            return create_payout(merchant=member.merchant, body=self.body(), claim=claim, scenario=self.cleaned_data["scenario"])

        if not act(request, member, self, call):
            return ""
        made = Payout.objects.filter(merchant=member.merchant, merchant_reference=self.reference())
        return str(made.values_list("pk", flat=True).get())


class TryPaymentForm(_TryForm):
    """A checkout, for you to pay."""

    flow = Flow.PAYMENT
    named = {"paymentMethod": "method", "X-Mock-Scenario": "scenario"}
    method = forms.ChoiceField(label="Method", required=False, choices=[("", "The payer chooses"), *Method.choices])
    challenge = forms.ChoiceField(label="Asks the payer for", required=False, choices=[("", "The method’s own way"), *Challenge.choices])

    def body(self) -> dict[str, Any]:
        said = self.cleaned_data
        method = {"paymentMethod": said["method"]} if said["method"] else {}
        return {"reference": self.reference(), "amount": said["amount"], "description": "Tried in the portal", **method}

    def make(self, request: HttpRequest, member: Member) -> str:
        said, body = self.cleaned_data, self.body()
        scenario = said["scenario"] or ("success" if said["challenge"] else "")
        if said["challenge"]:
            scenario = f"{scenario};challenge={said['challenge']}"
        try:
            return str(create_checkout(merchant=member.merchant, body=body, lenient=True, scenario=scenario).pk)
        except DuplicateReference:
            return str(get_transaction(member.merchant, body["reference"]).pk)
        except ApiError as refused:
            self.refuse(refused.message, refused.field)
            return ""


_FORMS: dict[Flow, type[_TryForm]] = {Flow.PAYOUT: TryPayoutForm, Flow.PAYMENT: TryPaymentForm}


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def try_it(request: HttpRequest, member: Member) -> HttpResponse:
    """A payout or a checkout with that scenario, now; after it, the way to it."""
    require_sandbox(member.merchant)
    flow = flow_named(request.GET.get("flow", ""))
    flow = flow if flow in TRIED else Flow.PAYOUT
    wanted = {name: request.GET[name] for name in _PREFILLED if name in request.GET}
    form = _FORMS[flow](request.POST or None, initial=wanted)
    if request.method == "POST" and form.is_valid() and (made := form.make(request, member)):
        return _made(request, flow, made)
    path = reverse("portal:try")
    shown = {
        "member": member,
        "form": form,
        "tabs": [Tab(_LABELS[each], page_url(path, {"flow": each}), each == flow) for each in TRIED],
        "back_url": flow_url(flow),
        **_opened(member.merchant, request.GET.get("made", "")),
    }
    return render(request, "portal/try.html", shown, status=400 if form.errors else 200)


def _made(request: HttpRequest, flow: Flow, made: str) -> HttpResponse:
    if flow == Flow.PAYOUT:
        messages.success(request, "The payout is made; its outcome comes on your clock.")
        return redirect("portal:payout", made)
    return redirect(page_url(reverse("portal:try"), {"flow": flow, "made": made}))


def _opened(merchant: Merchant, checkout_id: str) -> dict[str, object]:
    """The checkout that was just opened, and its page; nothing when there is none of that id."""
    try:
        checkout = get_checkout(merchant, checkout_id)
    except NotFound:
        return {}
    return {"checkout": checkout, "checkout_url": checkout_url(checkout)}
