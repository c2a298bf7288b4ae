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
    RAZORPAY = "razorpay", "Razorpay API"
    PAYSTACK = "paystack", "Paystack API"


class Notice(models.TextChoices):
    """What a merchant is told by mail, each if it wants (contract section 10, Settings); the value names the mail."""

    ENDPOINT_DISABLED = "endpoint_disabled", "A webhook endpoint was switched off"
    TEAM_CHANGED = "team_changed", "Somebody joined or left the team"
    DISPUTE_OPENED = "dispute_opened", "A payer's bank opened a dispute"
    SETTLEMENT_MADE = "settlement_made", "Money was settled"


class MessageKind(models.TextChoices):
    MAIL = "mail", "Mail"
    SMS = "sms", "SMS"


class ConfigKey(models.TextChoices):
    """What staff may set while we run (contract section 9)."""

    WEBHOOK_RETRY_ATTEMPTS = "webhook_retry_attempts", "Tries of a webhook"
    WEBHOOK_RETRY_DELAY = "webhook_retry_delay", "Milliseconds between tries of a webhook"
    CHECKOUT_EXPIRY_MINUTES = "checkout_expiry_minutes", "Minutes until a checkout expires"
    MAINTENANCE_MODE = "maintenance_mode", "Maintenance: API routes answer 503"
    APPROVAL_LIMITS = "approval_limits", "Payouts above these amounts need a second approver"


CONFIG_DEFAULTS: dict[ConfigKey, str] = {
    ConfigKey.WEBHOOK_RETRY_ATTEMPTS: "3",
    ConfigKey.WEBHOOK_RETRY_DELAY: "5000",
    ConfigKey.CHECKOUT_EXPIRY_MINUTES: "15",
    ConfigKey.MAINTENANCE_MODE: "false",
    ConfigKey.APPROVAL_LIMITS: "off",
}


class FlagKey(models.TextChoices):
    """What staff may switch for everybody or for some merchants; each is asked where the thing is done."""

    SELF_REGISTRATION = "self_registration", "Merchants may register themselves"
    CHILD_SANDBOXES = "child_sandboxes", "Merchants may make child sandboxes"
    BULK_PAYOUTS = "bulk_payouts", "Merchants may pay out in bulk"


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


class StaffRole(models.TextChoices):
    """What a member of staff is there for; a superuser is an administrator."""

    VIEWER = "viewer", "Viewer"
    SUPPORT = "support", "Support"
    OPERATIONS = "operations", "Operations"
    ADMINISTRATOR = "administrator", "Administrator"


class StaffAct(models.TextChoices):
    """What staff do in the admin portal and its API; the label is the docs' table of roles."""

    LOOK = "look", "See everything but secrets"
    RESEND = "resend", "Send webhooks again"
    HELP_PEOPLE = "help_people", "Unlock logins, end sessions, reset a second factor"
    DECIDE = "decide", "Approve, reject, hold and release payouts; be the second approver"
    SCENARIOS = "scenarios", "Add and take away scenarios, faults and tricks"
    CHECK = "check", "Check the ledger and the audit chain"
    GATEWAYS = "gateways", "Add and change gateway accounts, who uses them and how"
    MERCHANTS = "merchants", "Create and change merchants, their sign-in, status and balance"
    SETTINGS = "settings", "Change system settings, feature flags and the directory"
    USERS = "users", "Make staff, give roles, switch logins off"


_A, _OP, _SU = StaffRole.ADMINISTRATOR, StaffRole.OPERATIONS, StaffRole.SUPPORT
STAFF_ROLES: dict[StaffAct, frozenset[StaffRole]] = {
    StaffAct.LOOK: frozenset(StaffRole),
    StaffAct.RESEND: frozenset({_SU, _OP, _A}),
    StaffAct.HELP_PEOPLE: frozenset({_SU, _A}),
    StaffAct.DECIDE: frozenset({_OP, _A}),
    StaffAct.SCENARIOS: frozenset({_OP, _A}),
    StaffAct.CHECK: frozenset({_OP, _A}),
    StaffAct.GATEWAYS: frozenset({_OP, _A}),
    StaffAct.MERCHANTS: frozenset({_A}),
    StaffAct.SETTINGS: frozenset({_A}),
    StaffAct.USERS: frozenset({_A}),
}


def staff_may(role: str, act: str) -> bool:
    """Whether staff in that role may do that; no role may nothing."""
    return role in STAFF_ROLES[StaffAct(act)]
