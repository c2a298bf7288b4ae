"""Find any edit, deletion, swap or cut of the sealed trail."""

from collections.abc import Iterator

from audit.models import AuditEntry, AuditSeal
from audit.services.seal import GENESIS, digest


def findings(head: str = "") -> Iterator[str]:
    """What is wrong with the trail, in plain words; nothing when it is whole.

    `head` is a published head, `NUMBER:DIGEST`: without one a cut of the newest seals, together
    with their entries, cannot be told from a trail that never had them.
    """
    previous, expected = GENESIS, 1
    head_number, _, head_digest = head.partition(":")
    head_seen = not head
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=500):
        if seal.number != expected:
            yield f"seal {expected} is missing"
            expected = seal.number
        if seal.previous != previous:
            yield f"seal {seal.number} does not follow the seal before it"
        yield from _entries_of(seal)
        if head and str(seal.number) == head_number:
            head_seen = True
            if seal.digest != head_digest:
                yield f"seal {seal.number} is not the one published as head"
        previous, expected = seal.digest, expected + 1
    if not head_seen:
        yield f"the trail ends before the published head {head_number}: its tail was cut"


def _entries_of(seal: AuditSeal) -> Iterator[str]:
    entries = list(AuditEntry.objects.filter(seal=seal).order_by("id"))
    if len(entries) != seal.entry_count:
        yield f"seal {seal.number} covers {seal.entry_count} entries, {len(entries)} are there"
    elif digest(seal, entries) != seal.digest:
        yield f"an entry under seal {seal.number} (ids {entries[0].pk} to {entries[-1].pk}) was changed"


def head() -> str:
    """The newest seal as `NUMBER:DIGEST`, to publish; empty before the first."""
    last = AuditSeal.objects.order_by("-number").first()
    return str(last) if last else ""
