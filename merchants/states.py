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


class ConfigKey(models.TextChoices):
    """What staff may set while we run (contract section 9)."""

    WEBHOOK_RETRY_ATTEMPTS = "webhook_retry_attempts", "Tries of a webhook"
    WEBHOOK_RETRY_DELAY = "webhook_retry_delay", "Milliseconds between tries of a webhook"
    CHECKOUT_EXPIRY_MINUTES = "checkout_expiry_minutes", "Minutes until a checkout expires"
    MAINTENANCE_MODE = "maintenance_mode", "Maintenance: API routes answer 503"


CONFIG_DEFAULTS: dict[ConfigKey, str] = {
    ConfigKey.WEBHOOK_RETRY_ATTEMPTS: "3",
    ConfigKey.WEBHOOK_RETRY_DELAY: "5000",
    ConfigKey.CHECKOUT_EXPIRY_MINUTES: "15",
    ConfigKey.MAINTENANCE_MODE: "false",
}
# Who of a merchant's people may do what in the portal.
MAY_REVEAL_KEYS = frozenset(Role) - {Role.VIEWER}
MAY_ROTATE_KEYS = frozenset({Role.OWNER, Role.ADMIN, Role.DEVELOPER})
MAY_CHANGE_MERCHANT = frozenset({Role.OWNER, Role.ADMIN})
