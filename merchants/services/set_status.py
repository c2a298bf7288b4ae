"""Switch a merchant on or off: its keys and logins work only while it is active."""

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import merchant_not_found
from merchants.models import Merchant
from merchants.states import MerchantStatus


def set_status(*, merchant: Merchant, status: MerchantStatus) -> Merchant:
    """The merchant in that status, from the next request on."""
    with transaction.atomic():
        return _set(_locked(merchant), status)


def toggle_status(*, merchant: Merchant) -> Merchant:
    """Active becomes inactive; anything else becomes active (contract section 7)."""
    with transaction.atomic():
        locked = _locked(merchant)
        return _set(locked, MerchantStatus.INACTIVE if locked.is_active else MerchantStatus.ACTIVE)


def _locked(merchant: Merchant) -> Merchant:
    found = Merchant.objects.select_for_update().filter(pk=merchant.pk).first()
    if found is None:
        raise merchant_not_found()
    return found


def _set(merchant: Merchant, status: MerchantStatus) -> Merchant:
    if merchant.status != status:
        details = {"from": str(merchant.status), "to": status.value}
        merchant.status = status
        merchant.save(update_fields=["status", "updated_at"])
        record(tag=Tag.MERCHANT_STATUS_CHANGED, resource_id=merchant.pk, merchant_id=merchant.pk, details=details)
    return merchant
