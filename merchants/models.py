"""Merchants, the people who work for them, and their API keys."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device

from merchants.states import ConfigKey, Environment, FlagKey, MerchantStatus, MessageKind, Notice, Role, Scope, StaffRole, staff_may
from merchants.user_agents import device
from mypay.kit.masking import mask_key
from mypay.kit.models import Scheduled


class Merchant(models.Model):
    """The tenant: every row a client can see belongs to one.

    `clock_offset_ms` and `clock_frozen_ms` are the merchant's own time (see `mypay.kit.clock`);
    `has_scenarios` and `has_faults` are kept by the sandbox and spare the hot path two look-ups for
    everyone else. `notices` are the mails it wants, with spaces between.
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
    notices = models.CharField(max_length=200, blank=True, default=f"{Notice.ENDPOINT_DISABLED} {Notice.TEAM_CHANGED}")
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


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # django_otp has no types
    """A login: staff sign in to the admin, members to the portal.

    Sessions and tokens carry a hash of the password and of `token_generation`: a new password,
    set anywhere, or a step of the generation ends them all at once.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    staff_role = models.CharField(max_length=13, choices=StaffRole.choices, blank=True)
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

    @property
    def acts_as(self) -> str:
        """The staff role in force; empty: none."""
        if not (self.is_staff and self.is_active):
            return ""
        return StaffRole.ADMINISTRATOR.value if self.is_superuser else self.staff_role

    def can(self, act: str) -> bool:
        """Whether this member of staff may do that (`merchants.states.STAFF_ROLES`)."""
        return staff_may(self.acts_as, act)


class Member(models.Model):
    """A user's role in one merchant; `others` are the user's further ones, where a read found them."""

    others: Sequence["Member"] = ()

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "merchant"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.merchant}"


class ApiKey(models.Model):
    """A key: found by its SHA-256; an encrypted copy serves the portal's audited reveal.

    A vendor's key is a pair (`merchants.key_forms`): found by its public id, which `encrypted` and `hint`
    hold whole, and proved by its secret in `secret_encrypted`, empty for a key that is one text.

    `allowed_ips`   addresses and networks it may be used from, separated by spaces; empty: from anywhere
    `last_used_at`  to the minute, real time; the request log's writer notes it
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="api_keys")
    scope = models.CharField(max_length=16, choices=Scope.choices)
    label = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    encrypted = models.TextField(editable=False)
    secret_encrypted = models.TextField(blank=True, default="", db_default="", editable=False)
    hint = models.CharField(max_length=60, editable=False)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    allowed_ips = models.CharField(max_length=1000, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
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
    value = models.CharField(max_length=200)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "system setting"

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class Flag(models.Model):
    """A feature that staff switch: on for everybody, or else for the merchants named here."""

    key = models.CharField(max_length=40, primary_key=True, choices=FlagKey.choices)
    is_enabled = models.BooleanField("on for everybody", default=True)
    merchants = models.ManyToManyField(Merchant, blank=True, related_name="flags", verbose_name="on for these merchants all the same")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "feature flag"

    def __str__(self) -> str:
        return str(self.get_key_display())


class Authenticator(Device):  # type: ignore[misc]
    """A user's app for one-time codes, a device of django_otp: its secret encrypted, each time step good once."""

    secret_encrypted = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "confirmed"], name="authenticator_once")]


class RecoveryCode(models.Model):
    """Opens the second step once, without the app; kept as a keyed hash, deleted when used."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.user}"


class UserSession(models.Model):
    """Where a session of the portal was opened and when it was last used, at most a minute old.

    `is_current` is said by a read that knows the caller's.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    is_current = False
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"

    @property
    def device(self) -> str:
        """What the browser says it is, in a few words."""
        return device(self.user_agent)


class Invitation(models.Model):
    """A seat in a merchant's team, kept for whoever holds the link that went to `email`; gone once taken."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "email"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.email} to {self.merchant} as {self.role}"


class Message(Scheduled):
    """A mail or SMS of ours.

    Where a gateway is configured it is due, and gone once sent. Elsewhere it stays, for the inbox
    named by `box`: an address, or `merchant N` for all of a merchant's people.
    """

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=4, choices=MessageKind.choices)
    box = models.CharField(max_length=254)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    sent_at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["box", "id"], name="message_by_box"),
            models.Index(fields=["wake_at"], name="message_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.to}"
