"""Write a merchant's faults, and choose the one that strikes a request."""

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit.errors import NotFound
from sandbox import faults
from sandbox.faults import ALWAYS, Call, FaultKind, Strike
from sandbox.models import Fault
from sandbox.services.rules import require_sandbox


def add_fault(
    *,
    merchant: Merchant,
    kind: FaultKind,
    number: int | None,
    match: dict[str, str],
    per_million: int = ALWAYS,
    seed: str = "",
    priority: int = 100,
    uses: int | None = None,
) -> Fault:
    """A fault for the merchant's coming requests; `uses=1` strikes once."""
    require_sandbox(merchant)
    with transaction.atomic():
        fault = Fault.objects.create(
            merchant=merchant, kind=kind, number=number, match=match, per_million=per_million,
            seed=seed, priority=priority, uses_left=uses,
        )  # fmt: skip
        Merchant.objects.filter(pk=merchant.pk).update(has_faults=True)
        record(tag=Tag.FAULT_CREATED, resource_id=fault.pk, merchant_id=merchant.pk, details={"kind": kind, "match": match})
    return fault


def remove_faults(*, merchant: Merchant, fault_id: int | None = None) -> int:
    """Delete one fault, or all; raises NotFound for an unknown or foreign one."""
    require_sandbox(merchant)
    own = Fault.objects.filter(merchant=merchant)
    with transaction.atomic():
        count, _ = (own if fault_id is None else own.filter(pk=fault_id)).delete()
        if fault_id is not None and count == 0:
            raise NotFound("Fault not found")
        Merchant.objects.filter(pk=merchant.pk).update(has_faults=own.exists())
        record(tag=Tag.FAULT_DELETED, resource_id=fault_id or "all", merchant_id=merchant.pk, details={"count": count})
    return count


def strike(*, merchant: Merchant, call: Call, header: str = "") -> Strike | None:
    """What breaks this request: the header's fault, else the first of the merchant's that strikes.

    Those with uses come before standing ones, each kind by priority and age. A use is spent even if
    the request is refused afterwards: it is the transport that breaks, whatever would have come.
    Raises ValidationError when the header names no fault. A live merchant's requests never break.
    """
    if merchant.environment != Environment.SANDBOX:
        return None
    if header:
        return faults.from_header(header)
    if not merchant.has_faults:
        return None
    own = [fault for fault in Fault.objects.filter(merchant=merchant).exclude(uses_left=0) if faults.matches(fault.match, call)]
    for fault in sorted(own, key=lambda fault: fault.uses_left is None):
        if _strikes(fault):
            return Strike(FaultKind(fault.kind), fault.number)
    return None


def _strikes(fault: Fault) -> bool:
    """Ask the fault; the count of how often it was asked, and its uses, move under its row's lock."""
    if fault.uses_left is None and fault.per_million >= ALWAYS:
        return True
    with transaction.atomic():
        row = Fault.objects.select_for_update().filter(pk=fault.pk).exclude(uses_left=0).first()
        if row is None:
            return False
        struck = faults.strikes(seed=row.seed, counter=row.asked, per_million=row.per_million)
        row.asked += 1
        if struck and row.uses_left is not None:
            row.uses_left -= 1
        row.save(update_fields=["asked", "uses_left"])
    return struck
