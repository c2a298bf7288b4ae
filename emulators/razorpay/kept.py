"""What RazorpayX alone has, found by its ids, and not made twice."""

from typing import Any

from django.db import transaction

from emulators import ids
from emulators.models import VendorObject
from emulators.razorpay import objects
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.crypto import sha256_hex
from mypay.kit.jsonbody import canonical

PREFIXES = {"contact": "cont_", "fund_account": "fa_", "validation": "fav_", "payout": "pout_"}


def get(merchant: Merchant, kind: str, text: Any) -> VendorObject:
    """The object with that id; raises BadRequest for an unknown or foreign one alike."""
    row: VendorObject = objects.one(objects.kept(merchant, kind), PREFIXES[kind], text)
    return row


def id_of(row: VendorObject) -> str:
    """Its id on the wire."""
    return ids.vendor_id(PREFIXES[row.kind], row.pk)


def once(merchant: Merchant, kind: str, data: dict[str, Any]) -> tuple[VendorObject, bool]:
    """The object with that data, and whether it is new; of equal requests at the same time one makes it."""
    reference = identity(data)
    with transaction.atomic():
        Merchant.objects.select_for_update().values_list("pk").get(pk=merchant.pk)
        found = objects.kept(merchant, kind).filter(reference=reference).first()
        if found is not None:
            return found, False
        made = objects.keep(merchant, kind, data, at=clock.now(merchant), reference=reference)
        made.save(force_insert=True)
    return made, True


def change(row: VendorObject, data: dict[str, Any]) -> None:
    """Keep other data, and be equal to others by it from now on."""
    row.data, row.reference = data, identity(data)
    row.save(update_fields=["data", "reference"])


def identity(data: dict[str, Any]) -> str:
    """The same for equal data."""
    return sha256_hex(canonical(data).decode())
