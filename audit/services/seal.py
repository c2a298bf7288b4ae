"""Seal entries into the hash chain, in batches: writers never wait for each other.

An entry joins the chain with the first seal after its commit, so a transaction that commits late
is sealed late, never skipped.
"""

import hashlib
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from audit.models import AuditEntry, AuditSeal
from mypay.kit import clock
from mypay.kit.jsonbody import canonical

GENESIS = "0" * 64
BATCH = 5000


def seal() -> AuditSeal | None:
    """Seal the oldest unsealed entries; None when there are none or another sealer was faster."""
    try:
        with transaction.atomic():
            # The last seal first: of two sealers the slower then takes a number that is gone.
            last = AuditSeal.objects.order_by("-number").first()
            entries = list(AuditEntry.objects.filter(seal__isnull=True).order_by("id")[:BATCH])
            if not entries:
                return None
            made = AuditSeal(
                number=last.number + 1 if last else 1,
                sealed_at=clock.real_now(),
                entry_count=len(entries),
                previous=last.digest if last else GENESIS,
            )
            made.digest = digest(made, entries)
            made.save(force_insert=True)
            AuditEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(seal=made)
            return made
    except IntegrityError:
        return None


def digest(seal: AuditSeal, entries: Iterable[AuditEntry]) -> str:
    """SHA-256 over the link before, the seal's own columns and each entry's content in order."""
    chain = hashlib.sha256(f"{seal.number}\n{seal.previous}\n{clock.iso(seal.sealed_at)}\n{seal.entry_count}\n".encode())
    for entry in entries:
        chain.update(hashlib.sha256(content(entry)).digest())
    return chain.hexdigest()


def content(entry: AuditEntry) -> bytes:
    """What of an entry the seal protects: all of it."""
    return canonical(
        [
            entry.pk,
            clock.iso(entry.at),
            entry.actor_type,
            entry.actor_id,
            entry.merchant_id,
            entry.action,
            entry.resource_id,
            entry.details,
            entry.ip_address,
            entry.request_id,
        ]
    )
