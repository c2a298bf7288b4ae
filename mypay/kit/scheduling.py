"""Due work: one mechanism for everything that happens later.

A model that has work later is `Scheduled`. The database is the truth about what is due: a worker
claims rows by moving their `wake_at` to the end of a lease, in one short transaction; killed, it
lets the lease run out and another takes them. Doing the work clears or moves `due_at` in the
transaction of its effect, guarded by the row's own state, so nothing is done twice. Celery only
says "look now"; with no broker the sweep alone does everything.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError
from django.db.models import Count, F, Min, QuerySet

from mypay.kit import clock, plain, sql
from mypay.kit.errors import StaleState
from mypay.settings import environment

log = structlog.get_logger("mypay.scheduling")
BATCH = 50
stopping = threading.Event()  # set by a worker that is told to end: it finishes the row at hand and gives the others back


@dataclass(frozen=True)
class Kind:
    """One kind of due work.

    `run(pk, at)` does the work of one row; `at` is the merchant's time to do it at, None for the
    merchant's present. It must be harmless on a row that is no longer due. `give_up(pk, error)`
    ends work that keeps failing. `task` is the Celery task that works off the kind. Work that is
    not `on_merchant_clock` belongs to real time: moving the clock does not bring it about. Work that
    `runs_frozen` is done on a standing clock too, once it is due. A kind with `work_off`
    claims for itself, all that is due. What only prepares other work is not counted when a clock
    tells how much it did.
    """

    name: str
    task: str
    model: Any  # a Scheduled model with a merchant
    run: Callable[[Any, datetime | None], None]
    give_up: Callable[[Any, Exception], None]
    max_attempts: int = 5
    on_merchant_clock: bool = True
    runs_frozen: bool = False
    is_counted: bool = True
    work_off: Callable[[], int] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; apps call this when they are ready."""
    _kinds[kind.name] = kind


def kinds() -> Iterable[Kind]:
    """All kinds of due work."""
    return _kinds.values()


def kind(name: str) -> Kind:
    """The kind of that name."""
    return _kinds[name]


def sweep(*, without: Iterable[str] = ()) -> int:
    """Do all work that is due now, of every kind but those; returns how many rows were worked on."""
    return sum(run_due(name) for name in _kinds if name not in without)


def run_due(name: str, *, limit: int = 1000) -> int:
    """Do the due work of one kind, in batches, up to `limit` rows; returns how many."""
    kind = _kinds[name]
    if kind.work_off:
        return kind.work_off()
    done = 0
    while done < limit and not stopping.is_set():
        taken_at = clock.real_now()
        claimed = claim(kind)
        for number, pk in enumerate(claimed):
            if stopping.is_set():
                hand_back(kind, claimed[number:], taken_at)
                return done + number
            run_one(kind, pk, None)
        done += len(claimed)
        if len(claimed) < BATCH:
            break
    return done


def hand_back(kind: Kind, claimed: list[Any], taken_at: datetime) -> int:
    """Let another worker take rows that we claimed at `taken_at` and did not begin; returns how many were still ours.

    Who claims a row after our lease holds it to two leases from then at least.
    """
    two_leases = taken_at + timedelta(seconds=2 * environment.LEASE_SECONDS)
    ours = kind.model._default_manager.filter(pk__in=claimed, attempts__gt=0, wake_at__gte=taken_at, wake_at__lt=two_leases)
    return int(ours.update(wake_at=clock.real_now(), attempts=F("attempts") - 1))


def run_one(kind: Kind, pk: Any, at: datetime | None) -> None:
    """Do one row's work; a failure is logged, waits for the lease to end and in time gives up.

    A database that fails while a clock moves ends the move for now: its own lease takes it up again.
    """
    try:
        kind.run(pk, at)
    except Exception as problem:
        if at is not None and isinstance(problem, OperationalError):
            raise
        log.exception("due work failed", kind=kind.name, id=str(pk))
        row = kind.model._default_manager.filter(pk=pk).values_list("attempts", flat=True).first()
        if row is not None and (row >= kind.max_attempts or at is not None):
            kind.give_up(pk, problem)


def claim(kind: Kind, *, limit: int = BATCH) -> list[Any]:
    """Take the next due rows: their `wake_at` becomes the end of our lease; returns their keys."""
    return [row[0] for row in claim_rows(kind, (kind.model._meta.pk.attname,), limit=limit)]


def claim_rows(
    kind: Kind, names: tuple[str, ...], *, limit: int, test: str = "", params: Sequence[Any] = (), choose: plain.Choice = plain.everything
) -> list[plain.Row]:
    """As `claim`; returns those columns, the key first. `test` is more of the condition, with its parameters.

    They are read, and those that `choose` wants are taken in one statement if nobody was first, which is the usual
    way; else with locks.
    """
    model, now = kind.model, clock.real_now()
    wakes = plain.key(model, "wake_at", now)
    rest = f"WHERE wake_at <= %s {test} ORDER BY wake_at LIMIT {limit}"
    found = plain.rows(model, names, rest, [wakes, *params], choose=choose)
    if not found:
        return []

    def take(rows: list[plain.Row]) -> list[sql.Statement]:
        keys = [plain.key(model, names[0], row[0]) for row in rows]
        taken = f"UPDATE {model._meta.db_table} SET wake_at = %s, attempts = attempts + 1 WHERE {plain.among(names[0], keys)}"
        lease_end = plain.key(model, "wake_at", now + timedelta(seconds=environment.LEASE_SECONDS))
        return [sql.Statement(f"{taken} AND wake_at <= %s", [lease_end, *keys, wakes], sql.stale, least=len(keys))]

    def with_locks() -> list[plain.Row]:
        rows = plain.rows(model, names, f"{rest} {sql.skipping_locked()}", [wakes, *params], choose=choose)
        sql.within(take(rows) if rows else [])
        return rows

    try:
        sql.transact(take(found))
    except StaleState:
        found = sql.in_transaction(with_locks)
    return found


def _clocked() -> list[Kind]:
    return [kind for kind in _kinds.values() if kind.on_merchant_clock]


def time_of(row: Any, at: datetime | None) -> datetime | None:
    """The merchant's time to do the row's work at, None if it is not due after all.

    A row taken too early, its clock having stood still or gone back since, is put back to wake when
    it is due. `row` comes with its merchant and a `revision`.
    """
    if at is not None:
        return at
    now = clock.now(row.merchant)
    if row.merchant.clock_frozen_ms is None and row.due_at <= now:
        return now
    unchanged = type(row)._default_manager.filter(pk=row.pk, revision=row.revision)
    unchanged.update(wake_at=clock.wake_at(row.merchant, row.due_at))
    return None


def due(rows: QuerySet[Any], pk: Any, at: datetime | None) -> tuple[Any, datetime] | None:
    """The row that is due, and the merchant's time to do its work at; None if there is nothing to do.

    `rows` come with their merchant; `at` is as in `Kind.run`.
    """
    row = rows.filter(pk=pk, due_at__isnull=False).first()
    now = time_of(row, at) if row else None
    return None if now is None else (row, now)


def waiting(kind: Kind) -> tuple[int, float]:
    """How many rows of the kind are due that nobody has taken, and for how many seconds the oldest; one query on `wake_at`."""
    now = clock.real_now()
    due = kind.model._default_manager.filter(wake_at__lte=now).order_by().aggregate(number=Count("wake_at"), oldest=Min("wake_at"))
    return due["number"], (now - due["oldest"]).total_seconds() if due["oldest"] else 0.0


def next_wake() -> datetime | None:
    """When in real time the next work of any kind may be taken."""
    wakes = (
        kind.model._default_manager.filter(wake_at__isnull=False).order_by("wake_at").values_list("wake_at", flat=True).first()
        for kind in _kinds.values()
    )
    return min((wake for wake in wakes if wake), default=None)


def next_due(merchant_id: int, until: datetime) -> tuple[datetime, Kind, Any] | None:
    """The merchant's earliest work due by `until` on its own clock."""
    earliest: tuple[datetime, Kind, Any] | None = None
    for kind in _clocked():
        rows = kind.model._default_manager.filter(merchant_id=merchant_id, due_at__lte=until)
        row = rows.order_by("due_at", "pk").values_list("due_at", "pk").first()
        if row is not None and (earliest is None or row[0] < earliest[0]):
            earliest = (row[0], kind, row[1])
    return earliest


def upcoming(merchant_id: int, *, limit: int, related: Mapping[str, tuple[str, ...]]) -> list[tuple[datetime, Kind, Any]]:
    """The merchant's next works on its own clock, in time order: their time, kind and row; one query a kind.

    `related` says by a kind's name what its rows come with.
    """
    found: list[tuple[datetime, Kind, Any]] = []
    for kind in _clocked():
        rows = kind.model._default_manager.filter(merchant_id=merchant_id, due_at__isnull=False)
        rows = rows.select_related(*related.get(kind.name, ("merchant",)))
        found += [(row.due_at, kind, row) for row in rows.order_by("due_at", "pk")[:limit]]
    return sorted(found, key=lambda work: work[0])[:limit]


def rest(merchant_id: int, *, at: datetime | None = None) -> None:
    """Keep workers off all of the merchant's work: its clock stands still.

    With `at`, the time it stands at, what is due by then and runs frozen is left to them.
    """
    for kind in _clocked():
        due = kind.model._default_manager.filter(merchant_id=merchant_id, due_at__isnull=False)
        if kind.runs_frozen and at is not None:
            due.filter(due_at__lte=at).update(wake_at=clock.real_now())
            due = due.filter(due_at__gt=at)
        due.update(wake_at=None)


def rewake(merchant_id: int, offset: timedelta) -> None:
    """Let workers at the merchant's work again, its clock now `offset` ahead of real time."""
    for kind in _clocked():
        due = kind.model._default_manager.filter(merchant_id=merchant_id, due_at__isnull=False)
        due.update(wake_at=F("due_at") - offset)
