"""Create a merchant with its first owner."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

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
    password_hash: str = "",
    webhook_url: str = "",
    environment: Environment = Environment.SANDBOX,
) -> Merchant:
    """A new active merchant; with a password, or its hash, also its owner's login.

    Raises ValidationError when the e-mail address is taken, be it by a login only: nobody becomes
    the owner of a merchant, or gets into one, by having registered its address first.
    """
    email = email.strip().lower()
    if Merchant.objects.filter(email=email).exists() or User.objects.filter(email=email).exists():
        raise _taken()
    if password is not None:
        password_hash = make_password(password)  # slow on purpose, so not while rows are locked
    try:
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
            if password_hash:
                user = User.objects.create(email=email, password=password_hash, name=name)
                Member.objects.create(user=user, merchant=merchant, role=Role.OWNER)
            record(tag=Tag.MERCHANT_CREATED, resource_id=merchant.pk, merchant_id=merchant.pk, details={"email": email})
    except IntegrityError:
        raise _taken() from None  # somebody was faster
    return merchant


def _taken() -> ValidationError:
    return ValidationError("Merchant with this email already exists", field="email")
