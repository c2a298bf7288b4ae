"""Payouts and the lines of a batch as rows of a file."""

from collections.abc import Iterator

from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payouts.models import Beneficiary, Payout, PayoutBatch, PayoutBatchLine

COLUMNS = [
    "ID", "Reference", "Amount", "Currency", "Status", "Type", "Bank/Wallet", "Account", "Title", "Failure reason", "PSP reference",
    "Purpose", "Created", "Processed",
]  # fmt: skip
LINE_COLUMNS = [
    "Line", "Reference", "Amount", "Currency", "Bank/Wallet", "Account", "Title", "Status", "Field", "Error", "Payout ID", "Payout status",
]  # fmt: skip
BENEFICIARY_COLUMNS = ["ID", "Name", "Type", "Bank/Wallet", "Account", "Added"]
_BATCH = 1000


def cells(payout: Payout) -> list[str]:
    """One row of COLUMNS."""
    return [
        str(payout.pk),
        payout.merchant_reference,
        to_text(payout.amount, payout.currency),
        payout.currency,
        payout.status,
        payout.destination_type,
        payout.bank_code or payout.wallet_code,
        payout.account_number,
        payout.account_title,
        payout.failure_reason,
        payout.psp_reference,
        payout.purpose,
        iso(payout.created_at),
        iso(payout.processed_at) if payout.processed_at else "",
    ]


def beneficiary_cells(row: Beneficiary) -> list[str]:
    """One row of BENEFICIARY_COLUMNS."""
    return [str(row.pk), row.name, row.destination_type, row.code, row.account_number, iso(row.created_at)]


def line_rows(batch: PayoutBatch) -> Iterator[list[str]]:
    """All lines of a batch in their order, rows of LINE_COLUMNS, read in portions."""
    last = 0
    while rows := list(batch.lines.filter(number__gt=last).select_related("payout").order_by("number")[:_BATCH]):
        yield from (_line(batch, row) for row in rows)
        last = rows[-1].number


def _line(batch: PayoutBatch, line: PayoutBatchLine) -> list[str]:
    payout = line.payout
    return [
        str(line.number),
        line.reference,
        line.amount_text,
        batch.currency,
        line.code,
        line.account_number,
        line.account_title,
        line.status,
        line.error_field,
        line.error,
        str(payout.pk) if payout else "",
        payout.status if payout else "",
    ]
