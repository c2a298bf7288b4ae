"""Merchants, the people who work for them, and their API keys."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from merchants.states import ConfigKey, Environment, MerchantStatus, Role, Scope
from mypay.kit.masking import mask_key


class Merchant(models.Model):
    """The tenant: every row a client can see belongs to one.

    `clock_offset_ms` and `clock_frozen_ms` are the merchant's own time (see `mypay.kit.clock`);
    `has_scenarios` and `has_faults` are kept by the sandbox and spare the hot path two look-ups for
    everyone else.
    """

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=255)
    company_name = models.CharField(max_length=255)
    email = models.EmailField(unique=True)
    environment = models.CharField(max_length=8, choices=Environment.choices, default=Environment.SANDBOX)
    status = models.CharField(max_length=10, choices=MerchantStatus.choices, default=MerchantStatus.ACTIVE)
    webhook_url = models.URLField(max_length=2048, blank=True)
    webhook_secret_encrypted = models.TextField(blank=True, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    clock_offset_ms = models.BigIntegerField(default=0, editable=False)
    clock_frozen_ms = models.BigIntegerField(null=True, blank=True, editable=False)
    has_scenarios = models.BooleanField(default=False, editable=False)
    has_faults = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.company_name} ({self.vendor_id})"

    @property
    def vendor_id(self) -> str:
        """The merchant's public number (contract section 9)."""
        return f"MERCHANT_{self.pk:06d}"

    @property
    def is_active(self) -> bool:
        return self.status == MerchantStatus.ACTIVE


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    """A login: staff sign in to the admin, members to the portal.

    Sessions and tokens carry a hash of the password and of `token_generation`: a new password,
    set anywhere, or a step of the generation ends them all at once.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    token_generation = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's own, over the generation too."""
        text = f"{self.token_generation}:{self.password}"
        return salted_hmac("merchants.User.session", text, secret=secret, algorithm="sha256").hexdigest()

    def get_short_name(self) -> str:
        return self.name or self.email


class Member(models.Model):
    """A user's role in one merchant."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "merchant"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.merchant}"


class ApiKey(models.Model):
    """A key: found by its SHA-256; an encrypted copy serves the portal's audited reveal."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="api_keys")
    scope = models.CharField(max_length=16, choices=Scope.choices)
    label = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    encrypted = models.TextField(editable=False)
    hint = models.CharField(max_length=20, editable=False)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.scope} key {self.hint}"

    @staticmethod
    def hint_of(key: str) -> str:
        """What may be shown of a key."""
        return mask_key(key) if len(key) > 16 else f"...{key[-4:]}"


class LoginAttempt(models.Model):
    """A password given wrong: to whose account, from which address. Counted to slow guessing down.

    Rows, not a cache: a restart must not give an attacker a new start.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.CharField(max_length=254)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="attempt_by_account"),
            models.Index(fields=["address", "at"], name="attempt_by_address"),
            models.Index(fields=["at"], name="attempt_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.account} from {self.address}"


class SystemConfig(models.Model):
    """One setting that staff change while we run (contract section 9); `value` is text."""

    key = models.CharField(max_length=40, primary_key=True, choices=ConfigKey.choices)
    value = models.CharField(max_length=40)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "system setting"

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
