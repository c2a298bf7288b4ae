"""Change a merchant's e-mail address and, with it, its owner's login."""

from django.db import IntegrityError, transaction
from django.db.models import F

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import staff_login
from merchants.models import Merchant, User
from merchants.selectors import owner
from mypay.kit.errors import ValidationError


def change_email(*, merchant: Merchant, email: str, taken: str, end_sessions: bool = False) -> Merchant:
    """The merchant with its new address; `taken` is the message if somebody else has it.

    `end_sessions` ends what the owner is signed in with (contract section 7: by staff, at once).
    """
    if email == merchant.email:
        return merchant
    login = owner(merchant)
    user = login.user if login and login.user.email == merchant.email else None
    if user is not None and user.is_staff:
        raise staff_login()
    try:
        with transaction.atomic():
            _require_free(merchant, user, email, taken)
            before, merchant.email = merchant.email, email
            merchant.save(update_fields=["email", "updated_at"])
            if user is not None:
                step = {"token_generation": F("token_generation") + 1} if end_sessions else {}
                User.objects.filter(pk=user.pk).update(email=email, **step)
            details = {"from": before, "to": email}
            record(tag=Tag.MERCHANT_EMAIL_CHANGED, resource_id=merchant.pk, merchant_id=merchant.pk, details=details)
    except IntegrityError:
        raise ValidationError(taken, field="email") from None
    return merchant


def _require_free(merchant: Merchant, user: User | None, email: str, taken: str) -> None:
    others = User.objects.filter(email=email)
    if user is not None:
        others = others.exclude(pk=user.pk)
    if others.exists() or Merchant.objects.filter(email=email).exclude(pk=merchant.pk).exists():
        raise ValidationError(taken, field="email")
