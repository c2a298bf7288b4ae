"""End a checkout that nobody paid in time (contract section 4): failed, EXPIRED, an event."""

from datetime import datetime
from typing import Any

from mypay.kit import scheduling
from mypay.kit.errors import StaleState
from payments.models import Checkout
from payments.services.transition import close
from payments.states import EXPIRED_CODE, CheckoutStatus


def is_over(checkout: Checkout, at: datetime) -> bool:
    """Whether the checkout has expired, be it that the sweep has not come yet."""
    if checkout.status == CheckoutStatus.PENDING:
        return checkout.attempt_id is None and at >= checkout.expires_at
    return checkout.status_code == EXPIRED_CODE


def expire_checkout(pk: Any, at: datetime | None) -> None:
    """Due work: expire the checkout if it is due at `at` (None: now on the merchant's clock).

    Harmless on a checkout that is not due or was ended by somebody else meanwhile.
    """
    pending = Checkout.objects.select_related("merchant").filter(status=CheckoutStatus.PENDING)
    if due := scheduling.due(pending, pk, at):
        expire(*due)


def expire(checkout: Checkout, at: datetime) -> None:
    """Make a pending checkout expired, unless somebody else ended it first."""
    try:
        close(checkout, EXPIRED_CODE, at)
    except StaleState:
        return


def rest_checkout(pk: Any, error: Exception) -> None:
    """Expiry that keeps failing is left alone: the checkout cannot be paid any more either way."""
    Checkout.objects.filter(pk=pk).update(due_at=None, wake_at=None)
