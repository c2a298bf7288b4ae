"""Accounts at gateways, who may use which, how much went through, and what gateways were asked and told us."""

from django.db import models

from gateways.states import Happening, InboundStatus, Mode, OrderStatus
from merchants.models import Merchant
from mypay.kit.models import Scheduled


class GatewayAccount(models.Model):
    """One account at a gateway, of the operator's (contract lightspeedpay section 3).

    `base_url` empty means the gateway's own. `token` is the secret part of the callback address of
    this account alone. Limits in minor units of what it carries a month, null for none.
    """

    name = models.CharField(max_length=80, unique=True)
    gateway = models.CharField(max_length=30)
    base_url = models.CharField(max_length=2048, blank=True)
    credentials_encrypted = models.TextField(editable=False)
    webhook_secret_encrypted = models.TextField(blank=True, editable=False)
    token = models.CharField(max_length=40, unique=True, editable=False)
    priority = models.IntegerField(default=100)
    monthly_limit = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    check_error = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def callback_path(self) -> str:
        """Where the gateway calls this account back, below our address."""
        return f"/webhooks/{self.gateway}/{self.token}"


class RoutingPolicy(models.Model):
    """How a merchant's payments are spread over its accounts; its row is the lock under which one is chosen.

    `position` is the last one's place in turn, `position_day` the day of it; with `resets_daily` each day begins at the first.
    """

    kept_on_reset = True

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="routing")
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.ROUND_ROBIN)
    position = models.PositiveIntegerField(default=0)
    resets_daily = models.BooleanField(default=False)
    position_day = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "routing policies"

    def __str__(self) -> str:
        return f"Routing of merchant {self.merchant_id}"


class GatewayAssignment(models.Model):
    """A merchant may use an account: its place in turn, its weight, its limit a day in minor units, null for none.

    The circuit is the merchant's, on its own clock: `failures` in a row, `recent` the last answers as bits (1 failed),
    `open_until` when it may be tried again.
    `current_weight` belongs to the weighted mode.
    """

    kept_on_reset = True

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="gateway_assignments")
    account = models.ForeignKey(GatewayAccount, on_delete=models.CASCADE, related_name="assignments")
    rotation_order = models.PositiveIntegerField()
    weight = models.PositiveIntegerField(default=100)
    daily_limit = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    current_weight = models.IntegerField(default=0, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    recent = models.PositiveIntegerField(default=0, editable=False)
    open_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "account"], name="assignment_once"),
            models.UniqueConstraint(fields=["merchant", "rotation_order"], name="assignment_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} for {self.merchant_id}"


class GatewayUsage(models.Model):
    """What one merchant sent through one account on one day of its clock (Asia/Kolkata), in minor units.

    `reserved` is begun and not decided, `paid` was collected; `forgiven` of it no longer counts to the day's limit.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="gateway_usage")
    account = models.ForeignKey(GatewayAccount, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    reserved = models.BigIntegerField(default=0)
    paid = models.BigIntegerField(default=0)
    forgiven = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "gateway usage"
        constraints = [models.UniqueConstraint(fields=["merchant", "account", "day"], name="gateway_usage_once")]
        indexes = [models.Index(fields=["account", "day"], name="gateway_usage_by_account")]


class GatewayOrder(Scheduled):
    """One payment's order at one gateway; its due work is to ask the gateway what became of it.

    `payment_id` is the engine's payment, `order_id` and `paid_by` the gateway's ids of order and payment, `page` where it said the
    payer pays, empty where the connector knows.
    `latency_ms` is how long opening it took; `day` whose usage it counts to. `fee` (with `tax` in it) is what the
    gateway says it keeps, minor units.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="gateway_orders")
    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="orders")
    checkout_id = models.UUIDField()
    payment_id = models.UUIDField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    order_id = models.CharField(max_length=64, blank=True)
    page = models.CharField(max_length=500, blank=True, default="", db_default="")
    paid_by = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=OrderStatus.choices)
    is_paid = models.BooleanField(null=True)
    fee = models.BigIntegerField(null=True, blank=True)
    tax = models.BigIntegerField(null=True, blank=True)
    day = models.DateField()
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    looks = models.PositiveIntegerField(default=0, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "id"], name="gateway_order_by_merchant"),
            models.Index(fields=["payment_id"], name="gateway_order_by_payment"),
            models.Index(fields=["checkout_id"], name="gateway_order_by_checkout"),
            models.Index(fields=["account", "order_id"], name="gateway_order_by_order"),
            models.Index(fields=["account", "merchant", "id"], name="gateway_order_by_account"),
            models.Index(fields=["merchant", "due_at"], name="gateway_order_due"),
            models.Index(fields=["wake_at"], name="gateway_order_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.status}"


class GatewayRefund(models.Model):
    """A refund that a gateway makes: `id` is the engine's refund, `refund_id` the gateway's."""

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="gateway_refunds")
    order = models.ForeignKey(GatewayOrder, on_delete=models.CASCADE, related_name="refunds")
    refund_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "refund_id"], name="gateway_refund_once")]

    def __str__(self) -> str:
        return self.refund_id


class RoutingNote(models.Model):
    """One thing that happened to a checkout on its way through the gateways, on the merchant's clock."""

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="routing_notes")
    subject_id = models.UUIDField()
    happening = models.CharField(max_length=16, choices=Happening.choices)
    account = models.ForeignKey(GatewayAccount, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "id"], name="routing_note_by_subject"),
            models.Index(fields=["merchant", "id"], name="routing_note_by_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.happening} {self.text}"


class InboundEvent(Scheduled):
    """A callback as it came, kept before anything is done; its due work is to be applied.

    `key` is the gateway's own key of the event, unique with the account; a rejected one has a key of
    ours. The merchant is known once its order is.
    """

    id = models.UUIDField(primary_key=True)
    gateway = models.CharField(max_length=30)
    account = models.ForeignKey(GatewayAccount, null=True, blank=True, on_delete=models.CASCADE, related_name="inbound")
    merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.CASCADE, related_name="inbound_events")
    key = models.CharField(max_length=64)
    kind = models.CharField(max_length=60, blank=True)
    order_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=InboundStatus.choices)
    error = models.CharField(max_length=200, blank=True)
    headers = models.TextField()
    body = models.BinaryField()
    revision = models.PositiveIntegerField(default=0, editable=False)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "account", "key"], name="inbound_event_once")]
        indexes = [
            models.Index(fields=["status", "id"], name="inbound_by_status"),
            models.Index(fields=["account", "order_id"], name="inbound_by_order"),
            models.Index(fields=["wake_at"], name="inbound_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.status}"
