"""Give an endpoint a new secret."""

from datetime import timedelta
from typing import Any

from audit.services.record import record
from audit.tags import Tag
from mypay.kit import clock, sql
from mypay.kit.crypto import encrypt
from webhooks.errors import endpoint_not_found
from webhooks.models import Endpoint
from webhooks.services.attempt import SECRET_CONTEXT
from webhooks.standard import new_secret


def rotate_secret(*, endpoint: Endpoint, overlap: timedelta) -> str:
    """The new secret, told this once. The one it replaces signs too until the overlap ends, on the merchant's clock.

    Raises NotFound when the endpoint was deleted meanwhile.
    """
    secret, now = new_secret(), clock.now(endpoint.merchant)
    changes: dict[str, Any] = {"secret_encrypted": encrypt(secret, context=SECRET_CONTEXT), "updated_at": now}

    def effect() -> None:
        row = Endpoint.objects.select_for_update().filter(pk=endpoint.pk, deleted_at=None).first()
        if row is None:
            raise endpoint_not_found()
        old, until = (row.secret_encrypted, now + overlap) if overlap else ("", None)
        changes.update(old_secret_encrypted=old, old_secret_until=until)
        Endpoint.objects.filter(pk=row.pk).update(**changes)
        details = {"overlapSeconds": int(overlap.total_seconds())}
        record(tag=Tag.ENDPOINT_SECRET_ROTATED, resource_id=endpoint.pk, merchant_id=endpoint.merchant_id, details=details)

    sql.in_transaction(effect)
    for name, value in changes.items():
        setattr(endpoint, name, value)
    return secret
