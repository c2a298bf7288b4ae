"""Tell a merchant that its endpoint was switched off."""

from audit.services.record import record
from audit.tags import Tag
from merchants.services.send_message import notify
from merchants.states import Notice
from webhooks.models import Endpoint


def tell_disabled(endpoint: Endpoint) -> None:
    """An audit entry and, if the merchant wants it, a mail."""
    endpoint.refresh_from_db(fields=["disabled_reason"])
    why = endpoint.get_disabled_reason_display()
    record(tag=Tag.ENDPOINT_DISABLED, resource_id=endpoint.pk, merchant_id=endpoint.merchant_id, details={"reason": why})
    notify(merchant=endpoint.merchant, notice=Notice.ENDPOINT_DISABLED, told={"url": endpoint.url, "why": why})
