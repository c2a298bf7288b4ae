"""Renew a pair of tokens. Each refresh token works once; its second use ends the whole family."""

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import bad_token
from merchants.models import Member, User
from merchants.selectors import token_member, token_staff
from merchants.services.revoke_token import block, revoke_family
from merchants.tokens import REFRESH, Claims, Pair, auth_hash, member_claims, pair, read, staff_claims
from mypay.kit import clock


def rotate_member_token(*, refresh: str) -> Pair:
    """A new pair for a portal refresh token; raises Unauthorized (401)."""
    claims = read(refresh, REFRESH)
    if claims.merchant_id is None:
        raise bad_token()
    member = token_member(user_id=claims.user_id, merchant_id=claims.merchant_id, token_ids=claims.ids)
    if member is None or not member.merchant.is_active:
        raise bad_token()
    _use_up(claims, member.user, member)
    return pair(member_claims(member), claims.family)


def rotate_staff_token(*, refresh: str) -> Pair:
    """A new pair for an admin refresh token; raises Unauthorized (401)."""
    claims = read(refresh, REFRESH)
    user = None if claims.admin_id is None else token_staff(user_id=claims.user_id, token_ids=claims.ids)
    if user is None:
        raise bad_token()
    _use_up(claims, user, user)
    return pair(staff_claims(user), claims.family)


def _use_up(claims: Claims, user: User, found: Member | User) -> None:
    if not user.is_active or auth_hash(user) != claims.auth:
        raise bad_token()
    is_first_use = not found.is_revoked and block(claims.jti, user.pk, clock.from_ms(claims.expires * 1000))  # type: ignore[union-attr]
    if not is_first_use:
        revoke_family(claims)
        record(tag=Tag.USER_TOKEN_REUSED, resource_id=user.pk, merchant_id=claims.merchant_id)
        raise bad_token()
