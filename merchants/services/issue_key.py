"""Issue, reveal and revoke API keys."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import ApiKey, Merchant
from merchants.states import Scope
from mypay.kit.clock import iso
from mypay.kit.crypto import decrypt, encrypt, sha256_hex

_CONTEXT = "api_key"


@dataclass(frozen=True)
class IssuedKey:
    """A key in clear, shown to whoever asked for it."""

    key: str
    row: ApiKey


def new_key() -> str:
    """`mypay_` and 64 hexadecimal digits (contract section 1)."""
    return f"mypay_{secrets.token_hex(32)}"


def issue_key(
    *, merchant: Merchant, scope: Scope, label: str = "", key: str = "", expires_at: datetime | None = None, allowed_ips: str = ""
) -> IssuedKey:
    """A new key of the merchant's; a given `key` (seed data) is taken as it is, `allowed_ips` as `addresses` has checked them."""
    key = key or new_key()
    with transaction.atomic():
        row = ApiKey.objects.create(
            merchant=merchant,
            scope=scope,
            label=label,
            sha256=sha256_hex(key),
            encrypted=encrypt(key, context=_CONTEXT),
            hint=ApiKey.hint_of(key),
            expires_at=expires_at,
            allowed_ips=allowed_ips,
        )
        details = {"scope": scope, "hint": row.hint, **_limits(row)}
        record(tag=Tag.KEY_ISSUED, resource_id=row.pk, merchant_id=merchant.pk, details=details)
    return IssuedKey(key, row)


def _limits(row: ApiKey) -> dict[str, str]:
    """For the audit trail: until when and from where the key works, if that is limited."""
    until = {"expiresAt": iso(row.expires_at)} if row.expires_at else {}
    return {**until, **({"allowedIps": row.allowed_ips} if row.allowed_ips else {})}


def reveal_key(row: ApiKey) -> str:
    """The key in clear; every reveal is audited."""
    record(tag=Tag.KEY_REVEALED, resource_id=row.pk, merchant_id=row.merchant_id, details={"hint": row.hint})
    return decrypt(row.encrypted, context=_CONTEXT)


def revoke_key(row: ApiKey) -> None:
    """From now on the key opens nothing."""
    with transaction.atomic():
        ApiKey.objects.filter(pk=row.pk).update(is_active=False)
        record(tag=Tag.KEY_REVOKED, resource_id=row.pk, merchant_id=row.merchant_id, details={"hint": row.hint})
