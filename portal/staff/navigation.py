"""The admin portal's menu: everything in it is in a role's reach or not shown."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from mypay.kit.admin import LOOK, can

_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    ("", (("Dashboard", "dashboard", "index", LOOK),)),
    (
        "Merchants",
        (
            ("Merchants", "storefront", "merchants_merchant_changelist", LOOK),
            ("Members", "groups", "merchants_member_changelist", LOOK),
            ("API keys", "key", "merchants_apikey_changelist", LOOK),
        ),
    ),
    (
        "Money",
        (
            ("Checkouts", "shopping_cart", "payments_checkout_changelist", LOOK),
            ("Payments", "payments", "payments_payment_changelist", LOOK),
            ("Refunds", "undo", "payments_refund_changelist", LOOK),
            ("Disputes", "gavel", "payments_dispute_changelist", LOOK),
            ("Payouts", "send_money", "payouts_payout_changelist", LOOK),
            ("Approvals", "how_to_reg", "payouts_payoutapproval_changelist", LOOK),
            ("Payout batches", "list_alt", "payouts_payoutbatch_changelist", LOOK),
            ("Beneficiaries", "contacts", "payouts_beneficiary_changelist", LOOK),
            ("Settlements", "account_balance", "payments_settlement_changelist", LOOK),
            ("Balances", "account_balance_wallet", "ledger_merchantbalance_changelist", LOOK),
            ("Transfers", "swap_horiz", "ledger_transfer_changelist", LOOK),
        ),
    ),
    (
        "Gateways",
        (
            ("Accounts", "account_tree", "gateways_gatewayaccount_changelist", LOOK),
            ("Assignments", "link", "gateways_gatewayassignment_changelist", LOOK),
            ("Routing", "alt_route", "gateways_routingpolicy_changelist", LOOK),
            ("Rotation", "donut_small", "gateways_rotation", LOOK),
            ("Orders", "receipt_long", "gateways_gatewayorder_changelist", LOOK),
            ("Callbacks", "move_to_inbox", "gateways_inboundevent_changelist", LOOK),
            ("Usage", "data_usage", "gateways_gatewayusage_changelist", LOOK),
        ),
    ),
    (
        "Webhooks",
        (
            ("Endpoints", "webhook", "webhooks_endpoint_changelist", LOOK),
            ("Events", "bolt", "webhooks_event_changelist", LOOK),
            ("Deliveries", "outbox", "webhooks_delivery_changelist", LOOK),
        ),
    ),
    (
        "Sandbox",
        (
            ("Scenarios", "rule", "sandbox_rule_changelist", LOOK),
            ("Faults", "error", "sandbox_fault_changelist", LOOK),
            ("Snapshots", "photo_camera", "sandbox_snapshot_changelist", LOOK),
            ("Child sandboxes", "child_care", "sandbox_child_changelist", LOOK),
        ),
    ),
    (
        "System",
        (
            ("Settings", "settings", "merchants_systemconfig_changelist", LOOK),
            ("Feature flags", "flag", "merchants_flag_changelist", LOOK),
            ("Directory", "menu_book", "payouts_directoryentry_changelist", LOOK),
            ("Users", "person", "merchants_user_changelist", LOOK),
            ("Messages", "mail", "merchants_message_changelist", "users"),
            ("Audit trail", "history", "audit_auditentry_changelist", LOOK),
            ("API requests", "http", "audit_apirequest_changelist", LOOK),
            ("Wrong passwords", "lock", "merchants_loginattempt_changelist", LOOK),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's description of the menu for who asks."""
    return [
        {
            "title": title,
            "separator": bool(title),
            "items": [
                {"title": label, "icon": icon, "link": reverse(f"admin:{name}"), "permission": lambda request, act=act: can(request, act)}
                for label, icon, name, act in rooms
            ],
        }
        for title, rooms in _GROUPS
    ]
