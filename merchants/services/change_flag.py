"""Switch a feature for everybody, or for some merchants."""

from collections.abc import Iterable

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Flag, Merchant
from merchants.states import FlagKey


def change_flag(*, key: FlagKey, is_enabled: bool, merchants: Iterable[Merchant] = ()) -> Flag:
    """The flag as it is from the next request on; where it is off for everybody it is on for `merchants`."""
    named = list(merchants)
    with transaction.atomic():
        flag, _ = Flag.objects.update_or_create(key=key.value, defaults={"is_enabled": is_enabled})
        flag.merchants.set(named)
        details = {"enabled": is_enabled, "merchants": [merchant.pk for merchant in named]}
        record(tag=Tag.FLAG_CHANGED, resource_id=key.value, details=details)
    return flag
