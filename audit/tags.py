"""What can be audited: `resource.action`, one list for all apps (contract section 11)."""

from django.db import models


class Tag(models.TextChoices):
    PAYOUT_CREATED = "payout.created"
    PAYOUT_MOVED = "payout.moved"
    PAYOUT_REINITIATED = "payout.reinitiated"
    PAYOUT_RESOLVED = "payout.resolved"
    BALANCE_TOPPED_UP = "balance.topped_up"
    MERCHANT_CREATED = "merchant.created"
    MERCHANT_CHANGED = "merchant.changed"
    KEY_ISSUED = "api_key.issued"
    KEY_REVEALED = "api_key.revealed"
    KEY_REVOKED = "api_key.revoked"
    USER_CREATED = "user.created"
    USER_LOGGED_IN = "user.logged_in"
    USER_LOGIN_FAILED = "user.login_failed"
    RULE_CREATED = "sandbox_rule.created"
    RULE_DELETED = "sandbox_rule.deleted"
    CLOCK_CHANGED = "clock.changed"
    ADMIN_CHANGED = "admin.changed"
