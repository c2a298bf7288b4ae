"""New API keys for old: in one transaction, so that nobody is ever without (contract section 12, bug 19)."""

from collections.abc import Iterable

from audit.services.record import entry
from audit.tags import Tag
from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import IssuedKey, issue_key
from merchants.states import Scope
from mypay.kit import sql


def rotate_keys(*, merchant: Merchant, scopes: Iterable[Scope]) -> dict[Scope, IssuedKey]:
    """One new key of each scope; from then on every older one of these scopes opens nothing."""
    wanted = list(scopes)

    def effect() -> dict[Scope, IssuedKey]:
        Merchant.objects.select_for_update().get(pk=merchant.pk)  # two rotations at once: one after the other
        old = list(ApiKey.objects.filter(merchant=merchant, scope__in=wanted, is_active=True))
        ApiKey.objects.filter(pk__in=[row.pk for row in old]).update(is_active=False)
        sql.transact([_revoked(row) for row in old])
        return {scope: issue_key(merchant=merchant, scope=scope) for scope in wanted}

    made: dict[Scope, IssuedKey] = sql.in_transaction(effect)
    return made


def _revoked(row: ApiKey) -> sql.Statement:
    return entry(tag=Tag.KEY_REVOKED, resource_id=row.pk, merchant_id=row.merchant_id, details={"hint": row.hint, "for": "rotation"})
