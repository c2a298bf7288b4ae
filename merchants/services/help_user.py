"""What staff do for people who cannot sign in, and about sessions that should end."""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import staff_help
from merchants.models import LoginAttempt, User
from merchants.services import second_factor
from mypay.kit.ids import strong_password


def unlock_user(*, user: User, staff: User) -> int:
    """Forget the wrong passwords and codes given for the login, so that it may try again; returns how many."""
    _require_right(user, staff)
    with transaction.atomic():
        accounts = [user.email, second_factor.account_of(user)]
        count, _ = LoginAttempt.objects.filter(account__in=accounts).delete()
        record(tag=Tag.USER_UNLOCKED, resource_id=user.pk, details={"attempts": count})
    return count


def end_sessions(*, user: User, staff: User) -> None:
    """Whatever the login is signed in with ends: sessions and tokens."""
    _require_right(user, staff)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(token_generation=F("token_generation") + 1)
        record(tag=Tag.USER_SESSIONS_ENDED, resource_id=user.pk)


def new_password(*, user: User, staff: User) -> str:
    """A new password for the login, shown this once; the old one and its sessions end."""
    _require_right(user, staff)
    password = strong_password()
    password_hash = make_password(password)  # slow on purpose, so not while rows are locked
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=password_hash)
        record(tag=Tag.USER_PASSWORD_RESET, resource_id=user.pk)
    return password


def reset_second_factor(*, user: User, staff: User) -> None:
    """The login's app and recovery codes are forgotten and its sessions end; its password alone signs in."""
    _require_right(user, staff)
    with transaction.atomic():
        second_factor.disable(user)
        end_sessions(user=user, staff=staff)


def _require_right(user: User, staff: User) -> None:
    """Staff are helped by administrators only: support must not open an administrator's door."""
    if user.is_staff and not staff.can("users"):
        raise staff_help()
