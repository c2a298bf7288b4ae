"""Count what was given back or disputed of a payment, never above what was captured."""

from collections.abc import Callable

from mypay.kit import sql
from payments.models import Payment
from payments.states import PaymentStatus


def add(column: str, payment: Payment, amount: int, *, refuse: Callable[[], Exception]) -> sql.Statement:
    """`refunded` or `disputed` grows by the amount if the captured payment has that much left, else `refuse`.

    A negative amount takes back what was counted before, whatever the payment's status by then.
    """
    quote = sql.database().ops.quote_name
    table = quote(Payment._meta.db_table)
    change = f"UPDATE {table} SET {column} = {column} + %s, revision = revision + 1 WHERE id = %s"
    key = Payment._meta.get_field("id").get_db_prep_save(payment.pk, sql.database())
    if amount < 0:
        return sql.Statement(change, [amount, key], refuse=refuse)
    enough = " AND status = %s AND captured - refunded - disputed >= %s"
    return sql.Statement(change + enough, [amount, key, PaymentStatus.CAPTURED.value, amount], refuse=refuse)


def refresh(payment: Payment) -> None:
    """Read the sums as they are, in the transaction that counted: what an event then tells of the payment."""
    payment.refresh_from_db(fields=["status", "status_code", "captured", "refunded", "disputed"])
