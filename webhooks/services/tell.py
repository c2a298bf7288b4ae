"""Tell a merchant that its endpoint was switched off."""

import structlog
from django.core.mail import send_mail

from audit.services.record import record
from audit.tags import Tag
from webhooks.models import Endpoint

log = structlog.get_logger("mypay.webhooks")


def tell_disabled(endpoint: Endpoint) -> None:
    """An audit entry and a mail; a mail that cannot be sent is no reason to stop."""
    endpoint.refresh_from_db(fields=["disabled_reason"])
    why = endpoint.get_disabled_reason_display()
    record(tag=Tag.ENDPOINT_DISABLED, resource_id=endpoint.pk, merchant_id=endpoint.merchant_id, details={"reason": why})
    text = f"We have switched off your webhook endpoint {endpoint.url}.\n\nReason: {why}.\n\nSwitch it on again once it works."
    try:
        send_mail("Your webhook endpoint was switched off", text, None, [endpoint.merchant.email])
    except OSError as problem:
        log.warning("mail not sent", error=str(problem))
