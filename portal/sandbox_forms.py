"""Forms of the sandbox rooms. They read; what a value may be is asked of the rooms that know it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms

from merchants.models import Merchant
from mypay.kit.errors import ApiError, ValidationError
from mypay.kit.money import EXPONENTS
from payments.states import Method
from payouts.states import DestinationType
from sandbox import faults, matching
from sandbox.faults import ALWAYS, FaultKind
from sandbox.models import Rule
from sandbox.services import rules
from sandbox.services.children import MAX_NAME, MAX_TTL_SECONDS
from sandbox.states import OUTCOMES, Challenge, Flow, Outcome
from webhooks.catalogue import FAMILIES, EventType
from webhooks.states import Trick
from webhooks.tricks import checked_match as checked_trick_match

_MAX_SECONDS = rules.MAX_DELAY_MS // 1000
_MAX_USES = 1_000_000
DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
_UNITS = (("1", "seconds"), ("60", "minutes"), ("3600", "hours"), ("86400", "days"))
_MATCH_FIELDS = {
    "numberEndsWith": "ends_with",
    "number": "number",
    "amount": "amount",
    "minAmount": "from_amount",
    "maxAmount": "to_amount",
    "method": "method",
    "metadata": "metadata",
}


def refuse(form: forms.Form, problem: ApiError, names: Mapping[str, str] | None = None) -> None:
    """Put a service's refusal at the field it is about; `names` says which, where it has another name here."""
    member = problem.field.partition(".")[2] or problem.field
    name = {**_MATCH_FIELDS, **(names or {})}.get(member, member)
    form.add_error(name if name in form.fields else None, problem.message)


def choose(form: forms.Form, name: str, choices: list[Any]) -> None:
    """Give a field its choices."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def _short(label: str, *, help_text: str = "", longest: int = 255, **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=longest, help_text=help_text, widget=forms.TextInput(attrs={"autocomplete": "off", **attrs})
    )


def _amount(label: str) -> forms.CharField:
    return _short(label, longest=30, inputmode="decimal")


class RuleForm(forms.Form):
    """A rule of one flow: what it matches and what then happens."""

    outcome = forms.ChoiceField(label="Outcome")
    ends_with = _short("Number ends in", inputmode="numeric")
    number = _short("Number is", help_text="An account, a mobile number, a card’s number or an address")
    amount = _amount("Amount is")
    from_amount = _amount("Amount from")
    to_amount = _amount("Amount up to")
    method = forms.ChoiceField(label="Method", required=False)
    metadata = forms.CharField(
        label="Metadata",
        required=False,
        max_length=2000,
        help_text="One name=value a line; all must be there",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    delay_seconds = forms.DecimalField(
        label="Delay in seconds", required=False, min_value=0, max_value=_MAX_SECONDS, decimal_places=3, help_text="Empty: the usual time"
    )
    reason = _short("Reason", longest=rules.MAX_REASON, help_text="The words that go with the outcome")
    code = forms.RegexField(
        rules.CODE,
        label="Status code",
        required=False,
        max_length=24,
        help_text="Of a failure, instead of the outcome’s own, like LIMIT_EXCEEDED",
        error_messages={"invalid": "Use capital letters, digits and underscores."},
    )
    challenge = forms.ChoiceField(label="Asks the payer for", required=False)
    uses = forms.IntegerField(label="Uses", required=False, min_value=1, max_value=_MAX_USES, help_text="1: only the next. Empty: for ever")
    priority = forms.IntegerField(label="Priority", initial=100, min_value=0, max_value=_MAX_USES, help_text="Lower is asked first")

    match_names = ("ends_with", "number", "amount", "from_amount", "to_amount", "method", "metadata")

    def __init__(self, *args: Any, flow: Flow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = flow
        choose(self, "outcome", [(outcome.value, outcome.label) for outcome in OUTCOMES[flow]])
        methods = DestinationType.choices if flow == Flow.PAYOUT else Method.choices
        choose(self, "method", [("", "Any"), *methods])
        choose(self, "challenge", [("", "The method’s own way"), *Challenge.choices])
        if flow != Flow.PAYMENT:
            del self.fields["code"], self.fields["challenge"]

    @property
    def when(self) -> list[forms.BoundField]:
        """The fields of the match."""
        return [self[name] for name in self.match_names]

    @property
    def then(self) -> list[forms.BoundField]:
        """The fields of what happens."""
        return [self[name] for name in self.fields if name not in (*self.match_names, "uses", "priority")]

    @property
    def how_often(self) -> list[forms.BoundField]:
        return [self["uses"], self["priority"]]

    def clean_metadata(self) -> dict[str, str]:
        lines = [line for line in str(self.cleaned_data["metadata"]).splitlines() if line.strip()]
        pairs = [[part.strip() for part in line.split("=", 1)] for line in lines]
        if any(len(pair) != 2 or not pair[0] for pair in pairs):
            raise forms.ValidationError("Write one name=value a line.")
        return dict(pairs)

    def clean(self) -> dict[str, Any]:
        """`match` as the matching room understands it."""
        given = {name: self.cleaned_data.get(field) for name, field in _MATCH_FIELDS.items()}
        try:
            self.cleaned_data["match"] = matching.checked({name: value for name, value in given.items() if value})
        except ValidationError as problem:
            refuse(self, problem)
        return self.cleaned_data

    def terms(self) -> dict[str, Any]:
        """What the services take."""
        said = self.cleaned_data
        delay = said["delay_seconds"]
        return {
            "outcome": Outcome(said["outcome"]),
            "match": said["match"],
            "reason": said["reason"],
            "delay_ms": None if delay is None else int(delay * 1000),
            "priority": said["priority"],
            "uses": said["uses"],
            "code": said.get("code", ""),
            "challenge": said.get("challenge", ""),
        }


def rule_initial(rule: Rule) -> dict[str, Any]:
    """A rule as its form shows it."""
    told = {_MATCH_FIELDS[name]: value for name, value in rule.match.items()}
    if "metadata" in told:
        told["metadata"] = "\n".join(f"{name}={value}" for name, value in told["metadata"].items())
    delay = None if rule.delay_ms is None else (Decimal(rule.delay_ms) / 1000).normalize()
    return {
        **told,
        "outcome": rule.outcome,
        "reason": rule.reason,
        "code": rule.code,
        "challenge": rule.challenge,
        "delay_seconds": None if delay is None else f"{delay:f}",
        "uses": rule.uses_left,
        "priority": rule.priority,
    }


class NextForm(forms.Form):
    """What happens to the next one of a flow, once."""

    outcome = forms.ChoiceField(label="The next one")

    def __init__(self, *args: Any, flow: Flow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "outcome", [(outcome.value, outcome.label) for outcome in OUTCOMES[flow]])


class TrickForm(forms.Form):
    """A webhook that goes wrong."""

    trick = forms.ChoiceField(label="Trick", choices=Trick.choices)
    type = forms.ChoiceField(
        label="Event",
        required=False,
        choices=[("", "Any event"), *((f"{name}.*", f"{name}.*") for name in FAMILIES), *((str(t), str(t)) for t in EventType)],
    )
    reference = _short("Reference is", help_text="Of the payout or checkout")
    delay_seconds = forms.IntegerField(
        label="Delay in seconds", required=False, min_value=1, max_value=7 * 86_400, help_text="For “sent late”; 300 unless told"
    )
    uses = forms.IntegerField(label="Uses", required=False, min_value=1, max_value=_MAX_USES, help_text="1: only the next. Empty: for ever")

    def match(self) -> dict[str, str]:
        """What it matches, checked."""
        given = {name: str(self.cleaned_data[name]) for name in ("type", "reference") if self.cleaned_data[name]}
        return checked_trick_match(given)


class FaultForm(forms.Form):
    """A fault: what breaks, for which requests, how often."""

    kind = forms.ChoiceField(label="Fault", choices=FaultKind.choices)
    number = forms.IntegerField(
        label="Number", required=False, min_value=0, max_value=1_000_000, help_text="Its number in the table; empty: the usual one"
    )
    method = forms.ChoiceField(label="Method", required=False, choices=[("", "Any"), *((name, name) for name in faults.METHODS)])
    path = _short("Path begins with", longest=500, placeholder="/api/v1/payouts")
    route = _short("Route is", longest=500, help_text="As the guides write it", placeholder="/payouts/:id")
    percent = forms.DecimalField(
        label="Strikes, in percent",
        initial=100,
        min_value=Decimal("0.0001"),
        max_value=100,
        decimal_places=4,
        help_text="Of the requests it matches",
    )
    seed = _short("Seed", longest=50, help_text="The same seed strikes the same requests of a run")
    uses = forms.IntegerField(label="Uses", required=False, min_value=1, max_value=_MAX_USES, help_text="1: only the next. Empty: for ever")
    priority = forms.IntegerField(label="Priority", initial=100, min_value=0, max_value=_MAX_USES, help_text="Lower is asked first")

    def clean(self) -> dict[str, Any]:
        """`match` and `number` as the faults understand them."""
        said = self.cleaned_data
        try:
            said["match"] = faults.checked_match({name: said[name] for name in ("method", "path", "route") if said.get(name)})
            if said.get("kind") and "number" in said:
                said["number"] = faults.checked_number(FaultKind(said["kind"]), said["number"], "number")
        except ValidationError as problem:
            refuse(self, problem)
        return said

    def terms(self) -> dict[str, Any]:
        """What the service takes."""
        said = self.cleaned_data
        return {
            **{name: said[name] for name in ("number", "match", "seed", "priority", "uses")},
            "kind": FaultKind(said["kind"]),
            "per_million": max(1, int(said["percent"] * ALWAYS / 100)),
        }


class AdvanceForm(forms.Form):
    """How far the clock moves."""

    count = forms.DecimalField(label="Advance by", min_value=Decimal("0.001"), max_value=1_000_000_000, decimal_places=3)
    unit = forms.ChoiceField(label="Unit", choices=_UNITS, initial="86400")

    def by(self) -> timedelta:
        """Up to what a timedelta holds; the service says what is too far."""
        seconds = self.cleaned_data["count"] * int(self.cleaned_data["unit"])
        return timedelta(milliseconds=min(int(seconds * 1000), 10**14))


class ReachForm(forms.Form):
    """The moment that the clock moves to, UTC."""

    to = forms.DateTimeField(
        label="Set to (UTC)",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )

    def moment(self) -> datetime:
        moment: datetime = self.cleaned_data["to"]
        return moment.replace(tzinfo=UTC)


class TopUpForm(forms.Form):
    amount = forms.CharField(label="Amount", max_length=30, widget=forms.TextInput(attrs=DECIMAL))
    currency = forms.ChoiceField(label="Currency", initial="PKR", choices=[(code, code) for code in EXPONENTS])


class TypedForm(forms.Form):
    """The company's name, typed, before what cannot be undone."""

    typed = forms.CharField(label="Company", max_length=300, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = " ".join(merchant.company_name.split()) or merchant.vendor_id
        self.fields["typed"].label = f"Type {self.wanted} to confirm"

    def clean_typed(self) -> str:
        typed = " ".join(str(self.cleaned_data["typed"]).split())
        if typed.casefold() != self.wanted.casefold():
            raise forms.ValidationError("That is not the company’s name.")
        return typed


class SnapshotForm(forms.Form):
    name = _short("Label", longest=100)


class ChildForm(forms.Form):
    """A child sandbox."""

    name = _short("Name", longest=MAX_NAME)
    balance = forms.CharField(
        label="Balance in rupees",
        max_length=30,
        initial="1000000",
        widget=forms.TextInput(attrs=DECIMAL),
    )
    count = forms.IntegerField(label="Ends after", required=False, min_value=1, max_value=1_000_000, help_text="Real time. Empty: never")
    unit = forms.ChoiceField(label="Unit", choices=_UNITS[1:], initial="3600")

    def clean(self) -> dict[str, Any]:
        count = self.cleaned_data.get("count")
        if count and count * int(self.cleaned_data["unit"]) > MAX_TTL_SECONDS:
            self.add_error("count", "A child sandbox ends within a year.")
        return self.cleaned_data

    def ttl(self) -> timedelta | None:
        count = self.cleaned_data["count"]
        return timedelta(seconds=count * int(self.cleaned_data["unit"])) if count else None
