"""Who calls: an API key, found by its SHA-256, of an active merchant.

One hand-written query a request (performance 3.3); nothing is cached, so a revoked key or a
suspended merchant stops at once.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit import context, lines
from merchants.addresses import allows
from merchants.errors import address_not_allowed
from merchants.models import ApiKey, Merchant
from merchants.states import MerchantStatus, Scope
from mypay.kit import clock, sql
from mypay.kit.crypto import sha256_hex
from mypay.kit.errors import AuthenticationError

_MERCHANT_FIELDS = ["id", "environment", "clock_offset_ms", "clock_frozen_ms", "has_scenarios", "has_faults"]
_MAX_KEY_LENGTH = 200


@cache
def _query() -> str:
    quote = sql.database().ops.quote_name
    columns = ", ".join(f"m.{quote(name)}" for name in _MERCHANT_FIELDS)
    return (
        f"SELECT k.scope, k.id, k.allowed_ips, {columns} FROM {ApiKey._meta.db_table} k "
        f"JOIN {Merchant._meta.db_table} m ON m.id = k.merchant_id "
        "WHERE k.sha256 = %s AND k.is_active = %s AND m.status = %s "
        "AND (k.expires_at IS NULL OR k.expires_at > %s)"
    )


@dataclass(frozen=True, slots=True)
class FoundKey:
    """An active key, its active merchant, and where it may be used from."""

    id: int
    allowed_ips: str
    merchant: Merchant


def find_merchant(key: str, scopes: tuple[Scope, ...]) -> Merchant | None:
    """The active merchant whose active key of one of those scopes this is."""
    found = find_key(key, scopes)
    return found.merchant if found else None


def find_key(key: str, scopes: tuple[Scope, ...]) -> FoundKey | None:
    """The active key of one of those scopes, with its active merchant."""
    if len(key) > _MAX_KEY_LENGTH:
        return None
    now = sql.database().ops.adapt_datetimefield_value(clock.real_now())
    row = sql.fetch_one(_query(), [sha256_hex(key), True, MerchantStatus.ACTIVE.value, now])
    if row is None or row[0] not in scopes:
        return None
    return FoundKey(row[1], row[2], Merchant.from_db("default", _MERCHANT_FIELDS, row[3:]))


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-KEY` of certain scopes; the view's `request.user` is the merchant."""

    scopes: tuple[Scope, ...] = tuple(Scope)

    def authenticate(self, request: Request) -> tuple[Any, str]:
        key = request.headers.get("X-Api-Key", "").strip()
        key_hash = sha256_hex(key)[:16] if key else ""
        if not key:
            self._refuse("API key is required", "MISSING_API_KEY", key_hash)
        found = find_key(key, self.scopes)
        if found is None:
            self._refuse("Invalid API key", "INVALID_API_KEY", key_hash)
        merchant = found.merchant
        context.acts(actor_type="merchant", actor_id=str(merchant.pk), merchant_id=merchant.pk, api_key_hash=key_hash, api_key_id=found.id)
        if found.allowed_ips and not allows(found.allowed_ips, context.current().ip):
            lines.authenticated(success=False, api_key_hash=key_hash, reason="IP_NOT_ALLOWED")
            raise address_not_allowed()
        lines.authenticated(success=True, api_key_hash=key_hash, reason="SUCCESS")
        return merchant, key_hash

    def authenticate_header(self, request: Request) -> str:
        return "X-API-KEY"

    def _refuse(self, message: str, code: str, key_hash: str) -> NoReturn:
        lines.authenticated(success=False, api_key_hash=key_hash, reason=code)
        raise AuthenticationError(message, code=code, field="X-API-KEY")
