"""Create a merchant with its first owner."""

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Member, Merchant, User
from merchants.states import Environment, Role
from mypay.kit.crypto import encrypt
from mypay.kit.errors import ValidationError
from mypay.kit.ids import random_text, uuid7

WEBHOOK_SECRET_CONTEXT = "merchant.webhook_secret"


def create_merchant(
    *,
    email: str,
    name: str,
    company_name: str,
    password: str | None = None,
    webhook_url: str = "",
    environment: Environment = Environment.SANDBOX,
) -> Merchant:
    """A new active merchant; with a password also its owner's login.

    Raises ValidationError when the e-mail address is taken.
    """
    email = email.strip().lower()
    if Merchant.objects.filter(email=email).exists():
        raise ValidationError("Merchant with this email already exists", field="email")
    with transaction.atomic():
        merchant = Merchant.objects.create(
            uuid=uuid7(),
            email=email,
            name=name,
            company_name=company_name,
            webhook_url=webhook_url,
            environment=environment,
            webhook_secret_encrypted=encrypt(f"whsec_{random_text(40)}", context=WEBHOOK_SECRET_CONTEXT),
        )
        if password is not None:
            user = User.objects.filter(email=email).first() or User.objects.create_user(email, password, name=name)
            Member.objects.create(user=user, merchant=merchant, role=Role.OWNER)
        record(tag=Tag.MERCHANT_CREATED, resource_id=merchant.pk, merchant_id=merchant.pk, details={"email": email})
    return merchant
