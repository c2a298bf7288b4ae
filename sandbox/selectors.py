"""Reads of a merchant's controls; the merchant comes first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from merchants.models import Merchant
from mypay.kit import clock, scheduling
from mypay.kit.errors import NotFound
from mypay.kit.ids import is_uuid
from sandbox.models import Child, ClockAdvance, Fault, Rule, Snapshot


@dataclass(frozen=True, slots=True)
class Progress:
    """A clock on its way: where it set out, how far it is and where it goes."""

    since: datetime
    at: datetime
    target: datetime

    @property
    def percent(self) -> int:
        whole = (self.target - self.since).total_seconds()
        return 100 if whole <= 0 else max(0, min(100, int(100 * (self.at - self.since).total_seconds() / whole)))


def progress(merchant: Merchant) -> Progress | None:
    """How far the merchant's clock is on its way; None when it is not on any."""
    under_way = ClockAdvance.objects.filter(merchant=merchant).first()
    if under_way is None:
        return None
    due = scheduling.next_due(merchant.pk, under_way.target)
    # While it moves the merchant's clock stands where it set out.
    return Progress(clock.now(merchant), due[0] if due else under_way.target, under_way.target)


def list_rules(merchant: Merchant) -> list[Rule]:
    """The rules in the order they are asked: one-shots before standing ones, each by priority and age; no used-up one."""
    rules = Rule.objects.filter(merchant=merchant).exclude(uses_left=0)
    return sorted(rules, key=lambda rule: rule.uses_left is None)


def get_rule(merchant: Merchant, rule_id: int) -> Rule:
    """The merchant's rule; raises NotFound for an unknown or foreign one."""
    found = Rule.objects.filter(merchant=merchant, pk=rule_id).first()
    if found is None:
        raise NotFound("Rule not found")
    return found


def list_faults(merchant: Merchant) -> list[Fault]:
    """The faults in the order they are asked, as `list_rules`."""
    faults = Fault.objects.filter(merchant=merchant).exclude(uses_left=0)
    return sorted(faults, key=lambda fault: fault.uses_left is None)


def list_snapshots(merchant: Merchant) -> list[Snapshot]:
    """The kept snapshots, newest first, without their content."""
    return list(Snapshot.objects.filter(merchant=merchant).defer("content"))


def get_child(parent: Merchant, child_id: str) -> Child:
    """The parent's child sandbox with its merchant; raises NotFound for an unknown one or another parent's."""
    own = Child.objects.filter(merchant__parent=parent).select_related("merchant")
    found = own.filter(merchant__uuid=UUID(child_id)).first() if is_uuid(child_id) else None
    if found is None:
        raise NotFound("Child sandbox not found")
    return found
