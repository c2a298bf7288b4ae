"""Faults of a merchant, `/api/v1/sandbox/faults`."""

import re
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.errors import NotFound, ValidationError
from sandbox import faults
from sandbox.api import state_schema as schema
from sandbox.api.base import SandboxView
from sandbox.faults import ALWAYS, FaultKind
from sandbox.models import Fault
from sandbox.services.faults import add_fault, remove_faults

_MAX_SEED = 50
_PART = re.compile(r"[01](\.[0-9]{1,6})?", re.ASCII)


class FaultsView(SandboxView):
    @extend_schema(**schema.LIST_FAULTS)
    def get(self, request: Request) -> HttpResponse:
        """The merchant's faults, by priority; one whose uses are spent is no longer there."""
        found = Fault.objects.filter(merchant=self.merchant).exclude(uses_left=0)
        return success(200, {"faults": [_fault_json(fault) for fault in found]}).response()

    @extend_schema(**schema.ADD_FAULT)
    def post(self, request: Request) -> HttpResponse:
        """Add a fault; `uses: 1` strikes once."""
        self.only("kind", "number", "match", "probability", "seed", "priority", "uses")
        kind = FaultKind(self.choice("kind", FaultKind.values))
        fault = add_fault(
            merchant=self.merchant,
            kind=kind,
            number=faults.checked_number(kind, self.whole("number", None), "number"),
            match=faults.checked_match(self.body.get("match", {})),
            per_million=self._per_million(),
            seed=self.text("seed", _MAX_SEED),
            priority=self.whole("priority", 100) or 0,
            uses=self.whole("uses", None, minimum=1),
        )
        return success(201, _fault_json(fault)).response()

    def _per_million(self) -> int:
        value = self.body.get("probability", 1)
        if isinstance(value, str) and _PART.fullmatch(value):  # a form's number is text
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value <= 1:
            raise ValidationError("probability must be a number above 0, at most 1", field="probability")
        return max(1, int(value * ALWAYS))

    @extend_schema(**schema.CLEAR_FAULTS)
    def delete(self, request: Request) -> HttpResponse:
        """Remove all faults."""
        return success(200, {"removed": remove_faults(merchant=self.merchant)}).response()


class FaultView(SandboxView):
    @extend_schema(**schema.REMOVE_FAULT)
    def delete(self, request: Request, fault_id: str) -> HttpResponse:
        """Remove one fault."""
        if not (fault_id.isascii() and fault_id.isdigit() and len(fault_id) < 18):
            raise NotFound("Fault not found")
        return success(200, {"removed": remove_faults(merchant=self.merchant, fault_id=int(fault_id))}).response()


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.pk,
        "kind": fault.kind,
        "number": fault.number,
        "match": fault.match,
        "probability": fault.per_million / ALWAYS,
        "seed": fault.seed,
        "priority": fault.priority,
        "usesLeft": fault.uses_left,
    }
