"""Mails and SMS that stayed in the house."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from merchants.models import Member
from merchants.selectors import inbox_message, inbox_messages
from mypay.settings import environment
from portal.access import member_page
from portal.links import paging


@require_safe
@member_page
def inbox(request: HttpRequest, member: Member) -> HttpResponse:
    """What was written to the merchant and to the user, newest first."""
    cursor = request.GET.get("cursor", "")
    page = inbox_messages(member, {"cursor": cursor})
    links = paging(cursor, page.pagination["nextCursor"], request.path, {})
    shown = {"page": page, "sends_mail": bool(environment.EMAIL_URL), "sends_sms": bool(environment.SMS_URL), **links}
    return render(request, "portal/inbox.html", {"member": member, **shown})


@require_safe
@member_page
def message(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One message."""
    return render(request, "portal/message.html", {"member": member, "message": inbox_message(member, pk)})
