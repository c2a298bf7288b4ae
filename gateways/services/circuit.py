"""Count what gateways answer, and open and close circuits (issue F)."""

from gateways import circuits
from gateways.models import GatewayAssignment, GatewayOrder, RoutingPolicy
from gateways.services.note import Note, note
from gateways.states import Happening
from merchants.models import Merchant
from mypay.kit import clock, sql

UNKNOWN = "UNKNOWN"


def count_failure(*, merchant: Merchant, order: GatewayOrder, code: str) -> None:
    """A gateway refused, or failed the payment, with that `contract.ErrorCode`; UNKNOWN: nobody knows what it did.

    What is the payer's or the request's fault is no failure of the gateway and not counted.
    """
    if code == UNKNOWN or circuits.is_fault(code):
        sql.in_transaction(lambda: _count_failure(merchant, order, code))


def _count_failure(merchant: Merchant, order: GatewayOrder, code: str) -> None:
    # The order of locks is that of `choose`.
    RoutingPolicy.objects.select_for_update().filter(merchant=merchant).first()
    row = GatewayAssignment.objects.select_for_update().filter(merchant=merchant, account=order.account_id).first()
    if row is None:
        return
    row.failures += 1
    row.recent = (row.recent << 1 | 1) & circuits.MASK
    opens = _opens(row, order)
    if opens:
        row.open_until = clock.now(merchant) + circuits.OPEN_FOR
    row.save(update_fields=["failures", "recent", "open_until"])
    if opens:
        told = f"{row.failures} failures in a row, {row.recent.bit_count()} of the last {circuits.WINDOW} answers, at last {code}"
        until = f"closed to payments until {clock.iso(row.open_until)}"  # type: ignore[arg-type]
        note(
            merchant=merchant, subject_id=order.checkout_id,
            notes=[Note(Happening.CIRCUIT_OPENED, order.account_id, f"{told}: {until}")],
        )  # fmt: skip


def _opens(row: GatewayAssignment, order: GatewayOrder) -> bool:
    if row.open_until is not None:
        return circuits.is_of_the_present(row, order.created_at)
    return circuits.is_too_much(row.failures, row.recent)


def count_success(*, merchant: Merchant, order: GatewayOrder) -> None:
    """The gateway took the order. Costs one read while all is well; a half-open circuit closes."""
    row = GatewayAssignment.objects.filter(merchant=merchant, account=order.account_id).only("failures", "recent", "open_until").first()
    if row is None or not (row.recent or row.failures or row.open_until):
        return
    if row.open_until is None:
        rows = GatewayAssignment.objects.filter(pk=row.pk, open_until=None, recent=row.recent)
        rows.update(failures=0, recent=row.recent << 1 & circuits.MASK)
    elif circuits.is_of_the_present(row, order.created_at):
        sql.in_transaction(lambda: _close(merchant, order, row))


def _close(merchant: Merchant, order: GatewayOrder, row: GatewayAssignment) -> None:
    RoutingPolicy.objects.select_for_update().filter(merchant=merchant).first()
    same = GatewayAssignment.objects.filter(pk=row.pk, open_until=row.open_until)
    if same.update(failures=0, recent=0, open_until=None):
        note(
            merchant=merchant, subject_id=order.checkout_id,
            notes=[Note(Happening.CIRCUIT_CLOSED, order.account_id, "It took a payment again")],
        )  # fmt: skip
