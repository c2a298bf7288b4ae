"""Prove that the balances are the sum of their transfers."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Max, Min, QuerySet, Sum, When, Window

from ledger.models import MerchantBalance, Transfer
from ledger.states import HELD, Bucket, EntryType

_BATCH = 500
Check = Callable[[int | None], Iterator[str]]
_further: list[Check] = []


def register(check: Check) -> None:
    """Have an upper app's books checked along with the balances; apps call this when they are ready."""
    _further.append(check)


def findings(merchant_id: int | None = None) -> Iterator[str]:
    """What does not add up, in plain words; nothing when the ledger is whole.

    Per balance: each bucket equals what came in less what went out; sequence numbers run from 1
    to `version` without a gap; CREDIT less DEBIT is what is available, whatever SETTLEMENT and
    COLLECTION lines move elsewhere; the world outside mirrors it.
    """
    balances = MerchantBalance.objects.order_by("pk")
    if merchant_id is not None:
        balances = balances.filter(merchant_id=merchant_id)
    after = 0
    while batch := list(balances.filter(pk__gt=after)[:_BATCH]):
        after = batch[-1].pk
        yield from _check(batch)
    for further in _further:
        yield from further(merchant_id)


def _check(batch: list[MerchantBalance]) -> Iterator[str]:
    ids = [balance.pk for balance in batch]
    moved: dict[tuple[int, str], int] = {}
    lines: dict[tuple[int, str], int] = {}
    rows = Transfer.objects.filter(balance__in=ids)
    for balance_id, source, target, amount in rows.values_list("balance_id", "source", "target").order_by().annotate(sum=Sum("amount")):
        moved[balance_id, source] = moved.get((balance_id, source), 0) - amount
        moved[balance_id, target] = moved.get((balance_id, target), 0) + amount
    for balance_id, entry_type, amount in rows.values_list("balance_id", "entry_type").order_by().annotate(sum=Sum("amount")):
        lines[balance_id, entry_type] = amount
    numbers = {
        row["balance_id"]: (row["n"], row["low"], row["high"])
        for row in rows.values("balance_id").order_by().annotate(n=Count("pk"), low=Min("sequence"), high=Max("sequence"))
    }
    for transfer in _misremembered(rows):
        yield (
            f"balance {transfer['balance_id']} transfer {transfer['sequence']}: it says {transfer['available_after']} "
            f"was available after it, its transfers {transfer['running']}"
        )
    for balance in batch:
        yield from _check_one(balance, moved, lines, numbers.get(balance.pk, (0, 1, 0)))


def _misremembered(rows: QuerySet[Transfer]) -> Iterator[Any]:
    """Transfers whose `available_after` is not the running sum of the bucket."""
    signed = Case(
        When(target=Bucket.AVAILABLE, then=F("amount")),
        When(source=Bucket.AVAILABLE, then=-F("amount")),
        default=0,
        output_field=BigIntegerField(),
    )
    running = Window(Sum(signed), partition_by="balance_id", order_by="sequence")
    wrong = rows.annotate(running=running).exclude(running=F("available_after"))
    yield from wrong.order_by("balance_id", "sequence").values("balance_id", "sequence", "available_after", "running")


def _check_one(
    balance: MerchantBalance,
    moved: dict[tuple[int, str], int],
    lines: dict[tuple[int, str], int],
    numbers: tuple[int, int, int],
) -> Iterator[str]:
    name = f"merchant {balance.merchant_id} {balance.currency}"
    for bucket in HELD:
        stored, summed = getattr(balance, bucket.value), moved.get((balance.pk, bucket.value), 0)
        if stored != summed:
            yield f"{name} {bucket.value}: the row says {stored}, its transfers {summed}"
    count, low, high = numbers
    if not count == high == balance.version or (count and low != 1):
        yield f"{name}: version {balance.version}, but {count} transfers numbered {low} to {high}"
    net = lines.get((balance.pk, EntryType.CREDIT), 0) - lines.get((balance.pk, EntryType.DEBIT), 0)
    if net != balance.available:
        yield f"{name}: credits less debits are {net}, available is {balance.available}"
    total = sum(moved.get((balance.pk, bucket.value), 0) for bucket in Bucket)
    if total:
        yield f"{name}: all buckets together are {total}, not zero"
