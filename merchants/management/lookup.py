"""Find the merchant that a command names."""

from django.core.management.base import CommandError

from merchants.models import Merchant


def merchant_of(email: str) -> Merchant:
    """The merchant with that e-mail address; raises CommandError when there is none."""
    merchant = Merchant.objects.filter(email=email.strip().lower()).first()
    if merchant is None:
        raise CommandError(f"no merchant has the e-mail address {email}")
    return merchant
