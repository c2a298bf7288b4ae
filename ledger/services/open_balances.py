"""How a merchant's money begins: what the sandbox asks when it resets one or makes a child."""

from collections.abc import Mapping

from ledger.models import MerchantBalance, Transfer
from ledger.services.top_up import top_up
from ledger.states import Bucket
from merchants.models import Merchant

DESCRIPTION = "Opening balance"


def opening_amounts(merchant_id: int) -> dict[str, int]:
    """By currency, the money a balance opened with: its first transfer, if that was a top-up, else 0."""
    amounts = dict.fromkeys(MerchantBalance.objects.filter(merchant_id=merchant_id).values_list("currency", flat=True), 0)
    first = Transfer.objects.filter(balance__merchant_id=merchant_id, sequence=1, source=Bucket.EXTERNAL, target=Bucket.AVAILABLE)
    return amounts | dict(first.values_list("balance__currency", "amount"))


def open_balances(*, merchant: Merchant, amounts: Mapping[str, int]) -> None:
    """A balance for each currency, its money brought in as the first transfer, as part of the caller's transaction."""
    for currency, amount in amounts.items():
        if amount:
            top_up(merchant=merchant, currency=currency, amount=amount, description=DESCRIPTION, is_told=False)
        else:
            MerchantBalance.objects.get_or_create(merchant=merchant, currency=currency)
