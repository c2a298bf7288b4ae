"""Reads about merchants and their people."""

from merchants.models import ApiKey, Member, Merchant, User
from merchants.states import MerchantStatus


def membership(user: User) -> Member | None:
    """The user's role in its first active merchant."""
    members = Member.objects.select_related("merchant").filter(user=user, merchant__status=MerchantStatus.ACTIVE)
    return members.order_by("pk").first()


def api_keys(merchant: Merchant) -> list[ApiKey]:
    """The merchant's working keys, newest first."""
    return list(merchant.api_keys.filter(is_active=True).order_by("-pk"))
