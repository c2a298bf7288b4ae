"""Revoke tokens: on logout one and its family, on a refresh token used twice the family."""

from datetime import datetime

from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from audit.services.record import record
from audit.tags import Tag
from merchants.tokens import Claims
from mypay.kit import clock, sql
from mypay.settings import environment

_PRUNED = 100


def revoke(claims: Claims) -> None:
    """From now on neither the token nor any of its family opens anything (contract section 6, logout)."""
    block(claims.jti, claims.user_id, clock.from_ms(claims.expires * 1000))
    revoke_family(claims)
    record(tag=Tag.USER_LOGGED_OUT, resource_id=claims.user_id, merchant_id=claims.merchant_id)
    _forget_expired()


def revoke_family(claims: Claims) -> None:
    """The access and refresh tokens that descend from one login."""
    if claims.family:
        longest = max(environment.JWT_REFRESH_EXPIRES_IN, environment.JWT_ACCESS_EXPIRES_IN)
        block(claims.family, claims.user_id, clock.real_now() + longest)


def block(token_id: str, user_id: int, until: datetime) -> bool:
    """Put a token's or family's id on the list; False if it was there: one of two rivals loses."""

    def effect() -> bool:
        known = {"user_id": user_id, "token": "", "created_at": clock.real_now(), "expires_at": until}
        row, _ = OutstandingToken.objects.get_or_create(jti=token_id, defaults=known)
        return bool(BlacklistedToken.objects.get_or_create(token=row)[1])

    return bool(sql.in_transaction(effect))


def _forget_expired() -> None:
    """A revoked token that has expired opens nothing anyway."""
    old = list(OutstandingToken.objects.filter(expires_at__lt=clock.real_now()).values_list("pk", flat=True)[:_PRUNED])
    if old:
        OutstandingToken.objects.filter(pk__in=old).delete()
