"""New API keys for old: in one transaction, so that nobody is ever without (contract section 12, bug 19)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from audit.services.record import entries, record
from audit.tags import Tag
from merchants.errors import key_not_found
from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import IssuedKey, issue_key
from merchants.states import Scope
from mypay.kit import clock, sql


def rotate_keys(*, merchant: Merchant, scopes: Iterable[Scope]) -> dict[Scope, IssuedKey]:
    """One new key of each scope; from then on every older one of these scopes opens nothing."""
    wanted = list(scopes)

    def effect() -> dict[Scope, IssuedKey]:
        Merchant.objects.select_for_update().get(pk=merchant.pk)  # two rotations at once: one after the other
        old = list(ApiKey.objects.filter(merchant=merchant, scope__in=wanted, is_active=True))
        ApiKey.objects.filter(pk__in=[row.pk for row in old]).update(is_active=False)
        sql.transact([statement for row in old for statement in _revoked(row)])
        return {scope: issue_key(merchant=merchant, scope=scope) for scope in wanted}

    made: dict[Scope, IssuedKey] = sql.in_transaction(effect)
    return made


def rotate_key(*, row: ApiKey, overlap: timedelta) -> IssuedKey:
    """A new key for this one, of the same scope, label and addresses; the old one still works until the overlap ends.

    A key with an end is given as long a life as the old one had. Raises NotFound if it was revoked or expired meanwhile.
    """

    def effect() -> IssuedKey:
        now = clock.real_now()
        old = ApiKey.objects.select_for_update().select_related("merchant").filter(pk=row.pk, is_active=True).first()
        if old is None or (old.expires_at and old.expires_at <= now):
            raise key_not_found()
        life = old.expires_at - old.created_at if old.expires_at else None
        made = issue_key(
            merchant=old.merchant,
            scope=Scope(old.scope),
            label=old.label,
            allowed_ips=old.allowed_ips,
            expires_at=now + life if life else None,
        )
        _end(old, now + overlap if overlap else None)
        details = {"hint": old.hint, "newHint": made.row.hint, "overlapSeconds": int(overlap.total_seconds())}
        record(tag=Tag.KEY_ROTATED, resource_id=old.pk, merchant_id=old.merchant_id, details=details)
        return made

    made: IssuedKey = sql.in_transaction(effect)
    return made


def _end(old: ApiKey, at: datetime | None) -> None:
    """Now, or at that time if the key does not end before."""
    if at is None:
        ApiKey.objects.filter(pk=old.pk).update(is_active=False)
    elif old.expires_at is None or old.expires_at > at:
        ApiKey.objects.filter(pk=old.pk).update(expires_at=at)


def _revoked(row: ApiKey) -> list[sql.Statement]:
    return entries(tag=Tag.KEY_REVOKED, resource_id=row.pk, merchant_id=row.merchant_id, details={"hint": row.hint, "for": "rotation"})
