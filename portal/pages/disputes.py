"""Disputes: the list, one with its timeline, and the two answers to it."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, may
from payments.models import Dispute
from payments.render import dispute_json
from payments.selectors import get_dispute
from payments.services.dispute import accept_dispute, submit_evidence
from payments.states import OPEN_DISPUTE, DisputeStatus
from portal import meaning, searches
from portal.access import acting, member_page
from portal.acts import act
from portal.lists import listed
from portal.money_forms import AcceptForm, DisputeFilters, EvidenceForm
from portal.parts import Detail, details
from portal.timeline import timeline


@require_safe
@member_page
def disputes(request: HttpRequest, member: Member) -> HttpResponse:
    """All disputes, newest first."""
    shown = listed(request, member.merchant, "disputes", DisputeFilters(request.GET), searches.disputes)
    return render(request, "portal/disputes.html", {"member": member, **shown})


@require_safe
@member_page
def dispute(request: HttpRequest, member: Member, dispute_id: str) -> HttpResponse:
    """One dispute, what was answered, and everything that became of it."""
    return _dispute(request, member, get_dispute(member.merchant, dispute_id), {})


@require_POST
@acting(Act.MOVE_MONEY)
def evidence(request: HttpRequest, member: Member, dispute_id: str) -> HttpResponse:
    """Hand in evidence, as `POST /disputes/:id/evidence` does."""
    found = get_dispute(member.merchant, dispute_id)
    form = EvidenceForm(request.POST)
    if act(
        request, member, form, lambda claim: submit_evidence(merchant=member.merchant, dispute_id=dispute_id, body=form.body(), claim=claim)
    ):
        return _done(request, found, "The evidence is with the payer’s bank.")
    return _dispute(request, member, found, {"evidence_form": form}, status=400)


@require_POST
@acting(Act.MOVE_MONEY)
def accept(request: HttpRequest, member: Member, dispute_id: str) -> HttpResponse:
    """Let the payer have the amount, as `POST /disputes/:id/accept` does."""
    found = get_dispute(member.merchant, dispute_id)
    form = AcceptForm(request.POST)
    if act(request, member, form, lambda claim: accept_dispute(merchant=member.merchant, dispute_id=dispute_id, claim=claim)):
        return _done(request, found, "The dispute was accepted.")
    return _dispute(request, member, found, {"accept_form": form}, status=400)


def _done(request: HttpRequest, dispute: Dispute, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("portal:dispute", dispute.pk)


def _dispute(request: HttpRequest, member: Member, dispute: Dispute, bound: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shown = {
        "dispute": dispute,
        "meaning": meaning.of_dispute(dispute),
        "rows": _details(dispute),
        "given": _evidence(dispute),
        "moments": timeline(member.merchant, dispute),
        "as_json": json.dumps(dispute_json(dispute), indent=2, ensure_ascii=False),
        "actions": {**_offered(dispute), **bound} if may(member.role, Act.MOVE_MONEY) else {},
    }
    return render(request, "portal/dispute.html", {"member": member, **shown}, status=status)


def _offered(dispute: Dispute) -> dict[str, Any]:
    if dispute.status == DisputeStatus.NEEDS_RESPONSE:
        return {"evidence_form": EvidenceForm(), "accept_form": AcceptForm()}
    return {"accept_form": AcceptForm()} if dispute.status in OPEN_DISPUTE else {}


def _evidence(dispute: Dispute) -> list[Detail]:
    """What was handed in, in the portal's form or by the API in any."""
    given = dispute.evidence or {}
    return details(
        *(Detail(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for name, value in given.items())
    )


def _details(dispute: Dispute) -> list[Detail]:
    is_open = dispute.status == DisputeStatus.NEEDS_RESPONSE
    return details(
        Detail("Reason", dispute.get_reason_display()),
        Detail("Answer by", at=dispute.respond_by, note="Unanswered by then, it is lost." if is_open else ""),
        Detail("Payment", dispute.payment.checkout.reference, url=reverse("portal:payment", args=[dispute.payment_id])),
        Detail("Dispute id", str(dispute.pk), is_code=True, copies=True),
        Detail("Method", dispute.payment.get_method_display()),
        Detail("Payer", dispute.payment.payer),
        Detail("Opened", at=dispute.created_at),
        Detail("Closed", at=dispute.closed_at),
    )
