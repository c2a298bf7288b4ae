"""The JSON Web Tokens of the portal and admin APIs: their kinds, claims and how one is read.

`session` is the original's 7-day `token` (contract sections 6 and 7); `access` and `refresh` are
the short-lived pair. All carry `auth`, a hash over the password and the user's generation, so that
a new password or a step of the generation ends them at once.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token, UntypedToken

from merchants.errors import bad_token
from merchants.models import Member, User
from mypay.settings import environment

BEARER = ("session", "access")
REFRESH = ("refresh",)


class SessionToken(Token):
    token_type = "session"
    lifetime = environment.JWT_EXPIRES_IN


class AccessToken(Token):
    token_type = "access"
    lifetime = environment.JWT_ACCESS_EXPIRES_IN


class RefreshToken(Token):
    token_type = "refresh"
    lifetime = environment.JWT_REFRESH_EXPIRES_IN


@dataclass(frozen=True, slots=True)
class Pair:
    """A short-lived access token and what renews it; `expires_in` in seconds."""

    access: str
    refresh: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, signature, expiry and kind checked; who it names may be gone since."""

    jti: str
    family: str
    user_id: int
    auth: str
    merchant_id: int | None
    admin_id: int | None
    expires: int

    @property
    def ids(self) -> tuple[str, ...]:
        """The names under which the token may have been revoked: its own, its family's."""
        return (self.jti, self.family) if self.family else (self.jti,)


def auth_hash(user: User) -> str:
    """Changes with the user's password and generation; tells nothing about either."""
    return user.get_session_auth_hash()[:32]


def member_claims(member: Member) -> dict[str, Any]:
    """Of a merchant's member (contract section 6: claim merchantId)."""
    return {"user_id": member.user_id, "merchantId": member.merchant_id, "auth": auth_hash(member.user)}


def staff_claims(user: User) -> dict[str, Any]:
    """Of staff (contract section 7: claims adminId and role)."""
    return {"user_id": user.pk, "adminId": user.pk, "role": staff_role(user), "auth": auth_hash(user)}


def staff_role(user: User) -> str:
    """The contract's two roles."""
    return "super_admin" if user.is_superuser else "admin"


def session(claims: dict[str, Any]) -> str:
    """The original's one token."""
    return str(_filled(SessionToken(), claims))


def pair(claims: dict[str, Any], family: str = "") -> Pair:
    """An access and a refresh token; both name the family they descend from."""
    named = {**claims, "family": family or f"family-{uuid4().hex}"}
    access, refresh = _filled(AccessToken(), named), _filled(RefreshToken(), named)
    return Pair(str(access), str(refresh), int(environment.JWT_ACCESS_EXPIRES_IN.total_seconds()))


def _filled(token: Token, claims: dict[str, Any]) -> Token:
    for name, value in claims.items():
        token[name] = value
    return token


def read(raw: str, kinds: tuple[str, ...]) -> Claims:
    """The claims of a token of one of the kinds; raises Unauthorized (401)."""
    try:
        payload = UntypedToken(raw).payload  # type: ignore[arg-type]  # the library's annotation is wrong
        if payload["token_type"] not in kinds:
            raise bad_token()
        return Claims(
            jti=str(payload["jti"]),
            family=str(payload.get("family", "")),
            user_id=int(payload["user_id"]),
            auth=str(payload["auth"]),
            merchant_id=_whole(payload.get("merchantId")),
            admin_id=_whole(payload.get("adminId")),
            expires=int(payload["exp"]),
        )
    except (TokenError, KeyError, TypeError, ValueError):
        raise bad_token() from None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
