"""The admin portal as a site: who gets in, by which steps, under which content policy."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from audit import context
from merchants.models import User
from merchants.states import StaffRole
from mypay.settings import environment
from portal.staff import second_step, security
from portal.staff.dashboard import dashboard

# unfold's Alpine turns its attributes into code; there is no inline script and none from elsewhere.
_POLICY = {"script-src": ["'unsafe-eval'"]}
_admin_policy: Any = csp_update(_POLICY)
View = Callable[..., HttpResponseBase]


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    """Unfold's site for staff: their second factor, their name in the audit trail, our dashboard."""

    index_template = "admin/dashboard.html"
    index_title = "Dashboard"

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return self._staffed(super().admin_view(view, cacheable), is_gated=True)

    def _staffed(self, view: View, *, is_gated: bool) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if isinstance(user, User) and self.has_permission(request):
                context.acts(actor_type="admin", actor_id=str(user.pk))
                gate = second_step.gate(request, user) if is_gated else ""
                if gate:
                    return redirect(_onwards(reverse(gate), request))
            return view(request, *args, **kwargs)

        staffed: View = _admin_policy(page)
        return staffed

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("second-step/", _admin_policy(second_step.page), name="second_step"),
            path("security/", self._staffed(super().admin_view(security.page), is_gated=False), name="security"),
        ]
        found: list[URLPattern] = [*own, *super().get_urls()]
        return found

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """E-mail address and password; who has a second factor goes on to it and is not signed in before."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        request.current_app = self.name
        shown = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        view = _SignIn.as_view(
            extra_context=shown, authentication_form=self.login_form, template_name=self.login_template or "admin/login.html"
        )
        response: HttpResponse = _admin_policy(view)(request)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user = request.user
        shown = dashboard() if isinstance(user, User) and user.acts_as else {}
        response: HttpResponse = super().index(request, {**shown, **(extra_context or {})})
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        shown: dict[str, Any] = super().each_context(request)
        user = request.user
        if isinstance(user, User) and self.has_permission(request):
            shown["staff_role"] = StaffRole(user.acts_as).label if user.acts_as else "No role yet: ask an administrator"
            shown["asks_to_enrol"] = not environment.ADMIN_REQUIRE_2FA and not second_step.is_verified(request)
        return shown


def _onwards(page: str, request: HttpRequest) -> str:
    """The page, and from it back to what was asked for; a form that was sent is not sent again."""
    return f"{page}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}" if request.method == "GET" else page


class _SignIn(LoginView):
    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if second_step.is_needed(user):
            second_step.begin(self.request, user, self.get_success_url())
            return redirect("admin:second_step")
        second_step.signed_in(user)
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if (wait := getattr(form, "wait", None)) is not None:
            response.status_code = 429
            response["Retry-After"] = str(wait)
        return response
