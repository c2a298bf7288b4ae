"""Settle when somebody asks for it instead of at the cut-off."""

from merchants.models import Merchant
from mypay.kit import clock
from payments.models import Settlement, SettlementPlan
from payments.services.settle import settle
from sandbox.services.rules import require_sandbox


def settle_now(*, merchant: Merchant, currency: str = "", everything: bool = False) -> list[Settlement]:
    """The batches of what has matured by now, one a currency or of that one alone; none for what is too little.

    With `everything` all that is pending settles, whatever its day and the plan's minimum: for sandbox
    merchants only, raises ApiError 403 for a live one.
    """
    if everything:
        require_sandbox(merchant)
    plans = SettlementPlan.objects.filter(merchant=merchant, **({"currency": currency} if currency else {})).order_by("currency")
    at = clock.now(merchant)
    batches = [settle(plan=plan, at=at, everything=everything) for plan in plans]
    return [batch for batch in batches if batch is not None]
