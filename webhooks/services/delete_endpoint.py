"""Delete a merchant's endpoint."""

from typing import Any

from audit.services.record import record
from audit.tags import Tag
from mypay.kit import clock, sql
from webhooks.models import Endpoint
from webhooks.states import DisabledReason


def delete_endpoint(*, endpoint: Endpoint) -> None:
    """Nothing is sent there any more. Its deliveries stay to be read, so its row does; its secrets and headers go."""
    now = clock.now(endpoint.merchant)
    gone = {"is_enabled": False, "disabled_reason": DisabledReason.DELETED.value, "deleted_at": now, "updated_at": now}
    forgotten: dict[str, Any] = {"secret_encrypted": "", "old_secret_encrypted": "", "old_secret_until": None, "headers": {}}

    def effect() -> None:
        Endpoint.objects.filter(pk=endpoint.pk).update(**gone, **forgotten)
        record(tag=Tag.ENDPOINT_DELETED, resource_id=endpoint.pk, merchant_id=endpoint.merchant_id, details={"url": endpoint.url})

    sql.in_transaction(effect)
