"""Child sandboxes: merchants made for one purpose, a CI run say, and thrown away whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from merchants.selectors import require_feature
from merchants.services.create_merchant import create_merchant
from merchants.services.issue_key import issue_key
from merchants.states import FlagKey, Scope
from mypay.kit import clock, sql
from mypay.kit.errors import ApiError, NotFound, ValidationError
from mypay.kit.ids import uuid7
from mypay.kit.money import InvalidAmount, to_minor
from sandbox.belongings import erase, owned
from sandbox.models import Child
from sandbox.opening import opening
from sandbox.services.rules import require_sandbox

CURRENCY = "PKR"
MAX_CHILDREN = 1000
MAX_NAME = 100
MAX_TTL_SECONDS = 366 * 86_400
_DOMAIN = "children.sandbox.invalid"


@dataclass(frozen=True)
class NewChild:
    """A child and its keys in clear, shown this once."""

    child: Child
    payout_key: str
    payment_key: str


def opening_amount(value: Any) -> int:
    """Minor units that a child begins with; 0 is a balance too. Raises ValidationError."""
    if value in (0, "0") and not isinstance(value, bool):
        return 0
    try:
        return to_minor(value, CURRENCY)
    except InvalidAmount as problem:
        raise ValidationError(f"balance is {problem}", field="balance") from None


def create_child(*, parent: Merchant, name: str, amounts: Mapping[str, int], ttl: timedelta | None = None) -> NewChild:
    """A sandbox merchant of the parent's with money and both keys; with `ttl` it ends by itself.

    Raises ApiError 403 for a child of a child or while the feature is off for the parent, 409 when it has too many.
    """
    require_sandbox(parent)
    require_feature(FlagKey.CHILD_SANDBOXES, parent)
    if Child.objects.filter(merchant=parent).exists():
        raise ApiError("A child sandbox has no children of its own", code="NESTED_SANDBOX", status=403)
    if Child.objects.filter(merchant__parent=parent).count() >= MAX_CHILDREN:
        raise ApiError(f"There are {MAX_CHILDREN} child sandboxes already; delete some", code="CHILD_LIMIT", status=409)
    with transaction.atomic():
        ends_at = None if ttl is None else clock.real_now() + ttl
        merchant = create_merchant(email=f"{uuid7().hex}@{_DOMAIN}", name=name, company_name=name)
        merchant.parent = parent
        merchant.save(update_fields=["parent"])
        child = Child.objects.create(merchant=merchant, due_at=ends_at, wake_at=ends_at, created_at=merchant.created_at)
        payouts, payments = (_key(merchant, scope, ends_at) for scope in (Scope.PAYOUTS, Scope.PAYMENTS))
        opening().open(merchant=merchant, amounts=amounts)
        record(tag=Tag.CHILD_CREATED, resource_id=merchant.pk, merchant_id=parent.pk, details={"name": name})
    return NewChild(child, payouts, payments)


def _key(merchant: Merchant, scope: Scope, ends_at: datetime | None) -> str:
    """A key that ends with the child, should its removal be late."""
    return issue_key(merchant=merchant, scope=scope, label="child sandbox", expires_at=ends_at).key


def list_children(parent: Merchant) -> list[Child]:
    """The parent's children, newest first."""
    return list(Child.objects.filter(merchant__parent=parent).select_related("merchant").order_by("-pk"))


def delete_child(*, parent: Merchant, child_id: UUID) -> None:
    """Remove a child with all it has; raises NotFound for an unknown one or another parent's."""
    child = Child.objects.filter(merchant__parent=parent, merchant__uuid=child_id).select_related("merchant").first()
    if child is None:
        raise NotFound("Child sandbox not found")
    _remove(child)


def _remove(child: Child) -> None:
    """The merchant and every row of it, in one transaction; what the audit says of it stays."""
    merchant = child.merchant

    def effect() -> None:
        Merchant.objects.select_for_update().filter(pk=merchant.pk).first()
        erase(owned(), merchant.pk)
        Merchant.objects.filter(pk=merchant.pk).delete()
        record(tag=Tag.CHILD_DELETED, resource_id=merchant.pk, merchant_id=merchant.parent_id, details={"name": merchant.name})

    sql.in_transaction(effect)


def expire_child(pk: Any, at: datetime | None) -> None:
    """Due work: remove a child whose time is up."""
    child = Child.objects.filter(pk=pk, due_at__lte=clock.real_now()).select_related("merchant").first()
    if child is not None:
        _remove(child)


def keep_child(pk: Any, error: Exception) -> None:
    """Due work that keeps failing: leave the child; its keys have ended and its parent may delete it."""
    Child.objects.filter(pk=pk).update(wake_at=None)
