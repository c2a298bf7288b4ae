"""Bulk payouts: a file is uploaded, looked through, confirmed, and worked off before one's eyes."""

from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ledger.models import MerchantBalance
from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.errors import ApiError
from mypay.kit.exports import csv_file
from payouts.batch_file import COLUMNS, EXAMPLES, MAX_BYTES, MAX_LINES, read_bytes
from payouts.export import LINE_COLUMNS, line_rows
from payouts.models import PayoutBatch
from payouts.selectors import get_batch, list_batches, list_lines
from payouts.services.confirm_batch import cancel_batch, confirm_batch
from payouts.services.create_batch import draft_batch
from payouts.states import BatchStatus, LineStatus
from portal.access import acting, member_page
from portal.large_sums import Password
from portal.links import Tab, page_url, paging
from portal.pages.payouts import tabs
from portal.payout_forms import UploadForm

_LINES = "25"
_MAX_NAME = 100


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def bulk(request: HttpRequest, member: Member) -> HttpResponse:
    """The batches so far, and the way to a new one."""
    may_pay, form = may(member.role, Act.MOVE_MONEY), UploadForm()
    if request.method == "POST":
        if not may_pay:
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid() and (draft := _drafted(request, member, form)):
            return redirect("portal:payout-batch", draft.pk)
    path, cursor = reverse("portal:bulk"), request.GET.get("cursor", "")
    page = list_batches(member.merchant, {"cursor": cursor})
    shown = {
        "page": page,
        "form": form,
        "tabs": tabs("bulk"),
        "may_pay": may_pay,
        "most_lines": MAX_LINES,
        **paging(cursor, page.pagination["nextCursor"], path, {}),
    }
    return render(request, "portal/bulk.html", {"member": member, **shown}, status=400 if form.errors else 200)


def _drafted(request: HttpRequest, member: Member, form: UploadForm) -> PayoutBatch | None:
    """The uploaded file as a draft; None when it is unfit, which the form then tells."""
    upload = form.cleaned_data["file"]
    try:
        file = read_bytes(upload.read(MAX_BYTES + 1))
        name = PurePath(upload.name or "").name[:_MAX_NAME]
        draft = draft_batch(merchant=member.merchant, raw=file.lines, name=name)
    except ApiError as refused:
        form.add_error("file", refused.message)
        return None
    if file.ignored:
        messages.warning(request, f"These columns say nothing to us and are left out: {', '.join(file.ignored)}.")
    return draft


@require_safe
@member_page
def template(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """A file to begin with."""
    return csv_file(list(COLUMNS), EXAMPLES, name="payouts-template")


@require_safe
@member_page
def batch(request: HttpRequest, member: Member, batch_id: str) -> HttpResponse:
    """A batch: what it would do, what it does, what it did."""
    return _page(request, member, get_batch(member.merchant, batch_id))


def _page(request: HttpRequest, member: Member, found: PayoutBatch, password: Password | None = None) -> HttpResponse:
    path, status = reverse("portal:payout-batch", args=[found.pk]), request.GET.get("status", _first_tab(found)).upper()
    cursor = request.GET.get("cursor", "")
    wanted = "" if status == "ALL" else status
    lines = list_lines(found, {"status": wanted, "cursor": cursor, "limit": _LINES})
    balance = MerchantBalance.objects.filter(merchant=member.merchant, currency=found.currency).first()
    available = balance.available if balance else 0
    shown = {
        "batch": found,
        "lines": lines.rows,
        "tabs": _tabs(found, path, status),
        "available": available,
        "lacking": max(0, found.amount - available) if found.status == BatchStatus.DRAFT else 0,
        "may_pay": may(member.role, Act.MOVE_MONEY),
        "password": password or Password(request, member, found.amount),
        **paging(cursor, lines.pagination["nextCursor"], path, {"status": status}),
    }
    is_wrong = password is not None and password.is_wrong
    return render(request, "portal/payout_batch.html", {"member": member, **shown}, status=400 if is_wrong else 200)


def _first_tab(found: PayoutBatch) -> str:
    """What one looks for first: lines that are wrong before it runs, lines that were refused after it."""
    if found.status == BatchStatus.DRAFT and found.invalid_count:
        return str(LineStatus.INVALID)
    return str(LineStatus.FAILED) if found.failed_count and found.status == BatchStatus.DONE else "ALL"


def _tabs(found: PayoutBatch, path: str, current: str) -> list[Tab]:
    left = LineStatus.CANCELLED if found.status == BatchStatus.CANCELLED else LineStatus.WAITING
    counts: list[tuple[Any, str, int]] = [
        ("ALL", "All lines", found.line_count),
        (LineStatus.INVALID, "Not valid", found.invalid_count),
        (LineStatus.FAILED, "Failed", found.failed_count),
        (LineStatus.CREATED, "Payout created", found.created_count),
        (left, str(left.label), found.left_count),
    ]
    return [
        Tab(f"{label} {count:,}", page_url(path, {"status": str(value)}), str(value) == current)
        for value, label, count in counts
        if count or str(value) == current
    ]


@require_safe
@member_page
def progress(request: HttpRequest, member: Member, batch_id: str) -> HttpResponse:
    """How far a batch is: the piece of its page that looks again every second, until the page has more to say."""
    found = get_batch(member.merchant, batch_id)
    response = render(request, "portal/payout_batch_progress.html", {"batch": found})
    if found.status != BatchStatus.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@sensitive_post_parameters("password")
@require_POST
@acting(Act.MOVE_MONEY)
def confirm(request: HttpRequest, member: Member, batch_id: str) -> HttpResponse:
    """Pay the valid lines; a second press changes nothing."""
    found = get_batch(member.merchant, batch_id)
    password = Password(request, member, found.amount)
    if password.is_needed:
        return _page(request, member, found, password)
    confirm_batch(merchant=member.merchant, batch_id=batch_id)
    return redirect("portal:payout-batch", found.pk)


@require_POST
@acting(Act.MOVE_MONEY)
def cancel(request: HttpRequest, member: Member, batch_id: str) -> HttpResponse:
    """Pay no more of it; a draft is thrown away."""
    found = cancel_batch(merchant=member.merchant, batch_id=batch_id)
    messages.success(request, "The rest is cancelled." if found.created_count else "The batch is cancelled; nothing was paid.")
    return redirect("portal:payout-batch", found.pk)


@require_safe
@member_page
def result(request: HttpRequest, member: Member, batch_id: str) -> StreamingHttpResponse:
    """What became of every line, as CSV."""
    found = get_batch(member.merchant, batch_id)
    return csv_file(LINE_COLUMNS, line_rows(found), name=f"payout-batch-{found.pk}")
