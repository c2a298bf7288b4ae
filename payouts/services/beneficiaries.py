"""Add, change and remove those whom a merchant pays again and again."""

from typing import Any

from django.db import IntegrityError

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, idempotency, sql
from mypay.kit.api import Reply, success
from mypay.kit.errors import ApiError
from mypay.kit.idempotency import Claim
from mypay.kit.ids import uuid7
from payouts.errors import duplicate_beneficiary
from payouts.models import Beneficiary
from payouts.render import beneficiary_json
from payouts.selectors import get_beneficiary
from payouts.validation import DEFAULT_TITLE, Destination, read_beneficiary


def add_beneficiary(*, merchant: Merchant, body: dict[str, Any]) -> Beneficiary:
    """A new one, or one that was removed, with its id of then.

    Raises ValidationError, and ApiError 409 when the merchant has the account already.
    """
    name, to = read_beneficiary(body)

    def effect() -> Beneficiary:
        row = _of_account(merchant, to)
        if row is not None and row.removed_at is None:
            raise duplicate_beneficiary()
        if row is None:
            row = Beneficiary(
                id=uuid7(),
                merchant=merchant,
                destination_type=to.type.value,
                code=to.code,
                account_number=to.account_number,
                created_at=clock.now(merchant),
            )
        row.name, row.removed_at = name, None
        row.save()
        record(tag=Tag.BENEFICIARY_ADDED, resource_id=row.pk, merchant_id=merchant.pk, details=_told(row))
        return row

    return _once_an_account(effect)


def add_by_claim(*, merchant: Merchant, body: dict[str, Any], claim: Claim) -> Reply:
    """201 with the beneficiary, once under its key."""

    def effect() -> Reply:
        reply = success(201, beneficiary_json(add_beneficiary(merchant=merchant, body=body)), "Beneficiary created successfully")
        sql.transact([claim.record(reply)])
        return reply

    return idempotency.once(claim, lambda: sql.in_transaction(effect))


def keep_beneficiary(*, merchant: Merchant, name: str, body: dict[str, Any]) -> None:
    """Add whom a payout has just gone to, unless it is a beneficiary already."""
    try:
        add_beneficiary(merchant=merchant, body={**body, "name": name or DEFAULT_TITLE})
    except ApiError as refused:
        if refused.code != duplicate_beneficiary().code:
            raise


def change_beneficiary(*, merchant: Merchant, beneficiary_id: str, body: dict[str, Any]) -> Beneficiary:
    """The beneficiary with another name or account; payouts made to it stay as they are.

    Raises NotFound, ValidationError, and ApiError 409 when the account is another one's already.
    """
    name, to = read_beneficiary(body)

    def effect() -> Beneficiary:
        row = get_beneficiary(merchant, beneficiary_id)
        other = _of_account(merchant, to)
        if other is not None and other.pk != row.pk:
            if other.removed_at is None:
                raise duplicate_beneficiary()
            other.delete()
        row.name, row.destination_type, row.code, row.account_number = name, to.type.value, to.code, to.account_number
        row.save()
        record(tag=Tag.BENEFICIARY_CHANGED, resource_id=row.pk, merchant_id=merchant.pk, details=_told(row))
        return row

    return _once_an_account(effect)


def change_by_claim(*, merchant: Merchant, beneficiary_id: str, body: dict[str, Any], claim: Claim) -> Reply:
    """200 with the changed beneficiary, once under its key."""

    def effect() -> Reply:
        row = change_beneficiary(merchant=merchant, beneficiary_id=beneficiary_id, body=body)
        reply = success(200, beneficiary_json(row), "Beneficiary updated successfully")
        sql.transact([claim.record(reply)])
        return reply

    return idempotency.once(claim, lambda: sql.in_transaction(effect))


def remove_beneficiary(*, merchant: Merchant, beneficiary_id: str) -> Beneficiary:
    """The beneficiary, which is shown no more; raises NotFound."""

    def effect() -> Beneficiary:
        row = get_beneficiary(merchant, beneficiary_id)
        row.removed_at = clock.now(merchant)
        row.save(update_fields=["removed_at"])
        record(tag=Tag.BENEFICIARY_REMOVED, resource_id=row.pk, merchant_id=merchant.pk, details=_told(row))
        return row

    removed: Beneficiary = sql.in_transaction(effect)
    return removed


def _of_account(merchant: Merchant, to: Destination) -> Beneficiary | None:
    rows = Beneficiary.objects.select_for_update()
    return rows.filter(merchant=merchant, destination_type=to.type, code=to.code, account_number=to.account_number).first()


def _once_an_account(effect: Any) -> Beneficiary:
    """Of two who add one account at once, the second is refused."""
    try:
        row: Beneficiary = sql.in_transaction(effect)
    except IntegrityError:
        raise duplicate_beneficiary() from None
    return row


def _told(row: Beneficiary) -> dict[str, Any]:
    return {"name": row.name, "code": row.code, "accountNumber": row.account_number}
