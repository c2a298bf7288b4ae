"""Checkouts, the payments that attempt them, refunds, disputes and settlement."""

from django.db import models

from merchants.models import Merchant
from mypay.kit.models import Scheduled
from payments.calendar import Country
from payments.states import (
    AUTHORIZATION_DAYS,
    BreakKind,
    CaptureMode,
    CheckoutStatus,
    DisputeReason,
    DisputeStatus,
    ItemKind,
    Method,
    PaymentStatus,
    RefundStatus,
)
from sandbox.states import Challenge


class Checkout(Scheduled):
    """A request to collect an amount, with a page to pay it on; `amount` in minor units.

    Its due work is its expiry. `success_url` is where webhooks go, `return_url` where the browser
    returns to (contract section 4). `status_code` is the contract's, empty while pending.
    `attempt_id` is the payment that attempts it: one attempt decides a checkout, unless its terms
    (`is_reusable`, `part_minimum`) leave it open to another. `paid` is what its payments brought so
    far, `part_minimum` the least part of it that may be paid (None: only the whole), in minor units.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="checkouts")
    reference = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    method = models.CharField(max_length=13, choices=Method.choices, blank=True)
    payment_type = models.CharField(max_length=12, default="onetime")
    success_url = models.CharField(max_length=2048, blank=True)
    return_url = models.CharField(max_length=2048, blank=True)
    user_data = models.JSONField(null=True, blank=True)
    description = models.CharField(max_length=500, blank=True)
    metadata = models.JSONField(null=True, blank=True)
    capture_mode = models.CharField(max_length=10, choices=CaptureMode.choices, default=CaptureMode.AUTOMATIC)
    scenario = models.JSONField(null=True, blank=True, editable=False)
    attempt_id = models.UUIDField(null=True, blank=True, editable=False)
    is_reusable = models.BooleanField(default=False, db_default=False)
    part_minimum = models.BigIntegerField(null=True, blank=True)
    paid = models.BigIntegerField(default=0, db_default=0, editable=False)
    authorization_days = models.PositiveSmallIntegerField(default=AUTHORIZATION_DAYS, db_default=AUTHORIZATION_DAYS)
    status = models.CharField(max_length=10, choices=CheckoutStatus.choices)
    status_code = models.CharField(max_length=24, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="checkout_reference_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="checkout_amount_positive"),
            models.CheckConstraint(condition=models.Q(paid__gte=0, paid__lte=models.F("amount")), name="checkout_paid_within_amount"),
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], name="checkout_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="checkout_by_status"),
            models.Index(fields=["merchant", "due_at"], name="checkout_due"),
            models.Index(fields=["wake_at"], name="checkout_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"

    @property
    def owed(self) -> int:
        """Minor units that are still to be paid."""
        return self.amount - self.paid

    @property
    def stays_open(self) -> bool:
        """Whether more than one attempt may come to it."""
        return self.is_reusable or self.part_minimum is not None


class Payment(Scheduled):
    """One attempt to pay a checkout. `payer` is a mobile number or a card's last four, never more.

    Carried by a gateway, its `method` is empty until the gateway tells it.

    `captured`, `refunded` and `disputed` (open or lost) are sums in minor units:
    0 <= refunded + disputed <= captured <= amount. Its due work are the steps of `plan`.
    `challenge` is what the payer is asked for beyond the form, `tries` how often it was answered wrong.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="payments")
    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="payments")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    method = models.CharField(max_length=13, choices=Method.choices, blank=True)
    payer = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=16, choices=PaymentStatus.choices)
    status_code = models.CharField(max_length=24, blank=True)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)
    challenge = models.CharField(max_length=10, choices=Challenge.choices, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    plan = models.JSONField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    refunded__gte=0,
                    disputed__gte=0,
                    captured__gte=models.F("refunded") + models.F("disputed"),
                    captured__lte=models.F("amount"),
                ),
                name="payment_sums",
            )
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], name="payment_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="payment_by_status"),
            # Holds all that lists filter by and charts sum, so that neither reads rows.
            models.Index(fields=["merchant", "created_at", "currency", "method", "status", "captured"], name="payment_by_day"),
            models.Index(fields=["merchant", "payer"], name="payment_by_payer"),
            models.Index(fields=["merchant", "due_at"], name="payment_due"),
            models.Index(fields=["wake_at"], name="payment_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.status}"

    @property
    def refundable(self) -> int:
        """Minor units that can still be given back or disputed."""
        return self.captured - self.refunded - self.disputed if self.status == PaymentStatus.CAPTURED else 0


class Refund(Scheduled):
    """Money back to the payer, in minor units. Its amount leaves at once; a failure brings it back."""

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="refunds")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    reason = models.CharField(max_length=255, blank=True)
    metadata = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=RefundStatus.choices)
    failure_reason = models.CharField(max_length=200, blank=True)
    plan = models.JSONField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_amount_positive")]
        indexes = [
            models.Index(fields=["merchant", "id"], name="refund_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="refund_by_status"),
            models.Index(fields=["merchant", "due_at"], name="refund_due"),
            models.Index(fields=["wake_at"], name="refund_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.status}"


class Dispute(Scheduled):
    """A chargeback: the payer's bank asks for `amount` minor units, which are withheld until it is decided.

    Its due work is the end of the time to answer (`respond_by`), then the bank's decision.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="disputes")
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="disputes")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    reason = models.CharField(max_length=24, choices=DisputeReason.choices)
    status = models.CharField(max_length=14, choices=DisputeStatus.choices)
    evidence = models.JSONField(null=True, blank=True)
    respond_by = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="dispute_amount_positive")]
        indexes = [
            models.Index(fields=["merchant", "id"], name="dispute_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="dispute_by_status"),
            models.Index(fields=["merchant", "due_at"], name="dispute_due"),
            models.Index(fields=["wake_at"], name="dispute_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.status}"


class SettlementPlan(Scheduled):
    """When and at what price a merchant's money of one currency becomes available.

    Its due work is the next batch. Amounts in minor units, rates in parts per million; a batch of
    less than `minimum` waits for the next cut-off.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="settlement_plans")
    currency = models.CharField(max_length=5)
    country = models.CharField(max_length=2, choices=Country.choices, blank=True)
    delay_days = models.PositiveSmallIntegerField(default=1)
    cutoff = models.TimeField()
    fee_fixed = models.PositiveBigIntegerField(default=0)
    fee_ppm = models.PositiveIntegerField(default=0)
    fee_minimum = models.PositiveBigIntegerField(default=0)
    tax_ppm = models.PositiveIntegerField(default=0)
    minimum = models.PositiveBigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "currency"], name="settlement_plan_once")]
        indexes = [
            models.Index(fields=["merchant", "due_at"], name="settlement_plan_due"),
            models.Index(fields=["wake_at"], name="settlement_plan_wake"),
        ]

    def __str__(self) -> str:
        return f"T+{self.delay_days} {self.currency}"


class Settlement(models.Model):
    """A batch that became available: all sums in minor units, `net` = gross - refunds - … - fee - tax.

    `gross` is what payments brought; `deducted` what refunds, disputes and reversals took, less what
    came back of it; `funded` what was taken from the balance for them.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="settlements")
    currency = models.CharField(max_length=5)
    item_count = models.PositiveIntegerField()
    gross = models.BigIntegerField()
    deducted = models.BigIntegerField()
    funded = models.BigIntegerField()
    fee = models.BigIntegerField()
    tax = models.BigIntegerField()
    net = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant", "id"], name="settlement_by_merchant")]

    def __str__(self) -> str:
        return f"{self.net} {self.currency}"

    @property
    def charged(self) -> int:
        """Fee and tax, in minor units."""
        return self.fee + self.tax


class SettlementItem(models.Model):
    """One move of the pending bucket, and so one line of one statement; `amount` is signed minor units.

    Written with its transfer: what is pending is the sum of the items without a settlement.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="settlement_items")
    currency = models.CharField(max_length=5)
    kind = models.CharField(max_length=14, choices=ItemKind.choices)
    subject_id = models.UUIDField()
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="settlement_items")
    amount = models.BigIntegerField()
    fee = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    settles_at = models.DateTimeField()
    settlement = models.ForeignKey(Settlement, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_id", "kind"], name="settlement_item_once")]
        indexes = [
            models.Index(fields=["merchant", "currency", "settlement", "settles_at"], name="settlement_item_due"),
            models.Index(fields=["settlement", "id"], name="settlement_item_lines"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class StatementBreak(models.Model):
    """A mistake planted in a statement, for a reconciliation to find; the ledger knows nothing of it.

    `amount` is what the line then says: of the amount or of the fee, by kind.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="statement_breaks")
    item = models.OneToOneField(SettlementItem, on_delete=models.CASCADE, related_name="planted")
    kind = models.CharField(max_length=12, choices=BreakKind.choices)
    amount = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.kind
