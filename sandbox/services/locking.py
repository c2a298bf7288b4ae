"""Hold a merchant still while its state as a whole is read or changed."""

from merchants.models import Merchant
from mypay.kit.errors import ApiError
from sandbox.models import ClockAdvance


def locked(merchant_id: int) -> Merchant:
    """The merchant's row, locked until the transaction ends: no row can be added to it meanwhile.

    Raises ApiError 409 while its clock is being advanced: whoever does it would go on afterwards.
    """
    row = Merchant.objects.select_for_update().get(pk=merchant_id)
    if ClockAdvance.objects.filter(merchant=row).exists():
        raise ApiError("The clock is being advanced", code="CLOCK_BUSY", status=409, retry_after=1)
    return row
