"""The company's profile, and which company's portal it is."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Member
from merchants.services.change_profile import Profile, change_profile
from merchants.states import Act, Notice, Role, may
from merchants.validation import checked_email, checked_text, checked_webhook_url
from mypay.kit.errors import ApiError, NotFound
from portal.access import CHOSEN_MERCHANT, ask_password, is_confirmed, member_page
from portal.account_forms import ProfileForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def profile(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What is known of the merchant; some roles change it."""
    may_change = may(member.role, Act.CHANGE_MERCHANT)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    is_owner = member.role == Role.OWNER
    form = ProfileForm(request.POST if request.method == "POST" else None, merchant=member.merchant, may_change_email=is_owner)
    if request.method == "POST" and form.is_valid():
        if "email" in form.changed_data and not is_confirmed(request):
            messages.warning(request, "The address is a login: your password was needed first. Please change it now.")
            return ask_password(request)
        try:
            change_profile(member=member, profile=_profile(form))
        except ApiError as refused:
            form.refuse(refused)
        else:
            messages.success(request, "The profile is saved.")
            return redirect("portal:profile")
    member.merchant.refresh_from_db()  # the service may have begun to change what it then refused
    shown = {"member": member, "form": form, "may_change": may_change}
    return render(request, "portal/profile.html", shown, status=400 if form.errors else 200)


def _profile(form: ProfileForm) -> Profile:
    """The fields that changed, checked as the API does."""
    given = {name: form.cleaned_data[name] for name in form.changed_data}
    return Profile(
        company_name=checked_text(given["company_name"], "companyName") if "company_name" in given else None,
        name=checked_text(given["name"], "name") if "name" in given else None,
        email=checked_email(given["email"]) if "email" in given else None,
        webhook_url=checked_webhook_url(given["webhook_url"]) if "webhook_url" in given else None,
        notices=tuple(Notice(name) for name in given["notices"]) if "notices" in given else None,
    )


@require_POST
@member_page
def switch(request: HttpRequest, member: Member) -> HttpResponse:
    """From here on the portal is that of another merchant of the user's."""
    asked = request.POST.get("merchant", "")
    chosen = next((row for row in (member, *member.others) if str(row.merchant_id) == asked), None)
    if chosen is None:
        raise NotFound("Merchant not found")
    request.session[CHOSEN_MERCHANT] = chosen.merchant_id
    record(tag=Tag.USER_MERCHANT_SWITCHED, resource_id=member.user_id, merchant_id=chosen.merchant_id)
    return redirect("portal:home")
