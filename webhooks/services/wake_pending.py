"""Have a merchant's pending webhooks looked for now (contract section 5, process-pending)."""

from django.db.models import Q

from merchants.models import Merchant
from mypay.kit import clock, wakeups
from webhooks.models import Delivery, Event
from webhooks.states import DeliveryStatus


def wake_pending(*, merchant: Merchant) -> int:
    """Wake what is due and in nobody's hands; returns how many deliveries that were.

    What waits for its next try waits on: its receiver was given that time.
    """
    now = clock.real_now()
    due = {"merchant": merchant, "due_at__lte": clock.now(merchant)}
    free = Q(wake_at=None) | Q(attempts=0)
    woken = Delivery.objects.filter(free, status=DeliveryStatus.PENDING, **due).update(wake_at=now)
    Event.objects.filter(free, **due).update(wake_at=now)
    for kind in ("event", "delivery"):
        wakeups.wake(kind, now)
    return woken
