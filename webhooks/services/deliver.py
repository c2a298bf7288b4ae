"""Deliver what is due: many at once, none held up by another's slow receiver.

The relay claims deliveries by lease as soon as half of its slots are free, hands them to the sender
and writes results as they come, in small batches. One URL gets at most an eighth of the slots: a receiver that hangs holds those and
no more. Killed, its leases run out and another relay goes on; a receiver may then hear twice.
"""

import math
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Q, QuerySet

from merchants.states import MerchantStatus
from mypay.kit import clock, counters, outbound, sql
from mypay.kit.sender import Result, Sender
from mypay.settings import environment
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.services import schedule
from webhooks.services.attempt import Bodies, Try, endpoint_change, outcome, prepare, record_of
from webhooks.services.breaker import Breaker
from webhooks.services.dispatch import dispatch_some
from webhooks.services.owed import Owed, claim, load
from webhooks.services.tell import tell_disabled
from webhooks.states import DeliveryStatus, Trick

log = structlog.get_logger("mypay.webhooks")
Columns = dict[str, Any]
SLOTS = 256
SLOTS_A_URL = SLOTS // 8  # two that hang hold a quarter of all
_WRITE_SECONDS = 0.02
_LOOK_SECONDS = 0.02  # between two looks for new events, or for older deliveries, while there is something to do
_MOST_LIKELY = 5  # merchants
_MOMENT, _TURN = timedelta(milliseconds=1), timedelta(seconds=1)
_LONGEST_TURN = timedelta(minutes=1)
_RESULTS = {"delivered": "delivered", "pending": "retried", "failed": "failed"}  # as they are counted


class Relay:
    """Turns events into deliveries and delivers them until nothing is due; one a thread."""

    def __init__(self) -> None:
        self._sender = Sender(outbound.allowed_networks())
        self._under_way: dict[Any, Try] = {}
        self._urls: Counter[str] = Counter()
        self._breaker = Breaker()
        self._paced: dict[Any, float] = {}
        self._busy: list[str] = []
        self._busy_since = 0.0
        self._likely: list[int] = []  # merchants whose events came last: the next are often theirs

    def close(self) -> None:
        """Stop the sender; what is under way is left to its lease."""
        self._sender.close()

    def run(self, *, seconds: float = 3600, is_stopping: Any = lambda: False) -> int:
        """Work until nothing is due or under way, or the time is over; returns how many tries were made."""
        begun, made, looked = time.monotonic(), 0, 0.0
        end, took = begun + seconds, begun
        while True:
            now, taken = time.monotonic(), 0
            may_claim, is_idle = now < end and not is_stopping(), not self._under_way
            if may_claim and (now - looked > _LOOK_SECONDS or not self._under_way):
                taken, looked = self._dispatch(() if looked else self._likely), now
            if may_claim and len(self._under_way) <= SLOTS // 2 and (not taken or now - took > _LOOK_SECONDS):
                taken, took = taken + self._take(), now
            made += self._settle()
            if not self._under_way and not taken and (is_idle or not may_claim):
                return made

    def make(self, tried: Try) -> None:
        """One try by itself, to its end: what an advancing clock asks for between two runs."""
        self._sender.send([tried.job])
        write([(tried, self._sender.results.get())])

    def _dispatch(self, likely: Sequence[int]) -> int:
        """Turn due events into deliveries and begin what there is room for; returns how many events.

        Whose they likely are counts at a run's first look, which a wake-up leads to; where that finds nothing, nobody is likely.
        """
        count, leased = dispatch_some(room=SLOTS - len(self._under_way), likely=likely)
        if leased or likely:
            self._likely = list({delivery.merchant.pk for delivery in leased})[:_MOST_LIKELY]
        self._start(leased)
        return count

    def _take(self) -> int:
        """Claim due deliveries for the free slots and begin them; returns how many were claimed.

        A URL with more than half of its share under way is left for later, so that there is something to gain by asking.
        """
        busy = [url for url, count in self._urls.items() if count > SLOTS_A_URL // 2]
        now = time.monotonic()
        if busy and busy == self._busy and now - self._busy_since < _LOOK_SECONDS:
            return 0  # a moment ago there was nothing for any other
        room = {url: SLOTS_A_URL - count for url, count in self._urls.items()}
        claimed = claim(SLOTS - len(self._under_way), busy=busy, room=room, share=SLOTS_A_URL)
        self._busy, self._busy_since = ([] if claimed else busy), now
        self._start([delivery for delivery in claimed if delivery.pk not in self._under_way])
        return len(claimed)

    def _start(self, leased: list[Owed]) -> None:
        """Begin the tries of these deliveries, which are ours for a lease."""
        if not leased:
            return
        jobs, bodies, now = [], Bodies(), clock.real_now()
        times: dict[int, datetime] = {}
        waiting: list[tuple[Owed, Columns]] = []
        for delivery in leased:
            at = times.get(delivery.merchant.pk) or times.setdefault(delivery.merchant.pk, clock.now(delivery.merchant))
            if skip_if_over(delivery, at) or delivery.due_at is None:
                continue
            if waits := self._waits(delivery, at, now):
                waiting.append((delivery, waits))
            elif tried := self._prepared(delivery, at, bodies):
                self._under_way[delivery.pk] = tried
                self._urls[delivery.url] += 1
                jobs.append(tried.job)
        _put_back(waiting)
        self._sender.send(jobs)

    def _waits(self, delivery: Owed, at: datetime, now: datetime) -> Columns | None:
        """What to write of a delivery that its clock, its URL's share, another delivery, its host or its own rate holds up."""
        if delivery.due_at and delivery.due_at > at:
            return {"wake_at": schedule.wake(delivery.merchant, delivery.due_at)}
        if self._urls[delivery.url] >= SLOTS_A_URL:
            return {"wake_at": now}
        if turn := its_turn(delivery, at):
            return _until(delivery, turn, at, now)
        seconds = self._breaker.wait(delivery.url) or self._pace(delivery)
        return {"wake_at": now + timedelta(seconds=math.ceil(seconds * 10) / 10)} if seconds else None

    def _prepared(self, delivery: Owed, at: datetime, bodies: Bodies) -> Try | None:
        """The try to make now; None when it cannot be prepared, which ends the delivery."""
        try:
            tried = prepare(delivery, at, bodies)
        except Exception as problem:
            log.exception("delivery cannot be prepared", id=str(delivery.pk))
            fail_delivery(delivery.pk, problem)
            return None
        self._breaker.begin(delivery.url)
        return tried

    def _pace(self, delivery: Owed) -> float:
        """Seconds until the endpoint's own rate lets the next one through."""
        endpoint = delivery.endpoint
        if endpoint is None or not endpoint.per_second:
            return 0
        now, free_at = time.monotonic(), self._paced.get(endpoint.pk, 0.0)
        if free_at > now:
            return free_at - now
        self._paced[endpoint.pk] = now + 1 / endpoint.per_second
        return 0

    def _settle(self) -> int:
        """Write the results that are there, waiting a moment for the first."""
        results: list[Result] = []
        try:
            results.append(self._sender.results.get(timeout=_WRITE_SECONDS) if self._under_way else self._sender.results.get_nowait())
            while len(results) < SLOTS:
                results.append(self._sender.results.get_nowait())
        except queue.Empty:
            pass
        done = [(self._under_way.pop(result.key), result) for result in results if result.key in self._under_way]
        for tried, result in done:
            self._urls[tried.delivery.url] -= 1
            self._breaker.count(tried.delivery.url, is_failure=result.status is None or result.status >= 500)
        if done:
            write(done)
        return len(done)


def _put_back(waiting: list[tuple[Owed, Columns]]) -> None:
    """Give up the lease on these: thousands may wait for one host, so equal ones are written at once."""
    same: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for delivery, columns in waiting:
        same[delivery.tries, *columns.items()].append(delivery.pk)
    for (tries, *written), pks in same.items():
        Delivery.objects.filter(pk__in=pks, tries=tries).update(**dict(written))


def skip_if_over(delivery: Owed, at: datetime) -> bool:
    """End a delivery whose merchant or endpoint takes nothing any more; whether it is over."""
    if delivery.status != DeliveryStatus.PENDING:
        return True
    endpoint = delivery.endpoint
    if delivery.merchant.status == MerchantStatus.ACTIVE and (endpoint is None or endpoint.is_enabled):
        return False
    why = "The endpoint is switched off" if endpoint and not endpoint.is_enabled else "The merchant is not active"
    over = {"status": DeliveryStatus.SKIPPED.value, "error": why, "updated_at": at, "due_at": None, "wake_at": None}
    Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.PENDING).update(**over)
    return True


def its_turn(delivery: Owed, at: datetime) -> datetime | None:
    """When to look again at a delivery that has to let another pass first; None when it may go.

    On an endpoint that keeps order, earlier events of the same object; by a trick, a later event, for
    a while.
    """
    endpoint = delivery.endpoint
    if endpoint is not None and endpoint.is_ordered:
        same = _others(delivery).filter(event__subject_id=delivery.subject_id, status=DeliveryStatus.PENDING)
        before = Q(event_id__lt=delivery.event.id)
        if delivery.event.name != delivery.event.type:  # the fact may have been told in several events
            before |= Q(event_id=delivery.event.id, pk__lt=delivery.pk)
        first = same.filter(before).order_by("event_id").values_list("due_at", flat=True).first()
        return None if first is None else max(first, at) + _MOMENT
    if delivery.trick == Trick.REORDER and delivery.tries == 0 and at < delivery.event.created_at + _LONGEST_TURN:
        is_alone = not _others(delivery).filter(event_id__gt=delivery.event.id).exclude(status=DeliveryStatus.PENDING).exists()
        return at + _TURN if is_alone else None
    return None


def _until(delivery: Owed, turn: datetime, at: datetime, now: datetime) -> Columns:
    """Due again then; soon where its clock stands or another is at the one before it."""
    if delivery.merchant.clock_frozen_ms is not None or turn <= at + _TURN:
        return {"wake_at": now + _TURN}
    return schedule.moved(delivery.merchant, turn)


def _others(delivery: Owed) -> QuerySet[Delivery]:
    """What else is owed to the same URL."""
    return Delivery.objects.filter(merchant=delivery.merchant, target=delivery.target)


def write(done: list[tuple[Try, Result]]) -> None:
    """Attempts and deliveries of finished tries, in one packet; then the endpoints that changed by them."""
    attempts = sql.insert_many(Attempt, [record_of(tried, result) for tried, result in done])
    same: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for tried, result in done:
        same[tuple(outcome(tried, result).items())].append(tried.delivery.pk)
    sql.transact([attempts, *(_update(pks, dict(values)) for values, pks in same.items())])
    for values, pks in same.items():
        counters.delivery(_RESULTS[dict(values)["status"]], len(pks))
    for tried, result in done:
        _note_endpoint(tried, result)


def _update(pks: list[Any], values: dict[str, Any]) -> sql.Statement:
    """Only of deliveries that stand as they were taken: after our lease another may have moved them on."""
    return sql.update(Delivery, {"id": pks, "tries": values["tries"] - 1}, values)


def _note_endpoint(tried: Try, result: Result) -> None:
    """A first failure, a success after failures, or the end; written only where it is news."""
    endpoint = tried.delivery.endpoint
    change = endpoint_change(endpoint, result, tried.at) if endpoint else {}
    if endpoint is None or not change:
        return
    same = Endpoint.objects.filter(pk=endpoint.pk, is_enabled=True)
    if change.get("failing_since") is not None:
        same = same.filter(failing_since=None)
    if same.update(**change) and "is_enabled" in change:
        tell_disabled(endpoint)


_here = threading.local()


def deliver_due() -> int:
    """Work off all deliveries that are due now; returns how many tries were made."""
    if not Delivery.objects.filter(wake_at__lte=clock.real_now()).exists():
        return 0
    return relay().run()


def relay() -> Relay:
    """This thread's relay; its connections stay open from one run to the next."""
    if not hasattr(_here, "relay"):
        _here.relay = Relay()
    kept: Relay = _here.relay
    return kept


def forget_hosts() -> None:
    """Close every circuit of this thread's relay: for tests, whose hosts share an address."""
    if hasattr(_here, "relay"):
        _here.relay._breaker = Breaker()


def deliver_one(pk: Any, at: datetime | None) -> None:
    """Due work of an advancing clock: the try that is due at the merchant's time `at`."""
    now = clock.real_now()
    lease_end = now + timedelta(seconds=environment.LEASE_SECONDS)
    free = Delivery.objects.filter(pk=pk, due_at__isnull=False).filter(Q(wake_at=None) | Q(wake_at__lte=now))
    if not free.update(wake_at=lease_end):
        time.sleep(0.02)  # a worker is at it
        return
    delivery = load(pk)
    moment = at or clock.now(delivery.merchant)
    if skip_if_over(delivery, moment):
        return
    if turn := its_turn(delivery, moment):
        Delivery.objects.filter(pk=delivery.pk, tries=delivery.tries).update(due_at=turn, wake_at=None)
        return
    relay().make(prepare(delivery, moment, Bodies()))


def fail_delivery(pk: Any, error: Exception) -> None:
    """A delivery that cannot even be prepared is failed; the log has the reason."""
    over = {"status": DeliveryStatus.FAILED.value, "error": "It could not be prepared", "due_at": None, "wake_at": None}
    Delivery.objects.filter(pk=pk).update(**over)
