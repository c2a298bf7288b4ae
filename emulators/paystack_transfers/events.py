"""Events of transfers: how one ended, as it was then."""

import json
from collections.abc import Mapping
from typing import Any

from emulators import snapshots
from emulators.models import VendorObject
from emulators.paystack.events import body, form
from emulators.paystack.objects import TRANSFER, kept
from emulators.paystack.render import integration
from emulators.paystack_transfers.bank_list import COUNTRIES
from emulators.paystack_transfers.recipients import recipient_json
from emulators.paystack_transfers.transfers import FAILED, REVERSED, SUCCESS, status_of, transfer_json
from merchants.states import Environment
from webhooks.catalogue import EventType
from webhooks.dialects import Told

_NAMES = {status: f"transfer.{status}" for status in (SUCCESS, FAILED, REVERSED)}


def transfer_names(type: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What Paystack calls the end of a transfer; nothing of what goes on, and of payouts that are none of its own.

    These have the same currencies and banks, so that only the row beside a payout tells.
    """
    name = _NAMES.get(status_of(data["status"], data["failureReason"])) if type == EventType.PAYOUT_UPDATED else None
    if name is None or data["currency"] not in COUNTRIES:
        return ()
    return (name,) if VendorObject.objects.filter(pk=data["id"], vendor=kept.vendor, kind=TRANSFER).exists() else ()


def _transfer_body(told: Told) -> bytes:
    data, merchant = json.loads(told.data), told.merchant
    row = VendorObject.objects.get(pk=data["id"])
    recipient = VendorObject.objects.get(pk=row.data["recipient"])
    shown = transfer_json(merchant, row, snapshots.payout(data), recipient_json(merchant, recipient))
    about = {"id": integration(merchant), "is_live": merchant.environment == Environment.LIVE, "business_name": merchant.company_name}
    return body(told, {**shown, "integration": about})


TRANSFERS = form(_transfer_body, transfer_names, tuple(_NAMES.values()))
