"""Register, sign in and out of the portal API (contract section 6, auth/*)."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from audit import context
from merchants import tokens
from merchants.errors import Unauthorized
from merchants.models import Member
from merchants.services.revoke_token import revoke
from merchants.services.rotate_token import rotate_member_token
from merchants.services.sign_in import sign_in_member
from mypay.kit.errors import ValidationError
from portal.api import schema
from portal.api.base import DialectView, bearer, ok
from portal.api.render import m4
from portal.services.register import address, register


class RegisterView(DialectView):
    @extend_schema(**schema.REGISTER)
    def post(self, request: Request) -> HttpResponse:
        """A new merchant with both keys and a balance; its password is shown this once."""
        opened = register(company_name=self.body.get("companyName"), username=self.body.get("username"))
        member = Member.objects.select_related("user").get(merchant=opened.merchant)
        context.acts(actor_type="user", actor_id=str(member.user_id), merchant_id=opened.merchant.pk)
        token = tokens.session(tokens.member_claims(member))
        return ok({"token": token, "password": opened.login.password, "merchant": m4(opened.merchant)}, status=201)


class PasswordView(DialectView):
    """A route that an e-mail address, or username, and password open."""

    @sensitive_variables("password")
    def given(self) -> tuple[str, str]:
        """Raises ValidationError (400) unless both are there."""
        email, password = self.body.get("email"), self.body.get("password")
        if not (isinstance(email, str) and email and isinstance(password, str) and password):
            raise ValidationError("Email and password are required", field="password" if email else "email")
        return email, password

    @property
    def otp(self) -> str:
        """The code of a user with a second factor (ours); empty without one."""
        code = self.body.get("otp")
        return str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""


class LoginView(PasswordView):
    @extend_schema(**schema.LOGIN)
    def post(self, request: Request) -> HttpResponse:
        """The original's sign-in: one token for seven days."""
        email, password = self.given()
        member = sign_in_member(email=address(email), password=password, otp=self.otp)
        return ok({"token": tokens.session(tokens.member_claims(member)), "merchant": m4(member.merchant)})


class TokenView(PasswordView):
    @extend_schema(**schema.TOKEN)
    def post(self, request: Request) -> HttpResponse:
        """Sign in for a short-lived access token and a refresh token (ours)."""
        email, password = self.given()
        member = sign_in_member(email=address(email), password=password, otp=self.otp)
        return ok({**pair_json(tokens.pair(tokens.member_claims(member))), "merchant": m4(member.merchant)})


class RefreshView(DialectView):
    @extend_schema(**schema.REFRESH)
    def post(self, request: Request) -> HttpResponse:
        """A new pair for a refresh token, which works once; used twice, its whole family ends (ours)."""
        return ok(pair_json(rotate_member_token(refresh=self.refresh())))

    def refresh(self) -> str:
        """The body's refresh token; raises ValidationError (400) without one."""
        token = self.text("refresh")
        if not token:
            raise ValidationError("Refresh token is required", field="refresh")
        return token


class LogoutView(DialectView):
    @extend_schema(**schema.LOGOUT)
    def post(self, request: Request) -> HttpResponse:
        """Revoke the token of the header and the body's `refresh`; without any, nothing, and the same answer."""
        for raw, kinds in ((bearer(request), tokens.BEARER), (self.text("refresh"), tokens.REFRESH)):
            sign_out(raw, kinds)
        return ok({"message": "Logged out successfully"})


def sign_out(raw: str, kinds: tuple[str, ...]) -> None:
    """Revoke a token, if it is a good one."""
    try:
        claims = tokens.read(raw, kinds) if raw else None
    except Unauthorized:
        return
    if claims is not None:
        actor = "user" if claims.admin_id is None else "admin"
        context.acts(actor_type=actor, actor_id=str(claims.user_id), merchant_id=claims.merchant_id)
        revoke(claims)


def pair_json(pair: tokens.Pair) -> dict[str, Any]:
    """An access and a refresh token as the reply has them."""
    return {"access": pair.access, "refresh": pair.refresh, "expiresIn": pair.expires_in}
