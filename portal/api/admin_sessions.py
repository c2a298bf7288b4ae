"""Staff sign in and out of the admin API (contract section 7, auth/*)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchants import tokens
from merchants.services.rotate_token import rotate_staff_token
from merchants.services.sign_in import sign_in_staff
from portal.api import admin_schema as schema
from portal.api.base import ok
from portal.api.render import admin_json
from portal.api.sessions import LogoutView, PasswordView, RefreshView, pair_json


class AdminLoginView(PasswordView):
    @extend_schema(**schema.LOGIN)
    def post(self, request: Request) -> HttpResponse:
        """The original's sign-in: one token for seven days."""
        email, password = self.given()
        user = sign_in_staff(email=email, password=password, otp=self.otp)
        return ok({"token": tokens.session(tokens.staff_claims(user)), "admin": admin_json(user)})


class AdminTokenView(PasswordView):
    @extend_schema(**schema.TOKEN)
    def post(self, request: Request) -> HttpResponse:
        """Sign in for a short-lived access token and a refresh token (ours)."""
        email, password = self.given()
        user = sign_in_staff(email=email, password=password, otp=self.otp)
        return ok({**pair_json(tokens.pair(tokens.staff_claims(user))), "admin": admin_json(user)})


class AdminRefreshView(RefreshView):
    @extend_schema(**schema.REFRESH)
    def post(self, request: Request) -> HttpResponse:
        """A new pair for a refresh token, which works once (ours)."""
        return ok(pair_json(rotate_staff_token(refresh=self.refresh())))


class AdminLogoutView(LogoutView):
    @extend_schema(**schema.LOGOUT)
    def post(self, request: Request) -> HttpResponse:
        """Revoke the token of the header and the body's `refresh` (ours)."""
        return super().post(request)
