"""The dialect of the portal and admin APIs: `{success:true,…}` or `{success:false,error}`, and who calls.

Contract sections 6 and 7.
"""

from typing import Any, cast

import structlog
from django.http import HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from audit import context
from merchants.errors import Unauthorized, bad_token, role_too_low
from merchants.models import Member, Merchant, User
from merchants.selectors import token_member, token_staff
from merchants.states import Act, StaffAct, may
from merchants.tokens import BEARER, Claims, auth_hash, read
from mypay.kit.api import JsonView, Reply, refusal, refused_response
from portal.api.schema import NamedByPath

log = structlog.get_logger("mypay.portal")


def ok(content: dict[str, Any], status: int = 200) -> HttpResponse:
    """`{success:true}` and the content."""
    return Reply.of(status, {"success": True, **content}).response()


def handle_error(problem: Exception, context: Any) -> HttpResponse:
    """DRF's exception handler for this dialect; a fault of ours is logged and told as 500."""
    refused = refusal(problem)
    if refused is None:
        log.error("unhandled error", exc_info=problem)
        return Reply.of(500, {"success": False, "error": "Internal server error"}).response()
    made = Reply.of(refused.status, {"success": False, "error": refused.message})
    return refused_response(Reply(made.status, made.body, refused.headers), refused, context["view"])


def bearer(request: Request) -> str:
    """The token of the Authorization header; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class _TokenAuthentication(BaseAuthentication):
    """A bearer token; `request.auth` is its claims."""

    def authenticate(self, request: Request) -> tuple[Any, Claims]:
        raw = bearer(request)
        if not raw:
            raise Unauthorized("Unauthorized - No token provided", field="Authorization")
        claims = read(raw, BEARER)
        return self.holder(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def holder(self, claims: Claims) -> Any:
        raise NotImplementedError


class PortalToken(_TokenAuthentication):
    """Of an active merchant's member, by the claim merchantId; one query."""

    def holder(self, claims: Claims) -> Member:
        if claims.merchant_id is None:
            raise bad_token()
        member = token_member(user_id=claims.user_id, merchant_id=claims.merchant_id, token_ids=claims.ids)
        if member is None or not member.merchant.is_active or not member.user.is_active:
            raise Unauthorized("Unauthorized - Merchant not found or inactive", field="Authorization")
        _require_current(claims, member.user, member.is_revoked)  # type: ignore[attr-defined]
        context.acts(actor_type="user", actor_id=str(member.user_id), merchant_id=member.merchant_id)
        return member


class AdminToken(_TokenAuthentication):
    """Of active staff, by the claim adminId; one query."""

    def holder(self, claims: Claims) -> User:
        if claims.admin_id is None:
            raise bad_token()
        user = token_staff(user_id=claims.user_id, token_ids=claims.ids)
        if user is None or not user.is_active:
            raise Unauthorized("Unauthorized - Admin not found or inactive", field="Authorization")
        _require_current(claims, user, user.is_revoked)  # type: ignore[attr-defined]
        context.acts(actor_type="admin", actor_id=str(user.pk))
        return user


def _require_current(claims: Claims, user: User, is_revoked: bool) -> None:
    if is_revoked or claims.auth != auth_hash(user):
        raise bad_token()


class DialectView(JsonView):
    """A route that needs no token."""

    schema = NamedByPath()

    def get_exception_handler(self) -> Any:
        return handle_error

    def text(self, *names: str) -> str:
        """The first of the body's members that is text and not empty; else empty."""
        found = (self.body.get(name) for name in names)
        return next((value for value in found if isinstance(value, str) and value), "")


class PortalView(DialectView):
    """A route of the portal API (section 6) that a member's token opens."""

    authentication_classes = [PortalToken]

    @property
    def member(self) -> Member:
        """Who calls."""
        return cast(Member, self.request.user)

    @property
    def merchant(self) -> Merchant:
        """The merchant the caller's token is for."""
        return self.member.merchant

    def require(self, act: Act) -> None:
        """Raises Forbidden (403) unless the caller's role may do that."""
        if not may(self.member.role, act):
            raise role_too_low()


class AdminView(DialectView):
    """A route of the admin API (section 7) that a staff token opens."""

    authentication_classes = [AdminToken]

    @property
    def admin(self) -> User:
        """Who calls."""
        return cast(User, self.request.user)

    def check_permissions(self, request: Request) -> None:
        """Looking is for staff with any role; routes that do more ask for it."""
        super().check_permissions(request)
        self.require(StaffAct.LOOK)

    def require(self, act: StaffAct) -> None:
        """Raises Forbidden (403) unless the caller's staff role may do that."""
        if not self.admin.can(act):
            raise role_too_low()
