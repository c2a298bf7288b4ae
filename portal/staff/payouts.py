"""Payouts and the requests to approve them, as staff see and decide them."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from merchants.finding import by_reference, of_merchant
from merchants.models import User
from merchants.selectors import approval_limit
from mypay.kit import clock
from mypay.kit.admin import Doing, Given, ReadOnlyAdmin, ReasonForm, by_day, by_merchant, money
from mypay.kit.ids import is_uuid
from mypay.kit.money import to_text
from payouts.models import Payout, PayoutApproval
from payouts.services import approve, decide
from payouts.states import WAITING, ApprovalStatus, PayoutStatus
from portal.staff.story import story
from webhooks.services.resend_about import resend_about


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)


def _approve(request: HttpRequest, payout: Payout, given: Given) -> str:
    done = approve.approve(payout=payout, staff=_staff(request), reason=given["reason"])
    if done.waiting is None:
        return "Approved: the money has left."
    return f"Above the limit: another member of staff must approve it before {done.waiting.expires_at:%d %b %H:%M} UTC."


def _reject(request: HttpRequest, payout: Payout, given: Given) -> str:
    approve.reject(payout=payout, staff=_staff(request), reason=given["reason"])
    return "Rejected: the money is back with the merchant."


def _hold(request: HttpRequest, payout: Payout, given: Given) -> str:
    decide.hold_payout(payout=payout, reason=given["reason"])
    return "On hold."


def _release(request: HttpRequest, payout: Payout, given: Given) -> str:
    decide.release_payout(payout=payout, reason=given["reason"])
    return "Back in review."


def resend_webhook(request: HttpRequest, row: Any, given: Given) -> str:
    """Of a payout or a checkout."""
    done = resend_about(merchant_id=row.merchant_id, subject_id=row.pk)
    if not (done.sent or done.refused):
        return "There is no webhook to send again."
    return f"{done.sent} on their way again" + (f", {done.refused} not: their endpoint is switched off." if done.refused else ".")


def _waits(payout: Payout) -> bool:
    return payout.status in WAITING


RESEND = Doing("resend", "Resend webhooks", "resend", resend_webhook, "Sends what was last told about it to every URL that was told.")


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ("merchant_reference", "merchant", "money", "destination_type", "account_number", "status", "created_at")
    list_filter = ("status", "destination_type", by_merchant(), by_day())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "A payout's id or reference; a merchant's e-mail address or number"
    ordering = ("-id",)
    change_form_outer_after_template = "admin/story.html"
    money = money("amount")
    amounts = {"amount": "money"}
    doings = (
        Doing("approve", "Approve", "decide", _approve, "The payout succeeds and its money leaves.", _waits, form=ReasonForm),
        Doing(
            "reject", "Reject", "decide", _reject, "The payout fails and its money goes back to the merchant.", _waits,
            form=ReasonForm, is_grave=True,
        ),
        Doing(
            "hold", "Put on hold", "decide", _hold, "It waits, out of the review queue, until it is released.",
            lambda payout: payout.status == PayoutStatus.IN_REVIEW, form=ReasonForm,
        ),
        Doing(
            "release", "Release", "decide", _release, "From hold back to review.",
            lambda payout: payout.status == PayoutStatus.ON_HOLD, form=ReasonForm,
        ),
        RESEND,
    )  # fmt: skip

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if is_uuid(term):
            return rows.filter(pk=term)
        return (
            of_merchant(rows, term)
            if "@" in term or term.upper().startswith("MERCHANT")
            else by_reference(rows, "merchant_reference", term)
        )

    def called(self, row: Payout) -> str:
        return f"{row.merchant_reference}, {row.currency} {to_text(row.amount, row.currency)} of {row.merchant.company_name}"

    def beside(self, request: HttpRequest, row: Payout) -> dict[str, Any]:
        return {"story": story(row.merchant, row.pk), "notes": list(_notes(row))}


def _notes(payout: Payout) -> list[str]:
    limit = approval_limit(payout.currency)
    waiting = approve.waiting_approval(payout) if payout.status in WAITING else None
    if waiting is not None:
        return [f"{waiting.requested_name} asks for a second person to approve it before {waiting.expires_at:%d %b %H:%M} UTC."]
    if limit is not None and payout.amount > limit and payout.status in WAITING:
        return [f"Above {payout.currency} {to_text(limit, payout.currency)} two members of staff must approve it."]
    return []


def _confirm(request: HttpRequest, row: PayoutApproval, given: Given) -> str:
    approve.confirm(approval=row, staff=_staff(request), reason=given["reason"])
    return "Confirmed: the payout is approved and its money has left."


def _refuse(request: HttpRequest, row: PayoutApproval, given: Given) -> str:
    approve.refuse(approval=row, staff=_staff(request), reason=given["reason"])
    return "Refused: the payout goes on waiting."


def _is_open(row: PayoutApproval) -> bool:
    return row.status == ApprovalStatus.WAITING and row.expires_at > clock.real_now()


@admin.register(PayoutApproval)
class PayoutApprovalAdmin(ReadOnlyAdmin):
    list_display = ("requested_at", "payout", "money", "state", "requested_name", "reason", "expires_at", "decided_name")
    list_filter = ("status",)
    related = ("payout__merchant",)
    ordering = ("-id",)
    doings = (
        Doing("confirm", "Confirm", "decide", _confirm, "The payout is approved and its money leaves.", _is_open, form=ReasonForm),
        Doing("refuse", "Refuse", "decide", _refuse, "The payout goes on waiting.", _is_open, form=ReasonForm, is_grave=True),
    )

    @admin.display(description="amount")
    def money(self, row: PayoutApproval) -> str:
        return f"{row.payout.currency} {to_text(row.payout.amount, row.payout.currency)}"

    def called(self, row: PayoutApproval) -> str:
        return f"{row.payout.merchant_reference}, {self.money(row)} of {row.payout.merchant.company_name}"

    @admin.display(description="status")
    def state(self, row: PayoutApproval) -> str:
        return "Expired" if row.status == ApprovalStatus.WAITING and not _is_open(row) else str(row.get_status_display())
