"""Sums above a limit need the user's password again (setting PORTAL_CONFIRM_ABOVE), in the form that moves them."""

from django.http import HttpRequest

from merchants.models import Member
from mypay.kit.money import EXPONENTS
from mypay.settings import environment
from payouts.validation import CURRENCY
from portal.access import confirm, is_confirmed
from portal.forms import ConfirmPasswordForm


def is_large(minor: int, currency: str = CURRENCY) -> bool:
    """Whether so many minor units need the password."""
    limit = environment.PORTAL_CONFIRM_ABOVE
    return limit > 0 and minor > limit * 10 ** EXPONENTS[currency]


class Password:
    """What a form that moves `minor` units still needs: nothing, the password, or the right one.

    Shown by `components/large_sum.html`. Given once, it counts for the next minutes too.
    """

    def __init__(self, request: HttpRequest, member: Member, minor: int) -> None:
        self.is_needed = is_large(minor) and not is_confirmed(request)
        self.limit = environment.PORTAL_CONFIRM_ABOVE * 10 ** EXPONENTS[CURRENCY]
        self.currency = CURRENCY
        self.form = ConfirmPasswordForm(request.POST if "password" in request.POST else None, member=member)
        if self.is_needed and self.form.is_bound and self.form.is_valid():
            confirm(request)
            self.is_needed = False

    @property
    def is_wrong(self) -> bool:
        """Whether one was given, but not the right one."""
        return self.is_needed and self.form.is_bound
