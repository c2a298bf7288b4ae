"""The merchant's team."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.models import Member
from merchants.selectors import invitations, team_member, team_members
from merchants.services.team import change_role, invite, remove_member, roles_for, withdraw
from merchants.states import ROLES, Act, Role, may
from mypay.kit.errors import ApiError, NotFound, ValidationError
from portal.access import acting, confirmed, member_page
from portal.account_forms import InviteForm, RoleForm


@require_safe
@member_page
def team(request: HttpRequest, member: Member) -> HttpResponse:
    """Who works here, who is invited, and what each role may do."""
    may_manage, mine = may(member.role, Act.MANAGE_TEAM), roles_for(member)
    rows = [(row, may_manage and row.role in mine and row.pk != member.pk) for row in team_members(member.merchant)]
    table = [(act.label, [(role.label, role in ROLES[act]) for role in Role]) for act in Act]
    shown = {
        "rows": rows,
        "invitations": [(row, row.role in mine) for row in invitations(member.merchant)] if may_manage else [],
        "may_manage": may_manage,
        "roles": list(Role),
        "table": table,
    }
    return render(request, "portal/team.html", {"member": member, **shown})


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MANAGE_TEAM)
@confirmed
def invite_page(request: HttpRequest, member: Member) -> HttpResponse:
    """Sends an invitation."""
    form = InviteForm(request.POST if request.method == "POST" else None, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            row = invite(actor=member, email=form.cleaned_data["email"], role=Role(form.cleaned_data["role"]))
        except ApiError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{row.email} is invited. The link is good for seven days.")
            return redirect("portal:team")
    return render(request, "portal/invite.html", {"member": member, "form": form}, status=400 if form.errors else 200)


@require_POST
@acting(Act.MANAGE_TEAM)
@confirmed
def withdraw_invitation(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Makes an invitation's link worthless."""
    withdraw(actor=member, pk=pk)
    messages.success(request, "The invitation is withdrawn.")
    return redirect("portal:team")


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MANAGE_TEAM)
@confirmed
def person(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One member: another role, or letting go."""
    row = team_member(member.merchant, pk)
    form = RoleForm(request.POST if request.method == "POST" else None, member=member, initial={"role": row.role})
    if request.method == "POST" and form.is_valid():
        try:
            row = change_role(actor=member, pk=pk, role=Role(form.cleaned_data["role"]))
        except NotFound:
            raise
        except ApiError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{row.user.get_short_name()} is {row.get_role_display()} now.")
            return redirect("portal:team")
    shown = {"member": member, "form": form, "row": row, "may_change": row.role in roles_for(member)}
    return render(request, "portal/team_member.html", shown, status=400 if form.errors else 200)


@require_POST
@acting(Act.MANAGE_TEAM)
@confirmed
def remove(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Lets a member go."""
    row = team_member(member.merchant, pk)
    remove_member(actor=member, pk=pk)
    messages.success(request, f"{row.user.get_short_name()} has left the team.")
    return redirect("portal:team")


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
@confirmed
def leave(request: HttpRequest, member: Member) -> HttpResponse:
    """The user leaves the team."""
    if request.method == "POST":
        try:
            remove_member(actor=member, pk=member.pk)
        except ValidationError as refused:
            messages.error(request, refused.message)
            return redirect("portal:team")
        messages.success(request, f"You have left {member.merchant.company_name}.")
        return redirect("portal:home")
    return render(request, "portal/leave.html", {"member": member})
