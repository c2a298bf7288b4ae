"""Change what is known of a merchant."""

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from merchants.services.set_status import set_status
from merchants.states import MerchantStatus


def change_merchant(
    *,
    merchant: Merchant,
    name: str | None = None,
    company_name: str | None = None,
    webhook_url: str | None = None,
    notices: str | None = None,
    status: MerchantStatus | None = None,
) -> Merchant:
    """The merchant with the given details, already checked, all or none of them; None leaves one as it is."""
    given = {"name": name, "company_name": company_name, "webhook_url": webhook_url, "notices": notices}
    changed = [field for field, value in given.items() if value is not None and value != getattr(merchant, field)]
    for field in changed:
        setattr(merchant, field, given[field])
    with transaction.atomic():
        if changed:
            merchant.save(update_fields=[*changed, "updated_at"])
            record(tag=Tag.MERCHANT_CHANGED, resource_id=merchant.pk, merchant_id=merchant.pk, details={"changed": changed})
        return merchant if status is None else set_status(merchant=merchant, status=status)
