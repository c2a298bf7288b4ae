"""Payouts: the list and its file, one with its timeline, a new one, and one sent again."""

import json
from typing import Any
from uuid import uuid4

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit import clock, idempotency
from mypay.kit.api import Reply
from mypay.kit.exports import export
from mypay.kit.idempotency import Claim
from payouts.export import COLUMNS, cells
from payouts.models import Payout
from payouts.render import payout_json
from payouts.selectors import beneficiaries_to_pick, directory, get_beneficiary, get_payout
from payouts.services.beneficiaries import keep_beneficiary
from payouts.services.create import create_payout
from payouts.services.reinitiate import reinitiate_payout
from payouts.services.verify_account import verify_account
from payouts.states import DestinationType, PayoutStatus
from portal import selectors
from portal.access import acting, ask_password, is_confirmed, member_page
from portal.acts import OnceForm, act
from portal.large_sums import Password, is_large
from portal.links import Tab
from portal.lists import listed
from portal.parts import Detail, details
from portal.payout_forms import PayoutFilters, PayoutForm, of_beneficiary
from portal.payout_searches import payouts as search
from portal.payout_words import of_payout
from portal.timeline import timeline


@require_safe
@member_page
def payouts(request: HttpRequest, member: Member) -> HttpResponse:
    """All payouts, newest first."""
    shown = listed(request, member.merchant, "payouts", PayoutFilters(request.GET), search)
    shown |= {"tabs": tabs("payouts"), "may_pay": may(member.role, Act.MOVE_MONEY)}
    return render(request, "portal/payouts.html", {"member": member, **shown})


def tabs(current: str) -> list[Tab]:
    """One by one, or many from a file."""
    return [Tab(label, reverse(f"portal:{name}"), name == current) for name, label in (("payouts", "Payouts"), ("bulk", "Bulk"))]


@require_safe
@member_page
def payouts_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """The list as CSV or JSON, streamed."""
    rows = search(member.merchant, PayoutFilters(request.GET).query()).rows
    return export(rows, name="payouts", format=request.GET.get("format", "csv"), columns=COLUMNS, cells=cells, item=payout_json)


@require_safe
@member_page
def payout(request: HttpRequest, member: Member, payout_id: str) -> HttpResponse:
    """One payout and everything that became of it."""
    return _detail(request, member, payout_id, OnceForm())


def _detail(request: HttpRequest, member: Member, payout_id: str, form: OnceForm) -> HttpResponse:
    found = get_payout(member.merchant, payout_id)
    shown = {
        "payout": found,
        "form": form,
        "meaning": of_payout(found),
        "rows": _details(found),
        "may_send_again": found.status == PayoutStatus.FAILED and may(member.role, Act.MOVE_MONEY),
        "moments": timeline(member.merchant, found),
        "as_json": json.dumps(payout_json(found), indent=2, ensure_ascii=False),
        "metadata": json.dumps(found.metadata, indent=2, ensure_ascii=False) if found.metadata else "",
    }
    return render(request, "portal/payout.html", {"member": member, **shown}, status=400 if form.errors else 200)


def _details(payout: Payout) -> list[Detail]:
    names = {row.code: row.name for row in directory(DestinationType(payout.destination_type))}
    code = payout.bank_code or payout.wallet_code
    return details(
        Detail("Reference", payout.merchant_reference),
        Detail("Payout id", str(payout.pk), is_code=True, copies=True),
        Detail(payout.get_destination_type_display(), names.get(code, code), note=code if code in names else ""),
        Detail("Account", payout.account_number),
        Detail("Account title", payout.account_title),
        Detail("PSP reference", payout.psp_reference, is_code=True, copies=True),
        Detail("Purpose", payout.purpose),
        Detail("Description", payout.description),
        _batch(payout),
        Detail("Created", at=payout.created_at),
        Detail("Processed", at=payout.processed_at),
    )


def _batch(payout: Payout) -> Detail:
    line = payout.batch_lines.select_related("batch").first()
    if line is None:
        return Detail("Batch")
    url = reverse("portal:payout-batch", args=[line.batch_id])
    return Detail("Batch", line.batch.name or str(line.batch_id), url=url, note=f"line {line.number}")


@require_POST
@acting(Act.MOVE_MONEY)
def reinitiate(request: HttpRequest, member: Member, payout_id: str) -> HttpResponseBase:
    """Send a failed payout again, as the API does."""
    found, form = get_payout(member.merchant, payout_id), OnceForm(request.POST)
    if is_large(found.amount, found.currency) and not is_confirmed(request):
        return ask_password(request)

    def call(claim: Claim) -> Reply:
        return reinitiate_payout(merchant=member.merchant, payout_id=str(found.pk), claim=claim)

    if act(request, member, form, call):
        messages.success(request, "The payout is on its way again.")
        return redirect("portal:payout", found.pk)
    return _detail(request, member, payout_id, form)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MOVE_MONEY)
def new_payout(request: HttpRequest, member: Member) -> HttpResponse:
    """One payout by a form: the account asked about, or the payout made, by the services of the API."""
    chosen = request.GET.get("beneficiary", "")
    initial = of_beneficiary(get_beneficiary(member.merchant, chosen)) if chosen else {}
    form = PayoutForm(request.POST if request.method == "POST" else None, merchant=member.merchant, initial=initial)
    verified, password = None, None
    if form.is_bound and form.is_valid():
        if "verify" in request.POST:
            verified = _verify(member, form)
        else:
            password = Password(request, member, form.minor)
            if not password.is_needed and (made := _create(request, member, form)):
                return redirect("portal:payout", made)
    shown = {
        "form": form,
        "chosen": chosen,
        "verified": verified,
        "password": password,
        "balances": selectors.balances(member.merchant),
        "beneficiaries": beneficiaries_to_pick(member.merchant),
    }
    is_refused = form.errors or (password and password.is_wrong)
    return render(request, "portal/payout_new.html", {"member": member, **shown}, status=400 if is_refused else 200)


def _create(request: HttpRequest, member: Member, form: PayoutForm) -> str:
    """The id of the payout that the form made, now or at its first press; empty if it was refused."""
    body, scenario, replies = form.body(), form.cleaned_data.get("scenario", ""), []

    def call(claim: Claim) -> Reply:
        reply = create_payout(merchant=member.merchant, body=body, claim=claim, scenario=scenario)
        replies.append(reply)
        return reply

    if not act(request, member, form, call):
        return ""
    if form.cleaned_data["keep"]:
        keep_beneficiary(merchant=member.merchant, name=form.cleaned_data["accountTitle"], body=form.to())
    messages.success(request, "The payout is on its way.")
    return str(orjson.loads(replies[0].body)["data"]["id"])


def _verify(member: Member, form: PayoutForm) -> dict[str, Any] | None:
    """What verify-account says of the form's account; None when it was refused, which the form then tells."""
    body = form.to()
    claim = idempotency.claim(
        owner_id=member.merchant_id, header=str(uuid4()), method="POST", path="/verify-account", body=body, now=clock.now(member.merchant)
    )
    reply = verify_account(body=body, claim=claim)
    told: dict[str, Any] = orjson.loads(reply.body)
    if reply.status >= 400:
        form.refuse(told["error"]["message"], reply.headers.get("X-MyPay-Error-Field", ""))
        return None
    if title := told["data"].get("accountTitle"):
        form.entitle(title)
    verified: dict[str, Any] = told["data"]
    return verified
