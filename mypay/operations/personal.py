"""Personal data: hand it out, and take it away. The ledger and the audit trail stay, for they prove the money.

Every model with rows of a merchant is in one of three lists below; a test fails when a new one is in none.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import models, transaction
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from audit.models import ApiRequest, AuditEntry
from audit.services.record import record
from audit.tags import Tag
from ledger.models import MerchantBalance
from merchants.models import LoginAttempt, Member, Merchant, Message, User, UserSession
from merchants.states import MerchantStatus
from mypay.kit.errors import ApiError
from mypay.kit.ids import random_text
from payments.models import Payment
from payouts.models import Payout
from sandbox.belongings import Owned, erase, owned

# Left out of an export: secrets and what only we can read.
_SECRET = ("password", "sha256", "digest", "token_sha256", "content", "session_key", "token", "jti")
# Gone with the merchant.
DELETED = {
    "kit.idempotencyrecord", "merchants.member", "merchants.apikey", "merchants.flag_merchants", "merchants.invitation",
    "merchants.message", "sandbox.rule", "sandbox.clockadvance", "sandbox.fault", "sandbox.child", "sandbox.snapshot",
    "webhooks.event", "webhooks.endpoint", "webhooks.delivery", "webhooks.replay", "webhooks.trickrule", "webhooks.attempt",
    "payouts.beneficiary", "gateways.routingpolicy", "gateways.gatewayassignment", "gateways.routingnote",
    "emulators.vendorobject",
}  # fmt: skip
# Kept for the books, without what tells of a person.
BLANKED: dict[str, dict[str, Any]] = {
    "payouts.payout": {"account_number": "", "account_title": "", "description": "", "purpose": "", "metadata": None},
    "payouts.payoutbatch": {"name": ""},
    "payouts.payoutbatchline": {"body": {}, "error": ""},
    "payouts.payoutapproval": {"requested_name": "", "decided_name": "", "reason": ""},
    "payments.checkout": {"success_url": "", "return_url": "", "user_data": None, "description": "", "metadata": None},
    "payments.payment": {"payer": ""},
    "payments.refund": {"reason": "", "metadata": None},
    "payments.dispute": {"evidence": None},
    "gateways.inboundevent": {"headers": "", "body": b""},
}
# The books: amounts, times and references.
KEPT = {
    "ledger.merchantbalance", "ledger.transfer", "payments.settlementplan", "payments.settlement", "payments.settlementitem",
    "payments.statementbreak", "gateways.gatewayorder", "gateways.gatewayrefund", "gateways.gatewayusage",
}  # fmt: skip


def export_merchant(merchant: Merchant) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything of a merchant's as (kind, row), its own row first; secrets left out."""
    yield "merchants.merchant", shown(merchant)
    for known in owned():
        for row in known.rows(merchant.pk).iterator(chunk_size=500):
            yield known.label, shown(row)
    for model in (ApiRequest, AuditEntry):
        for row in model._base_manager.filter(merchant_id=merchant.pk).order_by("pk").iterator(chunk_size=500):
            yield model._meta.label_lower, shown(row)


def export_user(user: User) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything about a person, as (kind, row); secrets left out."""
    yield "merchants.user", shown(user)
    for rows in (
        user.memberships.all(),
        user.sessions.all(),
        Message.objects.filter(box=user.email),
        LoginAttempt.objects.filter(account=user.email),
        AuditEntry.objects.filter(actor_type__in=("user", "staff", "member"), actor_id=str(user.pk)),
    ):
        for row in rows.order_by("pk").iterator(chunk_size=500):
            yield row._meta.label_lower, shown(row)


def shown(row: models.Model) -> dict[str, Any]:
    """A row's columns as JSON takes them, without secrets."""
    fields = (field for field in row._meta.concrete_fields if field.name not in _SECRET and "encrypted" not in field.name)
    return {field.attname: _plain(getattr(row, field.attname)) for field in fields}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | dict | list):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    return value.isoformat() if isinstance(value, datetime) else str(value)


def hindrances(merchant: Merchant) -> list[str]:
    """Why a merchant should not be erased yet: money under way."""
    found = []
    under_way = Payout.objects.filter(merchant=merchant, due_at__isnull=False).count()
    under_way += Payment.objects.filter(merchant=merchant, due_at__isnull=False).count()
    if under_way:
        found.append(f"{under_way} payouts and payments are under way")
    for balance in MerchantBalance.objects.filter(merchant=merchant):
        if balance.reserved or balance.pending or balance.disputed:
            found.append(f"{balance.currency} is reserved, pending or disputed")
    return found


def erase_merchant(merchant: Merchant, *, force: bool = False) -> dict[str, int]:
    """Take a merchant's personal data away, and its people's who belong to nobody else; rows changed by kind.

    Children go first. Raises ApiError 409 while money is under way, unless forced.
    """
    if (found := hindrances(merchant)) and not force:
        raise ApiError("; ".join(found), code="INVALID_STATUS", status=409)
    counts: dict[str, int] = {}
    for child in merchant.children.all():
        for label, number in erase_merchant(child, force=force).items():
            counts[label] = counts.get(label, 0) + number
    with transaction.atomic():
        people = list(User.objects.filter(memberships__merchant=merchant, is_staff=False))
        for known in owned():
            if known.label in BLANKED:
                counts[known.label] = _blank(known, merchant.pk)
        gone = tuple(known for known in owned() if known.label in DELETED)
        counts["deleted"] = erase(gone, merchant.pk)
        counts["audit.apirequest"] = ApiRequest.objects.filter(merchant_id=merchant.pk)._raw_delete("default")
        name = f"Erased merchant {merchant.pk}"
        changes = {"name": name, "company_name": name, "email": _nowhere(merchant.pk, "merchant"), "webhook_url": ""}
        Merchant.objects.filter(pk=merchant.pk).update(**changes, webhook_secret_encrypted="", status=MerchantStatus.SUSPENDED)
        for user in people:
            if not Member.objects.filter(user=user).exists():
                erase_user(user)
                counts["merchants.user"] = counts.get("merchants.user", 0) + 1
        record(tag=Tag.ADMIN_CHANGED, resource_id=merchant.vendor_id, merchant_id=merchant.pk, details={"act": "merchant erased", **counts})
    return counts


def _blank(known: Owned, merchant_id: int) -> int:
    keys = list(known.rows(merchant_id).values_list("pk", flat=True))
    for start in range(0, len(keys), 500):
        known.model._base_manager.filter(pk__in=keys[start : start + 500]).update(**BLANKED[known.label])
    return len(keys)


def erase_user(user: User) -> dict[str, int]:
    """Take a person's data away: the login works no more and says nobody's name; the row stays for the trail."""
    with transaction.atomic():
        email = user.email
        keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
        counts = {
            "sessions": Session.objects.filter(session_key__in=keys).delete()[0],
            "merchants.usersession": UserSession.objects.filter(user=user).delete()[0],
            "tokens": OutstandingToken.objects.filter(user_id=user.pk).delete()[0],
            "merchants.message": Message.objects.filter(box=email).delete()[0],
            "merchants.loginattempt": LoginAttempt.objects.filter(account=email).delete()[0],
            "merchants.member": Member.objects.filter(user=user).delete()[0],
            "merchants.recoverycode": user.recovery_codes.all().delete()[0],
            "merchants.authenticator": user.authenticator_set.all().delete()[0],
        }
        user.email, user.name = _nowhere(user.pk, "user"), ""
        user.is_active = user.is_staff = user.is_superuser = False
        user.staff_role = ""
        user.token_generation += 1
        user.set_unusable_password()
        user.save()
        record(tag=Tag.ADMIN_CHANGED, resource_id=f"user {user.pk}", details={"act": "user erased", **counts})
    return counts


def _nowhere(pk: int, kind: str) -> str:
    """An address that nobody has; not to be guessed, so that nobody registers it first."""
    return f"erased-{kind}-{pk}-{random_text(8).lower()}@erased.invalid"


def write(rows: Iterator[tuple[str, dict[str, Any]]], out: Any) -> int:
    """One JSON line a row, `{"kind", "row"}`; returns how many."""
    number = 0
    for kind, row in rows:
        out.write(json.dumps({"kind": kind, "row": row}, default=str) + "\n")
        number += 1
    return number
