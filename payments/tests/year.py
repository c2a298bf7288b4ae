"""A merchant's year: thousands of payments, refunds and disputes as rows that fit together, written in bulk."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ledger.models import MerchantBalance, Transfer
from ledger.states import Bucket, EntryType
from merchants.models import Merchant
from mypay.kit.ids import uuid7
from payments.models import Checkout, Dispute, Payment, Refund, SettlementItem, SettlementPlan
from payments.services.items import calendar_of, plan_of, tariff_of
from payments.states import DisputeReason, DisputeStatus, ItemKind
from sandbox.services.clock import set_to

NEW_YEAR = datetime(2025, 12, 31, 19, tzinfo=UTC)  # midnight in Karachi
_YEAR_SECONDS = 365 * 86_400
_BATCH = 500
_BUCKETS = {
    ItemKind.PAYMENT: (Bucket.EXTERNAL, Bucket.PENDING, EntryType.COLLECTION),
    ItemKind.REFUND: (Bucket.PENDING, Bucket.EXTERNAL, EntryType.REFUND),
    ItemKind.DISPUTE: (Bucket.PENDING, Bucket.DISPUTED, EntryType.DISPUTE),
    ItemKind.DISPUTE_WON: (Bucket.DISPUTED, Bucket.PENDING, EntryType.DISPUTE),
}


class Year:
    """Writes what happened; of refunds and disputes some are still to end by the clock."""

    def __init__(self, merchant: Merchant, seed: str) -> None:
        self.merchant, self.plan = merchant, plan_of(merchant, "PKR")
        self.calendar, self.tariff = calendar_of(self.plan), tariff_of(self.plan)
        self.dice = random.Random(seed)
        self.balance = MerchantBalance.objects.get_or_create(merchant=merchant, currency="PKR")[0]
        self.rows: dict[Any, list[Any]] = {model: [] for model in (Checkout, Payment, Refund, Dispute, SettlementItem, Transfer)}

    def write(self, payments: int) -> None:
        """So many payments; every twelfth is refunded in part, every fiftieth disputed."""
        for number in range(payments):
            payment, settles_at = self._payment()
            if number % 12 == 0:
                self._refund(payment, settles_at, fails=number % 24 == 0)
            if number % 50 == 0:
                self._dispute(payment, settles_at, is_won=number % 100 == 0)
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows, batch_size=_BATCH)
        self.balance.save()
        due_at = min(item.settles_at for item in self.rows[SettlementItem])
        SettlementPlan.objects.filter(pk=self.plan.pk).update(due_at=due_at)
        set_to(self.merchant.pk, NEW_YEAR, frozen=False)

    def _payment(self) -> tuple[Payment, datetime]:
        at, amount = NEW_YEAR + timedelta(seconds=self.dice.randrange(_YEAR_SECONDS)), self.dice.randint(1_00, 90_000_00)
        row = {"merchant": self.merchant, "amount": amount, "currency": "PKR", "created_at": at, "updated_at": at}
        pk = uuid7()
        checkout = Checkout(id=pk, reference=f"Y-{pk}", status="completed", status_code="SUCCESS", expires_at=at, **row)
        payment = Payment(id=uuid7(), checkout=checkout, method="card", payer="4242", status="captured", captured=amount, **row)
        self.rows[Checkout].append(checkout)
        self.rows[Payment].append(payment)
        settles_at = self.calendar.settles_at(at)
        self._item(ItemKind.PAYMENT, payment, payment.pk, amount, at, settles_at)
        return payment, settles_at

    def _refund(self, payment: Payment, settles_at: datetime, *, fails: bool) -> None:
        at, amount = self._later(payment), self.dice.randint(1, payment.amount // 2)
        refund = Refund(
            id=uuid7(),
            merchant=self.merchant,
            payment=payment,
            amount=amount,
            currency="PKR",
            status="succeeded",
            created_at=at,
            updated_at=at,
        )
        if fails:
            refund.status, refund.plan, refund.due_at = "pending", ["failed", "No such account", 0], at + timedelta(days=1)
        payment.refunded = amount
        self.rows[Refund].append(refund)
        self._item(ItemKind.REFUND, payment, refund.pk, -amount, at, self._with(settles_at, at))

    def _dispute(self, payment: Payment, settles_at: datetime, *, is_won: bool) -> None:
        at, amount = self._later(payment), self.dice.randint(1, payment.amount // 2)
        until = at + timedelta(days=7)
        row = {"merchant": self.merchant, "payment": payment, "amount": amount, "currency": "PKR", "reason": DisputeReason.GENERAL.value}
        dispute = Dispute(id=uuid7(), status=DisputeStatus.NEEDS_RESPONSE.value, respond_by=until, created_at=at, updated_at=at, **row)
        self.rows[Dispute].append(dispute)
        self._item(ItemKind.DISPUTE, payment, dispute.pk, -amount, at, self._with(settles_at, at))
        if is_won:
            dispute.status, dispute.closed_at = DisputeStatus.WON.value, until
            self._item(ItemKind.DISPUTE_WON, payment, dispute.pk, amount, until, self._with(settles_at, until))
        else:
            payment.disputed, dispute.due_at = amount, until

    def _later(self, payment: Payment) -> datetime:
        at: datetime = payment.created_at
        return at + timedelta(minutes=self.dice.randrange(20 * 24 * 60))

    def _with(self, settles_at: datetime, at: datetime) -> datetime:
        return settles_at if at < settles_at else self.calendar.next_cutoff(at)

    def _item(self, kind: ItemKind, payment: Payment, subject: UUID, amount: int, at: datetime, settles_at: datetime) -> None:
        charge = self.tariff.charge(amount if kind == ItemKind.PAYMENT else 0)
        fees = {"fee": charge.fee, "tax": charge.tax} if kind == ItemKind.PAYMENT else {}
        row = {"merchant": self.merchant, "currency": "PKR", "payment": payment, "created_at": at, **fees}
        item = SettlementItem(id=uuid7(), kind=kind.value, subject_id=subject, amount=amount, settles_at=settles_at, **row)
        self.rows[SettlementItem].append(item)
        self._transfer(kind, abs(amount), subject, at)

    def _transfer(self, kind: ItemKind, amount: int, subject: UUID, at: datetime) -> None:
        source, target, entry_type = _BUCKETS[kind]
        for bucket, change in ((source, -amount), (target, amount)):
            if bucket != Bucket.EXTERNAL:
                setattr(self.balance, bucket.value, getattr(self.balance, bucket.value) + change)
        self.balance.version += 1
        row = {"source": source.value, "target": target.value, "entry_type": entry_type.value, "description": kind.label}
        known = {"sequence": self.balance.version, "available_after": self.balance.available, "subject_id": subject, "created_at": at}
        self.rows[Transfer].append(Transfer(id=uuid7(), balance=self.balance, amount=amount, **row, **known))
