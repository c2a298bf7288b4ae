"""A member changes the merchant's profile or the own password (contract section 6, PUT merchant/profile)."""

from dataclasses import dataclass

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import Unauthorized, role_too_low
from merchants.models import Member, Merchant, User
from merchants.services.change_email import change_email
from merchants.services.change_merchant import change_merchant
from merchants.services.check_password import MAX_LENGTH, check_password
from merchants.services.sessions import drop_sessions
from merchants.states import Act, Notice, Role, may
from mypay.kit.errors import ValidationError

MIN_PASSWORD = 6


@dataclass(frozen=True, slots=True)
class Profile:
    """What is to change, checked; None leaves it as it is."""

    company_name: str | None = None
    name: str | None = None
    email: str | None = None
    webhook_url: str | None = None
    notices: tuple[Notice, ...] | None = None
    current_password: str = ""
    new_password: str = ""


def change_profile(*, member: Member, profile: Profile, keep_session: str = "") -> Merchant:
    """All of the change or nothing; a new password ends every token and session of the member's.

    The caller's own session, `keep_session`, lives on once the caller has renewed its hash.

    Raises Forbidden (403) where the role is too low, Unauthorized (401) for a wrong current
    password, ValidationError with the contract's messages.
    """
    merchant, user = member.merchant, member.user
    _require_role(member, profile)
    if profile.new_password:
        _require_password(user, profile)
        user.set_password(profile.new_password)  # slow on purpose, so not while rows are locked
    with transaction.atomic():
        if profile.email is not None:
            change_email(merchant=merchant, email=profile.email, taken="Email already in use")
        change_merchant(
            merchant=merchant,
            name=profile.name,
            company_name=profile.company_name,
            webhook_url=profile.webhook_url,
            notices=None if profile.notices is None else " ".join(profile.notices),
        )
        if profile.new_password:
            user.save(update_fields=["password"])
            drop_sessions(user=user, keep=keep_session)
            record(tag=Tag.USER_PASSWORD_CHANGED, resource_id=user.pk, merchant_id=merchant.pk)
    return merchant


def _require_role(member: Member, profile: Profile) -> None:
    touches_merchant = any(
        value is not None for value in (profile.company_name, profile.name, profile.email, profile.webhook_url, profile.notices)
    )
    if touches_merchant and not may(member.role, Act.CHANGE_MERCHANT):
        raise role_too_low()
    if profile.email not in (None, member.merchant.email) and member.role != Role.OWNER:
        raise role_too_low()  # the address is the owner's login


def _require_password(user: User, profile: Profile) -> None:
    if not profile.current_password:
        raise ValidationError("Current password is required to change password", field="currentPassword")
    require_good_password(profile.new_password)
    if not check_password(user=user, account=user.email, password=profile.current_password):
        record(tag=Tag.USER_LOGIN_FAILED, resource_id=user.pk, details={"for": "change of password"})
        raise Unauthorized("Current password is incorrect", field="currentPassword")


def require_good_password(password: str) -> None:
    """Raises ValidationError for a password that is too short or too long."""
    if len(password) < MIN_PASSWORD:
        raise ValidationError(f"New password must be at least {MIN_PASSWORD} characters", field="newPassword")
    if len(password) > MAX_LENGTH:
        raise ValidationError(f"New password must be at most {MAX_LENGTH} characters", field="newPassword")
