"""Change a merchant's endpoint."""

from typing import Any

from audit.services.record import record
from audit.tags import Tag
from mypay.kit import clock, sql
from webhooks.errors import endpoint_not_found
from webhooks.models import Delivery, Endpoint
from webhooks.states import DeliveryStatus, DisabledReason


def change_endpoint(*, endpoint: Endpoint, values: dict[str, Any]) -> Endpoint:
    """The endpoint as it then is; `values` are columns that were checked.

    Switched on, it starts anew: what failed before no longer counts. What is still to be sent goes
    to the new URL. Raises NotFound when the endpoint was deleted meanwhile.
    """
    changes: dict[str, Any] = {**values, **_switched(endpoint, values), "updated_at": clock.now(endpoint.merchant)}

    def effect() -> None:
        if not Endpoint.objects.filter(pk=endpoint.pk, deleted_at=None).update(**changes):
            raise endpoint_not_found()
        if "url" in values:
            Delivery.objects.filter(endpoint=endpoint, status=DeliveryStatus.PENDING).update(url=values["url"])
        record(tag=Tag.ENDPOINT_CHANGED, resource_id=endpoint.pk, merchant_id=endpoint.merchant_id, details=_told(values))

    sql.in_transaction(effect)
    for name, value in changes.items():
        setattr(endpoint, name, value)
    return endpoint


def _switched(endpoint: Endpoint, values: dict[str, Any]) -> dict[str, Any]:
    enabled = values.get("is_enabled")
    if enabled is None or enabled == endpoint.is_enabled:
        return {}
    return {"disabled_reason": "" if enabled else DisabledReason.MERCHANT.value, "failing_since": None}


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """For the audit trail: of own headers the names only."""
    return {name: sorted(value) if name == "headers" else value for name, value in values.items()}
