"""Forms of the developers' rooms. What a value may be, the services say; here are names, labels and help."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django import forms

from merchants.states import Scope
from mypay.kit.errors import ApiError
from mypay.kit.filters import span
from mypay.kit.ids import is_uuid
from webhooks import dialects
from webhooks.catalogue import EventType, families_of
from webhooks.models import Endpoint
from webhooks.states import DeliveryStatus, Dialect

T = TypeVar("T")
_DAY = 86_400
OVERLAPS = (("0", "None: the old one ends now"), ("3600", "1 hour"), (str(_DAY), "24 hours"), (str(7 * _DAY), "7 days"))
_LIVES = (("", "Never"), ("1", "In 1 day"), ("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"))
_CODE = {"class": "code-input", "spellcheck": "false", "autocomplete": "off"}


def attempt(form: forms.Form, act: Callable[[], T], names: Mapping[str, str] | None = None) -> T | None:
    """What `act` gives; None when a service refuses it, which is then told at the form's field.

    `names` are the form's for the service's where they differ.
    """
    try:
        return act()
    except ApiError as refused:
        name = refused.field.partition(".")[0]
        field = (names or {}).get(name, name)
        form.add_error(field if field in form.fields else None, refused.message)
        return None


class KeyForm(forms.Form):
    """A new API key."""

    label = forms.CharField(max_length=100, required=False, help_text="Where it is used, such as “shop server”.")
    scopes = forms.MultipleChoiceField(
        label="Opens",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="A key opens one API: choose several, and you get one for each.",
        error_messages={"required": "Choose at least one API."},
    )
    expires = forms.ChoiceField(label="Expires", choices=_LIVES, required=False)
    allowed_ips = forms.CharField(
        label="Allowed addresses",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={**_CODE, "rows": 3}),
        help_text="Addresses or networks such as 203.0.113.0/24, one a line. Empty: from anywhere.",
    )

    @property
    def life(self) -> timedelta | None:
        """How long the key works; None for ever."""
        days = self.cleaned_data.get("expires")
        return timedelta(days=int(days)) if days else None


class OverlapForm(forms.Form):
    """How long the old key or secret goes on working beside the new one."""

    overlap = forms.ChoiceField(label="The old one still works for", choices=OVERLAPS, initial=str(_DAY))

    @property
    def span(self) -> timedelta:
        return timedelta(seconds=int(self.cleaned_data["overlap"]))


def _vendors() -> list[str]:
    """The dialects that call events by names of their own."""
    return [dialect for dialect in dialects.known() if dialects.has_own_names(dialect)]


def _field(dialect: str, family: str) -> str:
    return f"events_{dialect}_{family}" if dialect else f"events_{family}"


def _event_fields(dialect: str) -> list[str]:
    return [_field(dialect, family) for family in families_of(dialects.catalogue(dialect))]


ENDPOINT_NAMES = {"perSecond": "per_second", "events": "everything"}


class EndpointForm(forms.Form):
    """An endpoint; `values()` is the body that the API would get."""

    url = forms.CharField(label="URL", max_length=2048, widget=forms.URLInput(attrs={"placeholder": "https://example.com/webhooks"}))
    description = forms.CharField(max_length=200, required=False)
    dialect = forms.ChoiceField(
        choices=Dialect.choices,
        help_text="The form of body and signature. Keep Standard Webhooks unless your code expects another.",
    )
    everything = forms.BooleanField(label="All events, also those to come", required=False)
    headers = forms.CharField(
        label="Own headers",
        required=False,
        widget=forms.Textarea(attrs={**_CODE, "rows": 3, "placeholder": "Authorization: Bearer …"}),
        help_text="Sent along, one a line as Name: value.",
    )
    schedule = forms.CharField(
        label="Own schedule",
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "0, 5, 300", "spellcheck": "false"}),
        help_text="Seconds before each try, 1 to 20 of them. Empty: ten tries over 76 hours.",
    )
    per_second = forms.CharField(
        label="Most deliveries a second",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="1 to 1000. Empty: no limit.",
    )
    ordered = forms.BooleanField(
        label="In order", required=False, help_text="Events of one object arrive one after the other, each once the one before is over."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Dialect.choices)
        self.fields["dialect"].choices = [(name, labels.get(name, name)) for name in dialects.known()]  # type: ignore[attr-defined]
        for dialect in ("", *_vendors()):
            names = dialects.catalogue(dialect)
            for family in families_of(names):
                known = [(f"{family}.*", f"All {family} events"), *((name, name) for name in names if name.startswith(f"{family}."))]
                self.fields[_field(dialect, family)] = forms.MultipleChoiceField(
                    label=family.replace("_", " ").capitalize(), choices=known, required=False, widget=forms.CheckboxSelectMultiple
                )
        # Beside "all events", after the fields that say where and how.
        self.order_fields(["url", "description", "dialect", "everything", *self.event_names])

    @property
    def event_names(self) -> list[str]:
        return _event_fields("")

    @property
    def event_fields(self) -> list[forms.BoundField]:
        """One field a family of ours."""
        return [self[name] for name in self.event_names]

    @property
    def vendor_fields(self) -> list[tuple[str, bool, list[forms.BoundField]]]:
        """Of each dialect with names of its own its label, whether something is chosen, and one field a family."""
        labels, told = dict(Dialect.choices), []
        for dialect in _vendors():
            fields = [self[name] for name in _event_fields(dialect)]
            told.append((str(labels.get(dialect, dialect)), any(field.value() or field.errors for field in fields), fields))
        return told

    @property
    def has_own_rules(self) -> bool:
        """Whether the part that is folded away says something."""
        return any(self[name].value() or self[name].errors for name in ("headers", "schedule", "per_second", "ordered"))

    def clean_headers(self) -> dict[str, str]:
        """The lines as an object."""
        found: dict[str, str] = {}
        for line in str(self.cleaned_data["headers"]).splitlines():
            name, colon, value = line.partition(":")
            if not line.strip():
                continue
            if not colon:
                raise forms.ValidationError("Write one header a line, as Name: value.")
            if name.strip() in found:
                raise forms.ValidationError(f"The header {name.strip()[:100]} is there twice.")
            found[name.strip()] = value.strip()
        return found

    def clean_schedule(self) -> list[int] | None:
        """The numbers; None for the usual schedule."""
        parts = str(self.cleaned_data["schedule"]).replace(",", " ").split()
        if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
            raise forms.ValidationError("Write whole numbers of seconds, separated by commas.")
        return [int(part) for part in parts] or None

    def clean(self) -> dict[str, Any]:
        """An endpoint that wants nothing would be an endpoint that wants all."""
        cleaned = super().clean() or {}
        if not cleaned.get("everything") and not self._chosen(cleaned):
            self.add_error("everything", "Choose the events of its dialect that it wants, or all.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """The API's body for what was filled in."""
        cleaned = self.cleaned_data
        return {
            "url": cleaned["url"],
            "description": cleaned["description"],
            "dialect": cleaned["dialect"],
            "events": [] if cleaned["everything"] else self._chosen(cleaned),
            "headers": cleaned["headers"],
            "schedule": cleaned["schedule"],
            "perSecond": cleaned["per_second"] or None,
            "ordered": cleaned["ordered"],
        }

    def _chosen(self, cleaned: dict[str, Any]) -> list[str]:
        """What is ticked among the names of the dialect that is chosen."""
        dialect = cleaned.get("dialect", "")
        names = _event_fields(dialect if dialect in _vendors() else "")
        return [pattern for name in names for pattern in cleaned.get(name, [])]

    @staticmethod
    def initial_of(endpoint: Endpoint) -> dict[str, Any]:
        """The form's fields as the endpoint has them."""
        dialect = endpoint.dialect if endpoint.dialect in _vendors() else ""
        chosen: dict[str, list[str]] = {}
        for pattern in endpoint.events:
            chosen.setdefault(_field(dialect, pattern.partition(".")[0]), []).append(pattern)
        return {
            "url": endpoint.url,
            "description": endpoint.description,
            "dialect": endpoint.dialect,
            "everything": not endpoint.events or "*" in endpoint.events,
            "headers": "\n".join(f"{name}: {value}" for name, value in endpoint.headers.items()),
            "schedule": ", ".join(str(seconds) for seconds in endpoint.schedule or []),
            "per_second": endpoint.per_second or "",
            "ordered": endpoint.is_ordered,
            **chosen,
        }


class ReplayForm(forms.Form):
    """Which of an endpoint's deliveries are sent again."""

    status = forms.ChoiceField(
        label="Send again what",
        choices=[
            (DeliveryStatus.FAILED.value, "Failed"),
            (DeliveryStatus.SKIPPED.value, "Was not sent"),
            (DeliveryStatus.DELIVERED.value, "Was delivered"),
            ("all", "Is over, whatever became of it"),
        ],
    )
    start = forms.DateField(
        label="Events from", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Empty: from the first."
    )
    end = forms.DateField(label="to", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="This day included.")

    def asked(self) -> dict[str, Any]:
        """The service's arguments; a day counts whole, UTC."""
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        return {
            "status": self.cleaned_data["status"],
            "start": span("start", start.isoformat())[0] if start else None,
            "end": span("end", end.isoformat())[1] if end else None,
        }


class TriggerForm(forms.Form):
    """An event to fire."""

    type = forms.ChoiceField(label="Event", choices=[(type.value, type.value) for type in EventType])
    subject_id = forms.CharField(
        label="Object id", required=False, max_length=36, help_text="Tells of an object of yours. Empty: of one made up."
    )
    members = forms.CharField(
        label="Members to replace",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={**_CODE, "rows": 5, "placeholder": '{"amount": "10.00"}'}),
        help_text="A JSON object. Empty: the example as it is.",
    )

    def clean_members(self) -> dict[str, Any]:
        """The object."""
        text = str(self.cleaned_data["members"]).strip()
        try:
            found = json.loads(text) if text else {}
        except ValueError as problem:
            raise forms.ValidationError(f"This is not JSON: {problem}.") from None
        except RecursionError:
            raise forms.ValidationError("This is nested too deeply.") from None
        if not isinstance(found, dict):
            raise forms.ValidationError("This is JSON, but not an object.")
        return found

    def clean_subject_id(self) -> UUID | None:
        """The id; None for an object made up."""
        text = str(self.cleaned_data["subject_id"]).strip()
        if text and not is_uuid(text):
            raise forms.ValidationError("This is not an object’s id.")
        return UUID(text) if text else None

    def asked(self) -> dict[str, Any]:
        """The service's arguments."""
        cleaned = self.cleaned_data
        return {"type": EventType(cleaned["type"]), "data": cleaned["members"], "subject_id": cleaned["subject_id"]}


class DebugForm(forms.Form):
    """What a receiver got, as it got it."""

    headers = forms.CharField(
        max_length=50_000,
        widget=forms.Textarea(attrs={**_CODE, "rows": 6, "placeholder": "webhook-id: …\nwebhook-timestamp: …\nwebhook-signature: v1,…"}),
        help_text="One a line, as Name: value. Others do no harm.",
    )
    body = forms.CharField(
        required=False, strip=False, max_length=262_144, widget=forms.Textarea(attrs={**_CODE, "rows": 8}), help_text="To the byte."
    )
    endpoint = forms.ChoiceField(required=False, help_text="Whose secret should have signed it.")
    secret = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off", "placeholder": "whsec_…"}),
        help_text="The one your code uses, to see whether it is the right one. Empty: the endpoint’s.",
    )
    now = forms.CharField(
        label="Checked at",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off", "placeholder": "2026-01-31T12:00:00Z"}),
        help_text="What your clock said when your code checked it, UTC. Empty: now.",
    )

    def __init__(self, *args: Any, endpoints: list[Endpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(endpoint.pk), endpoint.description or endpoint.url) for endpoint in endpoints]
        self.fields["endpoint"].choices = [("", "Any of ours"), *known]  # type: ignore[attr-defined]

    def clean_headers(self) -> dict[str, str]:
        """The lines as an object; a line that goes on the next one is not."""
        lines = [line.partition(":") for line in str(self.cleaned_data["headers"]).splitlines() if ":" in line]
        if not lines:
            raise forms.ValidationError("Write one header a line, as Name: value.")
        return {name.strip(): value.strip() for name, _, value in lines}

    def clean_now(self) -> datetime | None:
        """The moment; None for now."""
        text = str(self.cleaned_data["now"]).strip()
        try:
            return span("now", text)[0] if text else None
        except ApiError:
            raise forms.ValidationError("Write a time like 2026-01-31T12:00:00Z.") from None

    def clean_body(self) -> str:
        """Browsers send lines with CR LF; what was pasted had LF unless it is one of the findings."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")
