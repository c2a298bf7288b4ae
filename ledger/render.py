"""A balance as the API shows it (contract section 1)."""

from ledger.models import MerchantBalance
from mypay.kit.money import to_text


def balance_json(row: MerchantBalance) -> dict[str, str]:
    """`balance` holds what is reserved too; `lockedBalance` is the reserved part."""
    return {
        "balance": to_text(row.available + row.reserved, row.currency),
        "lockedBalance": to_text(row.reserved, row.currency),
        "availableBalance": to_text(max(0, row.available), row.currency),
    }
