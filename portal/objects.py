"""Which page shows an object, by the word that its audit entries begin with."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from audit.models import AuditEntry
from mypay.kit.ids import is_uuid

_ROUTES = {
    "payout": "payout", "checkout": "payment", "payment": "payment", "refund": "refund", "dispute": "dispute", "settlement": "settlement",
    "endpoint": "endpoint", "delivery": "delivery", "replay": "replay", "payout_batch": "payout-batch",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Touched:
    """What a request did to one object, and the object's page; empty if it has none."""

    action: str
    resource_id: str
    url: str


def object_url(kind: str, resource_id: str) -> str:
    """The page of the object; empty if there is none."""
    if kind not in _ROUTES or not is_uuid(resource_id):
        return ""
    try:
        return reverse(f"portal:{_ROUTES[kind]}", args=[resource_id])
    except NoReverseMatch:
        return ""


def touched(entries: list[AuditEntry]) -> list[Touched]:
    """One line an entry, in order."""
    return [Touched(entry.action, entry.resource_id, object_url(entry.action.partition(".")[0], entry.resource_id)) for entry in entries]
