"""States and roles of merchants and their people."""

from django.db import models


class MerchantStatus(models.TextChoices):
    """The one truth about whether a merchant works; only ACTIVE does."""

    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    SUSPENDED = "suspended", "Suspended"


class Environment(models.TextChoices):
    SANDBOX = "sandbox", "Sandbox"
    LIVE = "live", "Live"


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    DEVELOPER = "developer", "Developer"
    FINANCE = "finance", "Finance"
    VIEWER = "viewer", "Viewer"


class Scope(models.TextChoices):
    """Which API a key opens."""

    PAYOUTS = "payouts", "Payout API"
    PAYMENTS = "payments", "Payment API"
