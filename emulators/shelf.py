"""What vendors keep and the engine has no column for: rows of `VendorObject`, found by a vendor's ids and not made twice.

A row is an object of the vendor's own (a customer), or stands beside one of the engine's (an order's receipt): its `subject_id`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet

from emulators import ids
from emulators.models import VendorObject
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.crypto import sha256_hex
from mypay.kit.errors import ApiError
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import canonical

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Shelf:
    """One vendor's objects: the prefixes of its ids by kind, and its refusal of an id that nobody has, also by kind."""

    vendor: str  # one of `Vendor`
    prefixes: Mapping[str, str]
    unknown: Callable[[str], ApiError]

    def rows(self, merchant: Merchant, kind: str) -> QuerySet[VendorObject]:
        """All of the merchant's objects of that kind."""
        return VendorObject.objects.filter(merchant=merchant, vendor=self.vendor, kind=kind)

    def subjects(self, merchant: Merchant, kind: str, **of: str) -> QuerySet[VendorObject, Any]:
        """The keys of the engine's rows that objects of that kind stand beside, for a query of those rows."""
        return self.rows(merchant, kind).filter(**of).values("subject_id")

    def find(self, rows: QuerySet[Row], kind: str, text: Any) -> Row:
        """The row of the queryset that the id stands for; raises `unknown` for an unknown or foreign id alike."""
        found: Row | None = ids.find(rows, self.prefixes[kind], text) if isinstance(text, str) else None
        if found is None:
            raise self.unknown(kind)
        return found

    def get(self, merchant: Merchant, kind: str, text: Any) -> VendorObject:
        """The object with that id; raises `unknown`."""
        return self.find(self.rows(merchant, kind), kind, text)

    def id_of(self, row: VendorObject) -> str:
        """Its id on the wire."""
        return ids.vendor_id(self.prefixes[row.kind], row.subject_id or row.pk)

    def new(
        self, merchant: Merchant, kind: str, data: dict[str, Any], *, subject_id: UUID | None = None, reference: str = ""
    ) -> VendorObject:
        """An object that is not stored yet, or what goes with a row of the engine's."""
        at = clock.now(merchant)
        about = {"subject_id": subject_id, "reference": reference, "data": data}
        return VendorObject(id=uuid7(), merchant=merchant, vendor=self.vendor, kind=kind, created_at=at, **about)

    def once(self, merchant: Merchant, kind: str, data: dict[str, Any], *, same: dict[str, Any] | None = None) -> tuple[VendorObject, bool]:
        """The object with that data, and whether it is new; of equal requests at the same time one makes it.

        `same` is what makes it equal to others, where that is not all of its data.
        """
        reference = _identity(data if same is None else same)
        with transaction.atomic():
            Merchant.objects.select_for_update().values_list("pk").get(pk=merchant.pk)
            found = self.rows(merchant, kind).filter(reference=reference).first()
            if found is not None:
                return found, False
            made = self.new(merchant, kind, data, reference=reference)
            made.save(force_insert=True)
        return made, True

    def change(self, row: VendorObject, data: dict[str, Any]) -> None:
        """Keep other data, and be equal to others by it from now on."""
        row.data, row.reference = data, _identity(data)
        row.save(update_fields=["data", "reference"])

    def beside(self, kind: str, row: Any, data: Mapping[str, Any], *, reference: str = "") -> list[sql.Statement]:
        """Write what the vendor keeps of a new row of the engine's, in its transaction; nothing is no row."""
        told = {name: value for name, value in data.items() if value not in (None, "", {})}
        made = self.new(row.merchant, kind, told, subject_id=row.pk, reference=reference)
        return [sql.insert(made)] if told else []

    def extras(self, kind: str, keys: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        """What the vendor keeps of those rows of the engine's, nothing for most."""
        found = VendorObject.objects.filter(vendor=self.vendor, kind=kind, subject_id__in=list(keys))
        kept: dict[Any, dict[str, Any]] = dict(found.values_list("subject_id", "data"))
        return defaultdict(dict, kept)

    def note(self, merchant: Merchant, kind: str, subject_id: UUID, *, reference: str | None = None, **changes: Any) -> None:
        """Change some of what the vendor keeps of a row of the engine's, and what it is found by."""
        with transaction.atomic():
            fresh = {"id": uuid7(), "merchant": merchant, "created_at": clock.now(merchant)}
            rows = VendorObject.objects.select_for_update()
            row, _ = rows.get_or_create(vendor=self.vendor, kind=kind, subject_id=subject_id, defaults=fresh)
            row.data |= changes
            row.reference = row.reference if reference is None else reference
            row.save(update_fields=["data", "reference"])


def _identity(data: dict[str, Any]) -> str:
    """The same for equal data."""
    return sha256_hex(canonical(data).decode())
