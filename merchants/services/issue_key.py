"""Issue, reveal and revoke API keys."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.key_forms import KEY_FORMS
from merchants.models import ApiKey, Merchant
from merchants.states import Environment, Scope
from mypay.kit.clock import iso
from mypay.kit.crypto import decrypt, encrypt, sha256_hex

_CONTEXT = "api_key"
SECRET_CONTEXT = "api_key.secret"


@dataclass(frozen=True)
class IssuedKey:
    """A key in clear, shown to whoever asked for it; of a pair `key` is the public id, else `secret` is empty."""

    key: str
    row: ApiKey
    secret: str = ""

    @property
    def public_key(self) -> str:
        """What a browser may know in place of the key; empty for most."""
        return KEY_FORMS[Scope(self.row.scope)].public_key(self.key)


def new_key() -> str:
    """`mypay_` and 64 hexadecimal digits (contract section 1)."""
    return KEY_FORMS[Scope.PAYOUTS].new(Environment.SANDBOX)[0]


def issue_key(
    *,
    merchant: Merchant,
    scope: Scope,
    label: str = "",
    key: str = "",
    secret: str = "",
    expires_at: datetime | None = None,
    allowed_ips: str = "",
) -> IssuedKey:
    """A new key of the merchant's, in the form of its scope.

    A given `key` (seed data), with its `secret` where the scope's keys are pairs, is taken as it is,
    `allowed_ips` as `addresses` has checked them.
    """
    form = KEY_FORMS[scope]
    if bool(secret) != (form.is_pair and bool(key)):
        raise ValueError(f"a given key of the scope {scope} comes {'with' if form.is_pair else 'without'} a secret")
    if not key:
        key, secret = form.new(Environment(merchant.environment))
    with transaction.atomic():
        row = ApiKey.objects.create(
            merchant=merchant,
            scope=scope,
            label=label,
            sha256=sha256_hex(key),
            encrypted=encrypt(key, context=_CONTEXT),
            secret_encrypted=encrypt(secret, context=SECRET_CONTEXT) if secret else "",
            hint=key if form.is_pair else ApiKey.hint_of(key),
            expires_at=expires_at,
            allowed_ips=allowed_ips,
        )
        details = {"scope": scope, "hint": row.hint, **_limits(row)}
        record(tag=Tag.KEY_ISSUED, resource_id=row.pk, merchant_id=merchant.pk, details=details)
    return IssuedKey(key, row, secret)


def _limits(row: ApiKey) -> dict[str, str]:
    """For the audit trail: until when and from where the key works, if that is limited."""
    until = {"expiresAt": iso(row.expires_at)} if row.expires_at else {}
    return {**until, **({"allowedIps": row.allowed_ips} if row.allowed_ips else {})}


def reveal_key(row: ApiKey) -> IssuedKey:
    """The key in clear, with the secret of a pair; every reveal is audited."""
    record(tag=Tag.KEY_REVEALED, resource_id=row.pk, merchant_id=row.merchant_id, details={"hint": row.hint})
    return IssuedKey(decrypt(row.encrypted, context=_CONTEXT), row, secret_of(row.secret_encrypted))


def secret_of(encrypted: str) -> str:
    """The secret of a pair in clear, for whoever checks it; empty where there is none."""
    return decrypt(encrypted, context=SECRET_CONTEXT) if encrypted else ""


def signing_secret(row: ApiKey) -> str:
    """What its holder and we alone know of a key: the secret of a pair, else the key itself."""
    return secret_of(row.secret_encrypted) or decrypt(row.encrypted, context=_CONTEXT)


def revoke_key(row: ApiKey) -> None:
    """From now on the key opens nothing."""
    with transaction.atomic():
        ApiKey.objects.filter(pk=row.pk).update(is_active=False)
        record(tag=Tag.KEY_REVOKED, resource_id=row.pk, merchant_id=row.merchant_id, details={"hint": row.hint})
