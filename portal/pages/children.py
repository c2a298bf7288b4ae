"""Child sandboxes: merchants made for one purpose and thrown away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.errors import ApiError
from portal.access import acting, demand, member_page
from portal.sandbox_forms import ChildForm, refuse
from sandbox.selectors import get_child
from sandbox.services.children import CURRENCY, NewChild, create_child, delete_child, list_children, opening_amount


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def children(request: HttpRequest, member: Member) -> HttpResponse:
    """The children, newest first, and a form for one more; its keys are on the answer to that form alone."""
    form = ChildForm(request.POST or None)
    made: NewChild | None = None
    if request.method == "POST":
        demand(member, Act.RUN_SANDBOX)
        if form.is_valid():
            try:
                made = _create(member, form)
            except ApiError as problem:
                refuse(form, problem)
    if made:
        return render(request, "portal/child_made.html", {"member": member, "made": made})
    shown = {"children": list_children(member.merchant), "form": form, "may_change": may(member.role, Act.RUN_SANDBOX)}
    return render(request, "portal/children.html", {"member": member, **shown}, status=400 if form.errors else 200)


def _create(member: Member, form: ChildForm) -> NewChild:
    said = form.cleaned_data
    amount = opening_amount(said["balance"].replace(",", "").strip())
    return create_child(parent=member.merchant, name=said["name"] or "Child sandbox", amounts={CURRENCY: amount}, ttl=form.ttl())


@require_safe
@member_page
def child(request: HttpRequest, member: Member, child_id: str) -> HttpResponse:
    """One child: who it is and when it ends; what it does is its own."""
    shown = {"child": get_child(member.merchant, child_id), "may_change": may(member.role, Act.RUN_SANDBOX)}
    return render(request, "portal/child.html", {"member": member, **shown})


@require_POST
@acting(Act.RUN_SANDBOX)
def delete(request: HttpRequest, member: Member, child_id: str) -> HttpResponse:
    """Remove a child with all it has."""
    found = get_child(member.merchant, child_id)
    delete_child(parent=member.merchant, child_id=found.merchant.uuid)
    messages.success(request, "The child sandbox is gone.")
    return redirect("portal:children")
