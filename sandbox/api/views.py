"""The controls of a merchant's simulated world, `/api/v1/sandbox/*` (sandbox merchants only)."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.clock import iso
from mypay.kit.errors import NotFound, ValidationError
from sandbox import matching
from sandbox.api import schema
from sandbox.api.base import SandboxView
from sandbox.models import Rule
from sandbox.services import clock, rules
from sandbox.states import OUTCOMES, Challenge, Flow, Outcome

_SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,3})?", re.ASCII)


class RulesView(SandboxView):
    @extend_schema(**schema.LIST_RULES)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's rules, in the order they are asked."""
        found = Rule.objects.filter(merchant=self.merchant).exclude(uses_left=0)
        return success(200, {"rules": [_rule_json(rule) for rule in found]}).response()

    @extend_schema(**schema.ADD_RULE)
    def post(self, request: Request) -> HttpResponse:
        """Add a rule; `uses: 1` makes it a one-shot."""
        reason = self.text("reason", rules.MAX_REASON)
        flow = Flow(self.choice("flow", Flow.values, Flow.PAYOUT.value))
        for name in ("code", "challenge"):
            if flow != Flow.PAYMENT and self.body.get(name):
                raise ValidationError(f"{name} is for payments", field=name)
        rule = rules.add_rule(
            merchant=self.merchant,
            flow=flow,
            outcome=Outcome(self.choice("outcome", [str(outcome) for outcome in OUTCOMES[flow]])),
            match=matching.checked(self.body.get("match", {})),
            reason=reason,
            code=self._code(),
            challenge=self.choice("challenge", ["", *Challenge.values]),
            delay_ms=self.whole("delayMs", None, maximum=rules.MAX_DELAY_MS),
            priority=self.whole("priority", 100) or 0,
            uses=self.whole("uses", None, minimum=1),
        )
        return success(201, _rule_json(rule)).response()

    def _code(self) -> str:
        code = self.text("code", 24)
        if code and not rules.CODE.fullmatch(code):
            raise ValidationError("code must be upper-case letters, digits and underscores", field="code")
        return code

    @extend_schema(**schema.CLEAR_RULES)
    def delete(self, request: Request) -> HttpResponse:
        """Remove all rules."""
        return success(200, {"removed": rules.remove_rules(merchant=self.merchant)}).response()


class RuleView(SandboxView):
    @extend_schema(**schema.REMOVE_RULE)
    def delete(self, request: Request, rule_id: str) -> HttpResponse:
        """Remove one rule."""
        if not (rule_id.isascii() and rule_id.isdigit() and len(rule_id) < 18):
            raise NotFound("Rule not found")
        return success(200, {"removed": rules.remove_rules(merchant=self.merchant, rule_id=int(rule_id))}).response()


class ClockView(SandboxView):
    @extend_schema(**schema.CLOCK)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's time."""
        return _clock_reply(clock.state(self.merchant))


class ClockMoveView(SandboxView):
    """`freeze`, `unfreeze` or `reset`."""

    move = ""

    @extend_schema(**schema.MOVE_CLOCK)
    def post(self, request: Request) -> HttpResponse:
        """Stop the merchant's clock, let it run on, or set it back to real time."""
        moves = {"freeze": clock.freeze, "unfreeze": clock.unfreeze, "reset": clock.reset}
        return _clock_reply(moves[self.move](merchant=self.merchant))


class ClockAdvanceView(SandboxView):
    @extend_schema(**schema.ADVANCE_CLOCK)
    def post(self, request: Request) -> HttpResponse:
        """Move the merchant's clock; due work on the way is done, in time order, before the answer."""
        return _clock_reply(clock.advance(merchant=self.merchant, by=self._seconds()))

    def _seconds(self) -> timedelta:
        value = self.body.get("seconds")
        if isinstance(value, str) and _SECONDS.fullmatch(value):  # a form's number is text
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value <= 10**9:
            raise ValidationError("seconds must be a number above 0", field="seconds")
        return timedelta(milliseconds=round(value * 1000))


def _clock_reply(state: clock.ClockState) -> HttpResponse:
    return success(200, {"now": iso(state.now), "frozen": state.frozen, "ran": state.ran}).response()


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "flow": rule.flow,
        "match": rule.match,
        "outcome": rule.outcome,
        "reason": rule.reason,
        "code": rule.code,
        "challenge": rule.challenge,
        "delayMs": rule.delay_ms,
        "priority": rule.priority,
        "usesLeft": rule.uses_left,
    }
