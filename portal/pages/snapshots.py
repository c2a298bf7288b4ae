"""Snapshots: keep the whole state, and come back to it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.errors import ApiError
from portal.access import acting, demand, member_page
from portal.sandbox_forms import SnapshotForm, TypedForm, refuse
from sandbox.selectors import list_snapshots
from sandbox.services.restore_snapshot import restore_snapshot
from sandbox.services.take_snapshot import MAX_SNAPSHOTS, delete_snapshot, get_snapshot, take_snapshot


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def snapshots(request: HttpRequest, member: Member) -> HttpResponse:
    """The kept snapshots, newest first, and a form to take one."""
    form = SnapshotForm(request.POST or None)
    if request.method == "POST":
        demand(member, Act.RUN_SANDBOX)
        if form.is_valid():
            try:
                take_snapshot(merchant=member.merchant, name=form.cleaned_data["name"])
            except ApiError as problem:
                refuse(form, problem)
            else:
                messages.success(request, "The snapshot is taken.")
                return redirect("portal:snapshots")
    shown = {
        "snapshots": list_snapshots(member.merchant),
        "most": MAX_SNAPSHOTS,
        "form": form,
        "may_change": may(member.role, Act.RUN_SANDBOX),
    }
    return render(request, "portal/snapshots.html", {"member": member, **shown}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def restore(request: HttpRequest, member: Member, snapshot_id: UUID) -> HttpResponse:
    """Bring everything back to the snapshot, after the company's name was typed."""
    kept = get_snapshot(member.merchant, snapshot_id)
    form = TypedForm(request.POST or None, merchant=member.merchant)
    if request.method == "POST" and form.is_valid():
        try:
            restored = restore_snapshot(merchant=member.merchant, snapshot=kept)
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, f"All is as it was then: {restored:,} rows.")
            return redirect("portal:snapshots")
    shown = {"member": member, "form": form, "snapshot": kept}
    return render(request, "portal/restore.html", shown, status=400 if form.errors else 200)


@require_POST
@acting(Act.RUN_SANDBOX)
def delete(request: HttpRequest, member: Member, snapshot_id: UUID) -> HttpResponse:
    """Forget a snapshot."""
    delete_snapshot(merchant=member.merchant, snapshot_id=snapshot_id)
    messages.success(request, "The snapshot is deleted.")
    return redirect("portal:snapshots")
