"""Objects that only Razorpay has, as rows of `VendorObject`: found by their ids, and not made twice."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from emulators import ids
from emulators.models import Vendor, VendorObject
from emulators.razorpay.errors import no_such_id
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.crypto import sha256_hex
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import canonical

PREFIXES = {"contact": "cont_", "fund_account": "fa_", "validation": "fav_", "payout": "pout_", "customer": "cust_"}


def rows(merchant: Merchant, kind: str) -> QuerySet[VendorObject]:
    """All of the merchant's objects of that kind."""
    return VendorObject.objects.filter(merchant=merchant, vendor=Vendor.RAZORPAY, kind=kind)


def get(merchant: Merchant, kind: str, text: Any) -> VendorObject:
    """The object with that id; raises BadRequest for an unknown or foreign one alike."""
    row = ids.find(rows(merchant, kind), PREFIXES[kind], text) if isinstance(text, str) else None
    if row is None:
        raise no_such_id()
    found: VendorObject = row
    return found


def id_of(row: VendorObject) -> str:
    """Its id on the wire."""
    return ids.vendor_id(PREFIXES[row.kind], row.subject_id or row.pk)


def new(merchant: Merchant, kind: str, data: dict[str, Any], *, subject_id: UUID | None = None, reference: str = "") -> VendorObject:
    """An object that is not stored yet, or what goes with a row of the engine's."""
    at = clock.now(merchant)
    about = {"subject_id": subject_id, "reference": reference, "data": data}
    return VendorObject(id=uuid7(), merchant=merchant, vendor=Vendor.RAZORPAY.value, kind=kind, created_at=at, **about)


def once(merchant: Merchant, kind: str, data: dict[str, Any], *, same: dict[str, Any] | None = None) -> tuple[VendorObject, bool]:
    """The object with that data, and whether it is new; of equal requests at the same time one makes it.

    `same` is what makes it equal to others, where that is not all of its data.
    """
    reference = identity(data if same is None else same)
    with transaction.atomic():
        Merchant.objects.select_for_update().values_list("pk").get(pk=merchant.pk)
        found = rows(merchant, kind).filter(reference=reference).first()
        if found is not None:
            return found, False
        made = new(merchant, kind, data, reference=reference)
        made.save(force_insert=True)
    return made, True


def change(row: VendorObject, data: dict[str, Any]) -> None:
    """Keep other data, and be equal to others by it from now on."""
    row.data, row.reference = data, identity(data)
    row.save(update_fields=["data", "reference"])


def identity(data: dict[str, Any]) -> str:
    """The same for equal data."""
    return sha256_hex(canonical(data).decode())
