"""Change the terms on which a merchant's money of one currency settles."""

from collections.abc import Mapping
from typing import Any

from audit.services.record import record
from audit.tags import Tag
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import clock, sql
from payments.models import SettlementItem, SettlementPlan
from payments.services.items import calendar_of, plan_of
from payments.terms import read_terms
from sandbox.services.rules import require_sandbox


def change_plan(*, merchant: Merchant, currency: str, body: Mapping[str, Any]) -> SettlementPlan:
    """The plan with the terms that `body` names changed, for what is collected from now on.

    What was collected before keeps its day and its fee; what waits for the minimum waits for the next
    cut-off of the new terms. Raises ValidationError naming the member, ApiError 403 for a live merchant.
    """
    require_sandbox(merchant)
    terms = read_terms(body, currency)
    plan_of(merchant, currency)

    def effect() -> SettlementPlan:
        # As whoever adds an item does, so that none comes in between: first the balance, then the plan.
        MerchantBalance.objects.select_for_update().filter(merchant=merchant, currency=currency).first()
        plan = SettlementPlan.objects.select_for_update().get(merchant=merchant, currency=currency)
        changed = {column: value for column, value in terms.items() if getattr(plan, column) != value}
        if changed:
            _change(plan, merchant, changed)
        return plan

    changed: SettlementPlan = sql.in_transaction(effect)
    return changed


def _change(plan: SettlementPlan, merchant: Merchant, changed: dict[str, Any]) -> None:
    details = {column: [str(getattr(plan, column)), str(value)] for column, value in changed.items()}
    for column, value in changed.items():
        setattr(plan, column, value)
    now = clock.now(merchant)
    waiting = SettlementItem.objects.filter(merchant=merchant, currency=plan.currency, settlement=None)
    if plan.due_at is not None and plan.due_at > now and waiting.filter(settles_at__lte=now).exists():
        ahead = waiting.filter(settles_at__gt=now).order_by("settles_at").values_list("settles_at", flat=True).first()
        plan.due_at = min(moment for moment in (calendar_of(plan).next_cutoff(now), ahead) if moment)
        plan.wake_at = clock.wake_at(merchant, plan.due_at)
    plan.revision += 1
    plan.save()
    record(
        tag=Tag.SETTLEMENT_PLAN_CHANGED,
        resource_id=plan.pk,
        merchant_id=merchant.pk,
        details={"currency": plan.currency, "terms": details},
    )
