"""Transactions, payouts, figures and settings, as staff see and change them (contract section 7)."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchants.selectors import system_config
from merchants.services.change_config import change_config
from merchants.states import ConfigKey, StaffAct
from mypay.kit.clock import iso
from mypay.kit.errors import ValidationError
from payouts.models import Payout
from payouts.services.approve import approve, reject
from portal.api import admin_schema as schema
from portal.api import admin_selectors as selectors
from portal.api import render
from portal.api.base import AdminView, ok

_MAX_REASON = 200
_ASKED = "The payout is above the approval limit: another member of staff must approve it"


class AdminTransactionsView(AdminView):
    @extend_schema(**schema.TRANSACTIONS)
    def get(self, request: Request) -> HttpResponse:
        """The newest checkouts of all merchants or one."""
        rows = selectors.list_transactions(request.query_params)
        merchants = selectors.merchants_of(rows)
        return ok({"transactions": [render.admin_transaction_json(row, merchants) for row in rows], "total": len(rows)})


class AdminPayoutsView(AdminView):
    @extend_schema(**schema.PAYOUTS)
    def get(self, request: Request) -> HttpResponse:
        """The newest payouts of all merchants or one."""
        rows = selectors.list_payouts(request.query_params)
        merchants = selectors.merchants_of(rows)
        return ok({"payouts": [render.admin_payout_json(row, merchants) for row in rows], "total": len(rows)})


class AdminStatsView(AdminView):
    @extend_schema(**schema.STATS)
    def get(self, request: Request) -> HttpResponse:
        """The dashboard's figures."""
        return ok({"stats": selectors.stats()})


class ConfigView(AdminView):
    @extend_schema(**schema.CONFIG)
    def get(self, request: Request) -> HttpResponse:
        """The system's settings."""
        return ok({"config": _config_json(system_config())})

    @extend_schema(**schema.CHANGE_CONFIG)
    def put(self, request: Request) -> HttpResponse:
        """Change some of them; in force within seconds."""
        self.require(StaffAct.SETTINGS)
        wrapped = self.body.get("config")
        return ok({"config": _config_json(change_config(values=wrapped if isinstance(wrapped, dict) else self.body))})


class DecisionView(AdminView):
    """Staff decide a payout that waits (ours)."""

    def reason(self) -> str:
        """Why, if they say so; raises ValidationError for what is no short text."""
        reason = self.body.get("reason") or ""
        if not isinstance(reason, str) or len(reason) > _MAX_REASON:
            raise ValidationError(f"reason must be text of at most {_MAX_REASON} characters", field="reason")
        return reason

    def told(self, payout: Payout) -> dict[str, Any]:
        return {"payout": render.admin_payout_json(payout, {payout.merchant_id: payout.merchant})}


class ApproveView(DecisionView):
    @extend_schema(**schema.APPROVE)
    def post(self, request: Request, payout_id: str) -> HttpResponse:
        """A payout IN_REVIEW or ON_HOLD succeeds; its money leaves.

        Above the approval limit the first call asks (202) and the same call by another member of staff confirms (200).
        """
        self.require(StaffAct.DECIDE)
        done = approve(payout=selectors.get_payout(payout_id), staff=self.admin, reason=self.reason())
        if done.waiting is None:
            return ok(self.told(done.payout))
        asked = {"id": done.waiting.pk, "status": str(done.waiting.status), "expiresAt": iso(done.waiting.expires_at)}
        return ok({"message": _ASKED, **self.told(done.payout), "approval": asked}, status=202)


class RejectView(DecisionView):
    @extend_schema(**schema.REJECT)
    def post(self, request: Request, payout_id: str) -> HttpResponse:
        """A payout IN_REVIEW or ON_HOLD fails; its money comes back."""
        self.require(StaffAct.DECIDE)
        return ok(self.told(reject(payout=selectors.get_payout(payout_id), staff=self.admin, reason=self.reason())))


def _config_json(values: dict[ConfigKey, str]) -> dict[str, Any]:
    return {key.value: value for key, value in values.items()}
