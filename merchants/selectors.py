"""Reads about merchants, their people, their keys, and the system's settings."""

import time
from collections.abc import Iterable, Mapping

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from merchants.errors import feature_off, merchant_not_found
from merchants.key_forms import CORE_SCOPES
from merchants.limits import read_limits
from merchants.models import ApiKey, Flag, Invitation, Member, Merchant, Message, SystemConfig, User, UserSession
from merchants.services.issue_key import signing_secret
from merchants.states import CONFIG_DEFAULTS, ConfigKey, FlagKey, MerchantStatus, Role, Scope
from mypay.kit import clock
from mypay.kit.errors import NotFound
from mypay.kit.paging import Page, page

MAX_MEMBERSHIPS = 200
_CONFIG_SECONDS = 5.0
_config: tuple[float, dict[ConfigKey, str]] | None = None


def membership(user: User, merchant_id: int | None = None) -> Member | None:
    """The user's role in the merchant chosen, or else in its first active one; the others come with it. One query."""
    members = Member.objects.select_related("merchant").filter(user=user, merchant__status=MerchantStatus.ACTIVE)
    found = list(members.order_by("pk")[:MAX_MEMBERSHIPS])
    chosen = next((member for member in found if member.merchant_id == merchant_id), found[0] if found else None)
    if chosen is not None:
        chosen.others = [member for member in found if member is not chosen]
    return chosen


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
    """The key of each of our own APIs that the portal's API shows: the oldest that works, so that a later extra key hides nothing."""
    rows = merchant.api_keys.filter(_in_time(), scope__in=CORE_SCOPES, is_active=True).order_by("-pk")
    return {Scope(row.scope): row for row in rows}


def newest_secret(merchant: Merchant, scope: Scope) -> str:
    """What signs for the merchant: the secret of its newest key of that scope that works; empty when none does."""
    row = merchant.api_keys.filter(_in_time(), scope=scope, is_active=True).order_by("-pk").first()
    return signing_secret(row) if row else ""


def _in_time() -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=clock.real_now())


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


def approval_limit(currency: str) -> int | None:
    """Minor units above which a payout needs a second approver; None: no such limit."""
    return read_limits(config_value(ConfigKey.APPROVAL_LIMITS)).get(currency)


def flag_is_on(key: FlagKey, merchant: Merchant | None = None) -> bool:
    """Whether the feature is on for everybody or for this merchant; one without a row is on. One or two queries."""
    flag = Flag.objects.filter(key=key.value).first()
    if flag is None or flag.is_enabled:
        return True
    return merchant is not None and flag.merchants.filter(pk=merchant.pk).exists()


def require_feature(key: FlagKey, merchant: Merchant | None = None) -> None:
    """Raises Forbidden (403, FEATURE_OFF) where the feature is off."""
    if not flag_is_on(key, merchant):
        raise feature_off()


def legacy_webhook_steps() -> tuple[int, ...]:
    """Seconds before each try of the original's webhooks, as staff have set them (contract section 5)."""
    tries = max(1, int(config_value(ConfigKey.WEBHOOK_RETRY_ATTEMPTS)))
    seconds = max(1, round(int(config_value(ConfigKey.WEBHOOK_RETRY_DELAY)) / 1000))
    return (0, *([seconds] * (tries - 1)))


def team_members(merchant: Merchant) -> list[Member]:
    """Everybody who works for the merchant, by name; each comes with its user."""
    return list(merchant.members.select_related("user").order_by("user__name", "pk"))


def team_member(merchant: Merchant, pk: int) -> Member:
    """One of them; raises NotFound."""
    row = merchant.members.select_related("user", "merchant").filter(pk=pk).first()
    if row is None:
        raise NotFound("Member not found")
    return row


def invitations(merchant: Merchant) -> list[Invitation]:
    """The invitations that are still good, oldest first."""
    return list(merchant.invitations.select_related("invited_by").filter(expires_at__gt=clock.real_now()).order_by("pk"))


def sessions_of(user: User, current_key: str) -> list[UserSession]:
    """The user's open sessions, the current first, which says `is_current`, then the last used."""
    is_open = Exists(Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=clock.real_now()))
    rows = list(UserSession.objects.filter(is_open, user=user).order_by("-seen_at")[:100])
    for row in rows:
        row.is_current = row.session_key == current_key
    return sorted(rows, key=lambda row: not row.is_current)


def inbox_messages(member: Member, query: Mapping[str, str]) -> Page:
    """A page of what the member's inboxes hold."""
    return page(Message.objects.filter(box__in=boxes(member)), query)


def inbox_message(member: Member, pk: int) -> Message:
    """One message of them; raises NotFound."""
    row = Message.objects.filter(box__in=boxes(member), pk=pk).first()
    if row is None:
        raise NotFound("Message not found")
    return row


def merchant_box(merchant: Merchant) -> str:
    """The inbox that all of the merchant's people read."""
    return f"merchant {merchant.pk}"


def boxes(member: Member) -> list[str]:
    """The inboxes that a member reads: the merchant's, and the own."""
    return [merchant_box(member.merchant), member.user.email]
