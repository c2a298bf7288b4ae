"""Sign in: the password first, and only who knows it learns that the account is not active."""

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.errors import Unauthorized, account_not_active, second_factor_missing, wrong_login
from merchants.models import Member, User
from merchants.selectors import login_membership
from merchants.services.check_password import check_password
from merchants.services.second_factor import has_second_factor, verify
from mypay.kit import clock
from mypay.settings import environment


def sign_in(*, email: str, password: str, staff_only: bool = False) -> User:
    """The user of this e-mail address and password.

    Raises Unauthorized for an unknown user and a wrong password alike, Forbidden (403) for a
    user switched off, TooManyAttempts (429). Success is for the caller to record.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is not None and staff_only and not user.is_staff:
        user = None
    if not check_password(user=user, account=email, password=password) or user is None:
        context.acts(actor_type="visitor", actor_id="")
        record(tag=Tag.USER_LOGIN_FAILED, resource_id=email[:64], details={"email": email})
        raise wrong_login()
    if not user.is_active:
        raise account_not_active()
    return user


def sign_in_member(*, email: str, password: str, otp: str = "") -> Member:
    """A merchant's member signs in to the portal (contract section 6); Forbidden if the merchant is not active.

    `otp` is asked for of a user with a second factor: Unauthorized without a right one.
    """
    user = sign_in(email=email, password=password)
    _second_step(user, otp)
    member = login_membership(user)
    if member is None:
        raise wrong_login()
    if not member.merchant.is_active:
        raise account_not_active()
    _signed_in(user, member.merchant_id, "user")
    return member


def sign_in_staff(*, email: str, password: str, otp: str = "") -> User:
    """Staff sign in to the admin (contract section 7); `otp` as for members.

    Forbidden for who has no second factor where staff need one (ADMIN_REQUIRE_2FA).
    """
    user = sign_in(email=email, password=password, staff_only=True)
    _second_step(user, otp)
    if environment.ADMIN_REQUIRE_2FA and not has_second_factor(user):
        raise second_factor_missing()
    _signed_in(user, None, "admin")
    return user


def _second_step(user: User, otp: str) -> None:
    """The code of a user who has a second factor; only who knows the password learns that there is one."""
    if not has_second_factor(user):
        return
    if not otp:
        raise Unauthorized("A code of your authenticator app is required: send it as otp", field="otp")
    context.acts(actor_type="visitor", actor_id="")
    if not verify(user, otp):
        raise Unauthorized("The code is wrong or was used before", field="otp")


def _signed_in(user: User, merchant_id: int | None, actor_type: str) -> None:
    context.acts(actor_type=actor_type, actor_id=str(user.pk), merchant_id=merchant_id)
    User.objects.filter(pk=user.pk).update(last_login=clock.real_now())
    record(tag=Tag.USER_LOGGED_IN, resource_id=user.pk, merchant_id=merchant_id)
