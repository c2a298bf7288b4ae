"""Keep an account at a gateway: its credentials are encrypted and never shown again."""

import json
from collections.abc import Mapping

from django.db import IntegrityError

from audit.services.record import record
from audit.tags import Tag
from gateways import validation
from gateways.errors import refused
from gateways.models import GatewayAccount
from gateways.selectors import CREDENTIALS_CONTEXT, WEBHOOK_SECRET_CONTEXT
from mypay.kit import clock, sql
from mypay.kit.crypto import encrypt
from mypay.kit.ids import random_text

_TOKEN_LENGTH = 40


def create_account(
    *,
    name: str,
    gateway: str,
    credentials: Mapping[str, str],
    webhook_secret: str = "",
    base_url: str = "",
    priority: int = 100,
    monthly_limit: int | None = None,
) -> GatewayAccount:
    """The account, active; `monthly_limit` in minor units. Raises ValidationError that names the field."""
    spec = validation.checked_gateway(gateway)
    now = clock.real_now()
    account = GatewayAccount(
        name=validation.checked_name(name),
        gateway=spec.name,
        base_url=validation.checked_base_url(base_url),
        credentials_encrypted=sealed_credentials(validation.checked_credentials(spec, credentials)),
        webhook_secret_encrypted=sealed_secret(validation.checked_secret("webhook_secret", webhook_secret)),
        token=random_text(_TOKEN_LENGTH),
        priority=validation.checked_priority(priority),
        monthly_limit=validation.checked_limit("monthly_limit", monthly_limit),
        created_at=now,
        updated_at=now,
    )

    def effect() -> None:
        account.save(force_insert=True)
        details = {
            "name": account.name, "gateway": account.gateway, "base_url": account.base_url, "priority": account.priority,
            "monthly_limit": account.monthly_limit, "given": sorted(credentials),
        }  # fmt: skip
        record(tag=Tag.GATEWAY_ACCOUNT_CREATED, resource_id=account.pk, details=details)

    try:
        sql.in_transaction(effect)
    except IntegrityError:
        raise name_taken() from None
    return account


def name_taken() -> Exception:
    return refused("name", "Another account has this name")


def sealed_credentials(credentials: Mapping[str, str]) -> str:
    """The column's text of checked credentials."""
    return encrypt(json.dumps(credentials, sort_keys=True), context=CREDENTIALS_CONTEXT)


def sealed_secret(secret: str) -> str:
    """The column's text of a webhook secret; empty for none."""
    return encrypt(secret, context=WEBHOOK_SECRET_CONTEXT) if secret else ""
