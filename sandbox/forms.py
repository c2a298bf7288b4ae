"""Staff's form of a scenario: checked as the API checks a rule."""

from typing import Any

from django import forms

from merchants.states import Environment
from mypay.kit.errors import ApiError
from sandbox import matching
from sandbox.models import Rule
from sandbox.services import rules
from sandbox.states import OUTCOMES, Flow


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Rule
        fields = ("merchant", "flow", "outcome", "match", "reason", "code", "challenge", "delay_ms", "priority", "uses_left")
        labels = {"delay_ms": "Delay in milliseconds", "uses_left": "Uses"}
        help_texts = {
            "match": 'Which requests: as in {"numberEndsWith": "0003"}; empty matches all.',
            "uses_left": "Empty: for ever; 1: the next one only.",
        }

    def clean_match(self) -> dict[str, Any]:
        try:
            return matching.checked(self.cleaned_data["match"] or {})
        except ApiError as refused:
            raise forms.ValidationError(refused.message) from None

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if code and not rules.CODE.fullmatch(code):
            raise forms.ValidationError("Upper-case letters, digits and underscores only.")
        return code

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        merchant, flow, outcome = given.get("merchant"), given.get("flow"), given.get("outcome")
        if merchant and merchant.environment != Environment.SANDBOX:
            self.add_error("merchant", "Only sandbox merchants have scenarios.")
        if flow and outcome and outcome not in OUTCOMES[Flow(flow)]:
            self.add_error("outcome", f"A {flow} has no such outcome.")
        if flow != Flow.PAYMENT and (given.get("code") or given.get("challenge")):
            self.add_error("code", "Code and challenge are for payments.")
        if (given.get("delay_ms") or 0) > rules.MAX_DELAY_MS:
            self.add_error("delay_ms", f"At most {rules.MAX_DELAY_MS}.")
        if given.get("uses_left") == 0:
            self.add_error("uses_left", "At least 1, or empty.")
        return given
