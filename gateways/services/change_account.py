"""Change an account at a gateway."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError

from audit.services.record import record
from audit.tags import Tag
from gateways import validation
from gateways.errors import account_not_found
from gateways.models import GatewayAccount
from gateways.selectors import account_of
from gateways.services.create_account import name_taken, sealed_credentials, sealed_secret
from mypay.kit import clock, sql

_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "name": validation.checked_name,
    "base_url": validation.checked_base_url,
    "priority": validation.checked_priority,
    "monthly_limit": lambda value: validation.checked_limit("monthly_limit", value),
    "is_active": bool,
}


def change_account(
    *, account: GatewayAccount, values: Mapping[str, Any], credentials: Mapping[str, str] | None = None, webhook_secret: str = ""
) -> GatewayAccount:
    """The account as it then is. `values`: name, base_url, priority, monthly_limit, is_active.

    Of `credentials` and `webhook_secret` what is empty stays as it was. New credentials were never checked.
    Raises ValidationError that names the field.
    """
    changes: dict[str, Any] = {name: _CHECKS[name](value) for name, value in values.items()}
    given = {name: value for name, value in (credentials or {}).items() if value}
    if given:
        spec = validation.checked_gateway(account.gateway)
        kept = {**account_of(account).credentials, **given}
        changes["credentials_encrypted"] = sealed_credentials(validation.checked_credentials(spec, kept))
        changes |= {"checked_at": None, "check_error": ""}
    if webhook_secret:
        changes["webhook_secret_encrypted"] = sealed_secret(validation.checked_secret("webhook_secret", webhook_secret))
    changes["updated_at"] = clock.real_now()
    told = {name: value for name, value in changes.items() if name in _CHECKS and getattr(account, name) != value}

    def effect() -> None:
        if not GatewayAccount.objects.filter(pk=account.pk).update(**changes):
            raise account_not_found()
        given_names = [*sorted(given), *(["webhook_secret"] if webhook_secret else [])]
        record(tag=Tag.GATEWAY_ACCOUNT_CHANGED, resource_id=account.pk, details={**told, "given": given_names})

    try:
        sql.in_transaction(effect)
    except IntegrityError:
        raise name_taken() from None
    for name, value in changes.items():
        setattr(account, name, value)
    return account
