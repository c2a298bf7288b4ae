"""Add a merchant's endpoint."""

from typing import Any

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.crypto import encrypt
from mypay.kit.ids import uuid7
from webhooks.errors import endpoint_limit
from webhooks.models import Endpoint
from webhooks.services.attempt import SECRET_CONTEXT
from webhooks.standard import new_secret

MAX_ENDPOINTS = 50


def create_endpoint(*, merchant: Merchant, values: dict[str, Any]) -> tuple[Endpoint, str]:
    """The endpoint and its secret, which is told this once; `values` are columns that were checked.

    Raises ApiError 409 when the merchant has too many.
    """
    secret, now = new_secret(), clock.now(merchant)
    endpoint = Endpoint(
        id=uuid7(),
        merchant=merchant,
        secret_encrypted=encrypt(secret, context=SECRET_CONTEXT),
        created_at=now,
        updated_at=now,
        **values,
    )

    def effect() -> None:
        Merchant.objects.select_for_update().only("pk").get(pk=merchant.pk)  # two at once count one after the other
        if Endpoint.objects.filter(merchant=merchant, deleted_at=None).count() >= MAX_ENDPOINTS:
            raise endpoint_limit(MAX_ENDPOINTS)
        endpoint.save(force_insert=True)
        details = {"url": endpoint.url, "events": endpoint.events, "dialect": endpoint.dialect}
        record(tag=Tag.ENDPOINT_CREATED, resource_id=endpoint.pk, merchant_id=merchant.pk, details=details)

    sql.in_transaction(effect)
    return endpoint, secret
