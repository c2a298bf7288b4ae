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


class Act(models.TextChoices):
    """What a merchant's people do in the portal; the label is the docs' table of roles."""

    LOOK = "look", "See everything but secrets"
    REVEAL_KEYS = "reveal_keys", "See API keys in clear"
    MANAGE_KEYS = "manage_keys", "Issue, rotate and revoke API keys"
    MANAGE_WEBHOOKS = "manage_webhooks", "Change endpoints, send again, replay, fire events"
    RUN_SANDBOX = "run_sandbox", "Scenarios, faults, clock, top-up, snapshots, child sandboxes"
    MOVE_MONEY = "move_money", "Pay out, capture, void, refund, answer disputes"
    MANAGE_TEAM = "manage_team", "Invite people, change their roles, let them go"
    CHANGE_MERCHANT = "change_merchant", "Change the company's profile"


_OWNERS = frozenset({Role.OWNER, Role.ADMIN})
ROLES: dict[Act, frozenset[Role]] = {
    Act.LOOK: frozenset(Role),
    Act.REVEAL_KEYS: frozenset(Role) - {Role.VIEWER},
    Act.MANAGE_KEYS: _OWNERS | {Role.DEVELOPER},
    Act.MANAGE_WEBHOOKS: _OWNERS | {Role.DEVELOPER},
    Act.RUN_SANDBOX: _OWNERS | {Role.DEVELOPER},
    Act.MOVE_MONEY: _OWNERS | {Role.FINANCE},
    Act.MANAGE_TEAM: _OWNERS,
    Act.CHANGE_MERCHANT: _OWNERS,
}


def may(role: str, act: Act) -> bool:
    """Whether that role may do that."""
    return role in ROLES[act]
