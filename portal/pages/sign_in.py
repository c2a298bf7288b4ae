"""Signing in to the portal."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.selectors import membership
from portal.forms import SignInForm


class SignIn(LoginView):
    """Sign in by e-mail address and password; both ends are audited, guessing is slowed down."""

    template_name = "portal/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        member = membership(user)
        merchant_id = member.merchant_id if member else None
        context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=merchant_id)
        record(tag=Tag.USER_LOGGED_IN, resource_id=user.pk, merchant_id=merchant_id)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return waiting(super().form_invalid(form), getattr(form, "wait", None))


def waiting(response: HttpResponse, seconds: int | None) -> HttpResponse:
    """The answer as it is, or as 429 with Retry-After after too many wrong passwords."""
    if seconds is not None:
        response.status_code = 429
        response["Retry-After"] = str(seconds)
    return response
