"""What has not settled yet, and the terms on which it will; the merchant comes first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from merchants.models import Merchant
from payments.models import SettlementItem, SettlementPlan
from payments.terms import usual_terms
from payments.validation import CURRENCIES


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What is pending in one currency, minor units, and when the next of it settles; None when nothing is."""

    currency: str
    count: int = 0
    amount: int = 0
    fee: int = 0
    tax: int = 0
    settles_at: datetime | None = None

    @property
    def net(self) -> int:
        return self.amount - self.fee - self.tax


def upcoming(merchant: Merchant) -> list[Upcoming]:
    """What is pending, in each currency that the merchant has a plan of."""
    unsettled = SettlementItem.objects.filter(merchant=merchant, settlement=None).values("currency").order_by()
    summed = unsettled.annotate(count=Count("pk"), amount=Sum("amount"), fees=Sum("fee"), taxes=Sum("tax"))
    sums = {row["currency"]: (row["count"], row["amount"], row["fees"], row["taxes"]) for row in summed}
    due = SettlementPlan.objects.filter(merchant=merchant).order_by("currency").values_list("currency", "due_at")
    return [Upcoming(currency, *sums.get(currency, (0, 0, 0, 0)), due_at) for currency, due_at in due]


def plans(merchant: Merchant) -> list[SettlementPlan]:
    """The merchant's plans, one a currency; those that nobody needed yet are not saved and have the usual terms."""
    known = {plan.currency: plan for plan in SettlementPlan.objects.filter(merchant=merchant)}
    return [known.get(code) or SettlementPlan(merchant=merchant, currency=code, **usual_terms(code)) for code in CURRENCIES]
