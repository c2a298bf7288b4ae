"""Reads about merchants, their people, their keys, and the system's settings."""

import time
from collections.abc import Iterable

from django.db.models import Exists, Q
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from merchants.errors import merchant_not_found
from merchants.models import ApiKey, Member, Merchant, SystemConfig, User
from merchants.states import CONFIG_DEFAULTS, ConfigKey, MerchantStatus, Role, Scope
from mypay.kit import clock

_CONFIG_SECONDS = 5.0
_config: tuple[float, dict[ConfigKey, str]] | None = None


def membership(user: User) -> Member | None:
    """The user's role in its first active merchant."""
    members = Member.objects.select_related("merchant").filter(user=user, merchant__status=MerchantStatus.ACTIVE)
    return members.order_by("pk").first()


def login_membership(user: User) -> Member | None:
    """The membership a login opens: in the first active merchant, else in the first at all."""
    found = list(Member.objects.select_related("merchant", "user").filter(user=user).order_by("pk"))
    return next((member for member in found if member.merchant.is_active), found[0] if found else None)


def owner(merchant: Merchant) -> Member | None:
    """The merchant's first owner."""
    return Member.objects.select_related("user").filter(merchant=merchant, role=Role.OWNER).order_by("pk").first()


def get_merchant(pk: int) -> Merchant:
    """Any merchant, for staff; raises NotFound."""
    found = Merchant.objects.filter(pk=pk).first()
    if found is None:
        raise merchant_not_found()
    return found


def api_keys(merchant: Merchant) -> list[ApiKey]:
    """The merchant's working keys, newest first."""
    return list(merchant.api_keys.filter(is_active=True).order_by("-pk"))


def credentials(merchant: Merchant) -> dict[Scope, ApiKey]:
    """The key of each kind that the portal shows: the oldest that works, so that a later extra key hides nothing."""
    in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.real_now())
    rows = merchant.api_keys.filter(in_time, is_active=True).order_by("-pk")
    return {Scope(row.scope): row for row in rows}


def token_member(*, user_id: int, merchant_id: int, token_ids: Iterable[str]) -> Member | None:
    """The member a token names, with `is_revoked` beside it; one query."""
    members = Member.objects.select_related("user", "merchant").filter(user_id=user_id, merchant_id=merchant_id)
    return members.annotate(is_revoked=_revoked(token_ids)).first()


def token_staff(*, user_id: int, token_ids: Iterable[str]) -> User | None:
    """The staff user a token names, with `is_revoked` beside it; one query."""
    return User.objects.filter(pk=user_id, is_staff=True).annotate(is_revoked=_revoked(token_ids)).first()


def _revoked(token_ids: Iterable[str]) -> Exists:
    return Exists(BlacklistedToken.objects.filter(token__jti__in=list(token_ids)))


def system_config() -> dict[ConfigKey, str]:
    """The system's settings as they are now (contract section 9)."""
    kept = dict(SystemConfig.objects.values_list("key", "value"))
    return {key: kept.get(key.value, default) for key, default in CONFIG_DEFAULTS.items()}


def config_value(key: ConfigKey) -> str:
    """One setting, at most seconds old: cheap enough to ask at every request."""
    if _config is None or time.monotonic() - _config[0] > _CONFIG_SECONDS:
        remember_config(system_config())
    assert _config is not None  # noqa: S101
    return _config[1][key]


def remember_config(values: dict[ConfigKey, str] | None) -> None:
    """What `config_value` answers for the next seconds; None: read anew."""
    global _config
    _config = None if values is None else (time.monotonic(), values)


def legacy_webhook_steps() -> tuple[int, ...]:
    """Seconds before each try of the original's webhooks, as staff have set them (contract section 5)."""
    tries = max(1, int(config_value(ConfigKey.WEBHOOK_RETRY_ATTEMPTS)))
    seconds = max(1, round(int(config_value(ConfigKey.WEBHOOK_RETRY_DELAY)) / 1000))
    return (0, *([seconds] * (tries - 1)))
