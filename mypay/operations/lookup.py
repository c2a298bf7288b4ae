"""Find whom a command is about."""

from django.core.management.base import CommandError

from merchants.models import Merchant, User


def find_merchant(text: str) -> Merchant:
    """By number, MERCHANT_000001 or e-mail; raises CommandError."""
    number = text.upper().removeprefix("MERCHANT_")
    found = (
        Merchant.objects.filter(pk=int(number)) if number.isdecimal() and len(number) < 19 else Merchant.objects.filter(email=text.lower())
    )
    row = found.first()
    if row is None:
        raise CommandError(f"there is no merchant {text}")
    return row


def find_user(text: str) -> User:
    """By e-mail or number; raises CommandError."""
    found = User.objects.filter(pk=int(text)) if text.isdecimal() and len(text) < 19 else User.objects.filter(email=text.strip().lower())
    row = found.first()
    if row is None:
        raise CommandError(f"there is no user {text}")
    return row
