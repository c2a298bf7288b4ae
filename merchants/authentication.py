"""Who calls: an API key, found by its SHA-256, of an active merchant; a vendor's comes with its secret.

One hand-written query a request (performance 3.3); nothing is cached, so a revoked key or a
suspended merchant stops at once.
"""

import base64
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit import context, lines
from merchants.addresses import allows
from merchants.errors import address_not_allowed
from merchants.key_forms import CORE_SCOPES
from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import secret_of
from merchants.states import MerchantStatus, Scope
from mypay.kit import clock, sql
from mypay.kit.crypto import same, sha256_hex
from mypay.kit.errors import AuthenticationError

_MERCHANT_FIELDS = ["id", "environment", "clock_offset_ms", "clock_frozen_ms", "has_scenarios", "has_faults"]
_MAX_KEY_LENGTH = 200


@cache
def _query() -> str:
    quote = sql.database().ops.quote_name
    columns = ", ".join(f"m.{quote(name)}" for name in _MERCHANT_FIELDS)
    return (
        f"SELECT k.scope, k.id, k.allowed_ips, k.secret_encrypted, {columns} FROM {ApiKey._meta.db_table} k "
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


@dataclass(frozen=True, slots=True)
class FoundPair(FoundKey):
    """A pair found by its public id; whoever calls has yet to show that it knows the secret."""

    secret: str


def find_merchant(key: str, scopes: tuple[Scope, ...]) -> Merchant | None:
    """The active merchant whose active key of one of those scopes this is."""
    found = find_key(key, scopes)
    return found.merchant if found else None


def find_key(key: str, scopes: tuple[Scope, ...]) -> FoundKey | None:
    """The active key of one of those scopes, with its active merchant."""
    row = _find(key, scopes)
    return FoundKey(row[1], row[2], Merchant.from_db("default", _MERCHANT_FIELDS, row[4:])) if row else None


def find_pair(key_id: str, scopes: tuple[Scope, ...]) -> FoundPair | None:
    """The active pair with that public id, of one of those scopes, with its active merchant."""
    row = _find(key_id, scopes)
    if row is None or not row[3]:
        return None
    return FoundPair(row[1], row[2], Merchant.from_db("default", _MERCHANT_FIELDS, row[4:]), secret_of(row[3]))


def _find(key: str, scopes: tuple[Scope, ...]) -> Any:
    if len(key) > _MAX_KEY_LENGTH:
        return None
    now = sql.database().ops.adapt_datetimefield_value(clock.real_now())
    row = sql.fetch_one(_query(), [sha256_hex(key), True, MerchantStatus.ACTIVE.value, now])
    return row if row is not None and row[0] in scopes else None


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-KEY` of certain scopes, of ours unless a view says otherwise; the view's `request.user` is the merchant."""

    scopes: tuple[Scope, ...] = CORE_SCOPES

    def authenticate(self, request: Request) -> tuple[Any, str]:
        key = request.headers.get("X-Api-Key", "").strip()
        key_hash = sha256_hex(key)[:16] if key else ""
        if not key:
            self._refuse("API key is required", "MISSING_API_KEY", key_hash)
        found = find_key(key, self.scopes)
        if found is None:
            self._refuse("Invalid API key", "INVALID_API_KEY", key_hash)
        _acts(found, key_hash)
        if found.allowed_ips and not allows(found.allowed_ips, context.current().ip):
            lines.authenticated(success=False, api_key_hash=key_hash, reason="IP_NOT_ALLOWED")
            raise address_not_allowed()
        lines.authenticated(success=True, api_key_hash=key_hash, reason="SUCCESS")
        return found.merchant, key_hash

    def authenticate_header(self, request: Request) -> str:
        return "X-API-KEY"

    def _refuse(self, message: str, code: str, key_hash: str) -> NoReturn:
        lines.authenticated(success=False, api_key_hash=key_hash, reason=code)
        raise AuthenticationError(message, code=code, field="X-API-KEY")


class _AuthorizationHeader(BaseAuthentication):
    """A vendor's way in; the view's `request.user` is the merchant. Every refusal is the same; the log says which it was."""

    scopes: tuple[Scope, ...] = ()
    scheme = ""
    refusal = "Authentication failed"

    def find(self, header: str) -> tuple[str, FoundKey | None]:
        """What the header names, empty for nothing, and the key that it opens."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Any, str]:
        name, found = self.find(request.headers.get("Authorization", ""))
        key_hash = sha256_hex(name)[:16] if name else ""
        if found is None:
            self._refuse("INVALID_API_KEY" if name else "MISSING_API_KEY", key_hash)
        _acts(found, key_hash)
        if found.allowed_ips and not allows(found.allowed_ips, context.current().ip):
            self._refuse("IP_NOT_ALLOWED", key_hash)
        lines.authenticated(success=True, api_key_hash=key_hash, reason="SUCCESS")
        return found.merchant, key_hash

    def authenticate_header(self, request: Request) -> str:
        return self.scheme

    def _refuse(self, reason: str, key_hash: str) -> NoReturn:
        lines.authenticated(success=False, api_key_hash=key_hash, reason=reason)
        raise AuthenticationError(self.refusal, field="Authorization")


class BasicPairAuthentication(_AuthorizationHeader):
    """HTTP Basic with a pair's public id and secret."""

    scheme = "Basic"

    def find(self, header: str) -> tuple[str, FoundKey | None]:
        key_id, secret = read_basic(header)
        found = find_pair(key_id, self.scopes) if key_id else None
        is_right = same(secret, found.secret if found else "")
        return key_id, found if is_right else None


class BearerKeyAuthentication(_AuthorizationHeader):
    """`Authorization: Bearer` with a key of certain scopes."""

    scheme, refusal = "Bearer", "Invalid key"

    def find(self, header: str) -> tuple[str, FoundKey | None]:
        key = read_bearer(header)
        return key, find_key(key, self.scopes) if key else None


def read_bearer(header: str) -> str:
    """The key of an `Authorization: Bearer` header; empty for what is none."""
    scheme, _, key = header.strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def read_basic(header: str) -> tuple[str, str]:
    """The id and the secret of an `Authorization: Basic` header; two empty texts for what is none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return "", ""
    key_id, _, secret = text.partition(":")
    return key_id, secret


def _acts(found: FoundKey, key_hash: str) -> None:
    """From now on the request is the merchant's, by that key."""
    pk = found.merchant.pk
    context.acts(actor_type="merchant", actor_id=str(pk), merchant_id=pk, api_key_hash=key_hash, api_key_id=found.id)
