"""The sandbox's word on settlement, `/api/v1/sandbox`: terms, a run at once, mistakes in a statement."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.errors import NotFound, ValidationError
from payments import grading
from payments.api import settlement_schema as schema
from payments.models import Settlement
from payments.render import settlement_json
from payments.selectors import get_settlement
from payments.services.change_plan import change_plan
from payments.services.plant_breaks import MAX_COUNT, plant_breaks, remove_breaks
from payments.services.settle_now import settle_now
from payments.settlement_render import break_json, plan_json
from payments.statements import next_settlement
from payments.states import BreakKind
from payments.validation import CURRENCIES
from sandbox.api.base import SandboxView

_MAX_SEED = 50


class PlanView(SandboxView):
    @extend_schema(**schema.CHANGE_PLAN)
    def put(self, request: Request, currency: str) -> HttpResponse:
        """Change terms of one currency, for what is collected from now on; those not named stay."""
        if currency not in CURRENCIES:
            raise NotFound("Settlement plan not found")
        return success(200, plan_json(change_plan(merchant=self.merchant, currency=currency, body=self.body))).response()


class RunView(SandboxView):
    @extend_schema(**schema.RUN)
    def post(self, request: Request) -> HttpResponse:
        """Settle now what has matured, or with `all` everything that is pending."""
        self.only("currency", "all")
        currency = self.choice("currency", ["", *CURRENCIES])
        made = settle_now(merchant=self.merchant, currency=currency, everything=self._all())
        return success(200, {"settlements": [settlement_json(row) for row in made]}).response()

    def _all(self) -> bool:
        value = self.body.get("all", False)
        if value in ("true", "false"):  # a form's word is text
            value = value == "true"
        if not isinstance(value, bool):
            raise ValidationError("all must be true or false", field="all")
        return value


class BreaksView(SandboxView):
    @extend_schema(**schema.PLANT_BREAKS)
    def post(self, request: Request, settlement_id: str) -> HttpResponse:
        """Plant mistakes in a settlement's statement; answers the whole key."""
        self.only("kinds", "seed", "count")
        plant_breaks(
            merchant=self.merchant,
            settlement_id=settlement_id,
            kinds=self._kinds(),
            seed=self.text("seed", _MAX_SEED),
            count=self.whole("count", 1, minimum=1, maximum=MAX_COUNT) or 1,
        )
        return success(201, _key(get_settlement(self.merchant, settlement_id))).response()

    def _kinds(self) -> list[BreakKind]:
        value = self.body.get("kinds", [])
        if not isinstance(value, list) or any(kind not in BreakKind.values for kind in value):
            raise ValidationError(f"kinds must be a list of {', '.join(BreakKind.values)}", field="kinds")
        return [kind for kind in BreakKind if kind in value]

    @extend_schema(**schema.ANSWER_KEY)
    def get(self, request: Request, settlement_id: str) -> HttpResponse:
        """The answer key: all that is wrong with the statement."""
        return success(200, _key(get_settlement(self.merchant, settlement_id))).response()

    @extend_schema(**schema.REMOVE_BREAKS)
    def delete(self, request: Request, settlement_id: str) -> HttpResponse:
        """Make the statement true again."""
        return success(200, {"removed": remove_breaks(merchant=self.merchant, settlement_id=settlement_id)}).response()


class GradeView(SandboxView):
    @extend_schema(**schema.GRADE)
    def post(self, request: Request, settlement_id: str) -> HttpResponse:
        """Compare what a reconciliation found with what was planted."""
        self.only("findings")
        findings = grading.read_findings(self.body.get("findings"))
        grade = grading.grade(get_settlement(self.merchant, settlement_id), findings)
        counts = {"found": grade.found, "missed": grade.missed, "wrong": grade.wrong}
        return success(200, {**counts, "perfect": grade.is_perfect, "findings": [{"right": right} for right in grade.right]}).response()


def _key(settlement: Settlement) -> dict[str, Any]:
    following = next_settlement(settlement)
    return {
        "settlementId": str(settlement.pk),
        "nextSettlementId": str(following.pk) if following else None,
        "breaks": [break_json(made) for made in grading.answer_key(settlement)],
    }
