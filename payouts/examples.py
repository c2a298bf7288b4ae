"""A payout as an event would tell of it."""

from typing import Any

from payouts.models import Payout
from payouts.render import snapshot
from payouts.states import DestinationType, PayoutStatus
from webhooks.catalogue import EventType
from webhooks.examples import Wanted


def payout(wanted: Wanted) -> dict[str, Any]:
    """A payout that succeeded, or has just been created or sent again; nothing is written."""
    is_over = wanted.type == EventType.PAYOUT_UPDATED
    return snapshot(
        Payout(
            id=wanted.subject_id,
            merchant=wanted.merchant,
            merchant_reference=f"EXAMPLE-{str(wanted.subject_id)[-6:]}",
            amount=100_000,
            currency="PKR",
            destination_type=DestinationType.BANK,
            bank_code="HBL",
            account_number="12345670001",
            account_title="Ayesha Khan",
            status=PayoutStatus.SUCCESS if is_over else PayoutStatus.PENDING,
            psp_reference="PSP1769860800000EXAMPLE01" if is_over else "",
            processed_at=wanted.at if is_over else None,
            created_at=wanted.at,
            updated_at=wanted.at,
        )
    )
