"""Give a merchant's owner a new password; the old one and all that was signed in by it end at once."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import staff_login
from merchants.models import Member, Merchant, User
from merchants.selectors import owner
from merchants.services.sessions import drop_sessions
from merchants.states import Role
from mypay.kit.errors import ValidationError
from mypay.kit.ids import strong_password


@dataclass(frozen=True)
class Login:
    """A login in clear, shown to whoever asked for it, this once."""

    email: str
    password: str


def reset_password(*, merchant: Merchant) -> Login:
    """A new password for the merchant's owner, who is made if there is none (contract section 7)."""
    password = strong_password()
    password_hash = make_password(password)  # slow on purpose, so not while rows are locked
    with transaction.atomic():
        Merchant.objects.select_for_update().get(pk=merchant.pk)
        found = owner(merchant)
        user = found.user if found else _new_owner(merchant)
        if user.is_staff:
            raise staff_login()
        user.password = password_hash
        user.save(update_fields=["password"])
        drop_sessions(user=user)
        record(tag=Tag.USER_PASSWORD_RESET, resource_id=user.pk, merchant_id=merchant.pk)
    return Login(user.email, password)


def _new_owner(merchant: Merchant) -> User:
    if User.objects.filter(email=merchant.email).exists():
        raise ValidationError("Another login has this merchant's email", field="email")
    user = User.objects.create_user(merchant.email, None, name=merchant.name)
    Member.objects.create(user=user, merchant=merchant, role=Role.OWNER)
    return user
