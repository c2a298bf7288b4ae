"""A merchant with a great many rows of every kind, made from one row each by the database itself."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from mypay.kit import clock
from mypay.kit.ids import uuid7

# The id of row `seq`, as uuid7 makes them: one a second, ending with the kind's number.
_ID = "CONCAT(INSERT(LPAD(HEX({start} + seq * 1000), 12, '0'), 9, 0, '-'), '-7000-8000-{kind:012d}')"
SUBJECTS = {"payout": 1, "checkout": 2, "payment": 3, "refund": 4, "dispute": 5, "transfer": 6, "event": 7, "delivery": 8, "request": 9}


class Crowd:
    """Rows of one merchant, `count` of each kind, the newest of them from about now."""

    def __init__(self, merchant_id: int, count: int) -> None:
        self.merchant_id, self.count = merchant_id, count
        self.since: datetime = clock.real_now() - timedelta(seconds=count)

    def fill(self) -> None:
        """Payments with their checkouts, refunds and disputes; payouts; transfers; events and deliveries; requests."""
        from audit.models import ApiRequest
        from ledger.models import MerchantBalance, Transfer
        from payments.models import Checkout, Dispute, Payment, Refund
        from payouts.models import Payout
        from webhooks.models import Delivery, Endpoint, Event

        own = {"merchant_id": self.merchant_id, "currency": "PKR", "amount": 1000}
        times = {"created_at": self._time(), "updated_at": self._time()}
        balance = MerchantBalance.objects.get(merchant=self.merchant_id, currency="PKR")
        endpoint = Endpoint.objects.create(
            id=uuid7(),
            merchant_id=self.merchant_id,
            url="http://127.0.0.1:9/hook",
            secret_encrypted="",
            created_at=self.since,
            updated_at=self.since,
        )
        status = "ELT(1 + seq %% 4, 'SUCCESS', 'SUCCESS', 'FAILED', 'PROCESSING')"
        self._rows(Payout, "payout", {**own, **times, "merchant_reference": Sql("CONCAT('INVOICE-', seq)"), "status": Sql(status),
            "destination_type": "BANK", "bank_code": "HBL", "account_number": "12345670001", "account_title": "A Khan"})  # fmt: skip
        self._rows(Checkout, "checkout", {**own, **times, "reference": Sql("CONCAT('ORDER-', seq)"), "method": "jazzcash",
            "status": "completed", "status_code": "SUCCESS", "expires_at": self.since})  # fmt: skip
        self._rows(Payment, "payment", {**own, **times, "checkout_id": self._id("checkout"), "method": "jazzcash", "payer": "03030000000",
            "status": Sql("ELT(1 + seq %% 5, 'captured', 'captured', 'captured', 'captured', 'failed')"),
            "captured": Sql("IF(seq %% 5 = 4, 0, 1000)")})  # fmt: skip
        self._rows(Refund, "refund", {**own, **times, "payment_id": self._id("payment"), "status": "succeeded", "reason": "broken"})
        self._rows(Dispute, "dispute", {**own, **times, "payment_id": self._id("payment"), "status": "lost", "reason": "fraudulent",
            "respond_by": self.since})  # fmt: skip
        self._rows(Transfer, "transfer", {"balance_id": balance.pk, "sequence": Sql("seq"), "source": "outside", "amount": 1000,
            "target": "available",
            "available_after": 1000, "entry_type": "credit", "description": "Top up", "created_at": self._time()})  # fmt: skip
        self._rows(Event, "event", {"merchant_id": self.merchant_id, "type": "payment.completed", "subject_id": self._id("payment"),
            "data": "{}", "created_at": self._time()})  # fmt: skip
        self._rows(Delivery, "delivery", {"merchant_id": self.merchant_id, "event_id": self._id("event"), "endpoint_id": endpoint.pk,
            "target": str(endpoint.pk), "url": endpoint.url, "dialect": "mypay", **times,
            "status": Sql("ELT(1 + seq %% 4, 'delivered', 'delivered', 'delivered', 'failed')")})  # fmt: skip
        self._rows(ApiRequest, "request", {"merchant_id": self.merchant_id, "request_id": Sql("CONCAT('r', seq)"), "at": self._time(),
            "method": "POST", "path": "/api/v1/payouts", "status": Sql("IF(seq %% 50, 201, 400)"), "duration_ms": 5,
            "request_headers": "{}", "request_body": "{}", "response_headers": "{}", "response_body": "{}"})  # fmt: skip
        MerchantBalance.objects.filter(pk=balance.pk).update(version=self.count)
        with connection.cursor() as cursor:
            for model in (Payout, Checkout, Payment, Refund, Dispute, Transfer, Event, Delivery, ApiRequest):
                cursor.execute(f"ANALYZE TABLE {model._meta.db_table}")
                cursor.fetchall()

    def _id(self, kind: str) -> "Sql":
        return Sql(_ID.format(start=clock.to_ms(self.since), kind=SUBJECTS[kind]))

    def _time(self) -> "Sql":
        return Sql(f"'{self.since:%Y-%m-%d %H:%M:%S}' + INTERVAL seq SECOND")

    def _rows(self, model: type[Model], kind: str, given: dict[str, Any]) -> None:
        values = {"id": self._id(kind), **given}
        fields = model._meta.local_concrete_fields
        columns, chosen, params = [], [], []
        for field in fields:
            value = values[field.attname] if field.attname in values else field.get_default()
            columns.append(f"`{field.column}`")
            chosen.append(value if isinstance(value, Sql) else "%s")
            if not isinstance(value, Sql):
                params.append(field.get_db_prep_save(value, connection))
        statement = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM seq_1_to_{self.count}"
        with connection.cursor() as cursor:
            cursor.execute(statement, params)


class Sql(str):
    """An expression over `seq`, not a value."""
