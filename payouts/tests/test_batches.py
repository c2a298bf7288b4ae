"""Payout batches: made over the API, worked off by a worker, never paid twice."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from conftest import Api
from merchants.models import Merchant
from merchants.states import MerchantStatus
from mypay.kit import clock, scheduling
from mypay.kit.errors import InvalidStatus, NotFound, ValidationError
from payouts.batch_file import RawLine
from payouts.models import Payout, PayoutBatch, PayoutBatchLine
from payouts.services import work_batch
from payouts.services.confirm_batch import cancel_batch, confirm_batch
from payouts.services.create_batch import draft_batch
from payouts.states import BatchStatus, LineStatus
from webhooks.models import Event

Settle = Callable[[], None]
HEADER = "merchantReference,amount,bankCode,accountNumber\n"


def line(reference: str, **changes: Any) -> dict[str, Any]:
    body = {
        "merchantReference": reference,
        "amount": "10.00",
        "destType": "BANK",
        "bankCode": "HBL",
        "accountNumber": "12345670001",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def lines(count: int, prefix: str = "L") -> list[dict[str, Any]]:
    return [line(f"{prefix}-{number}") for number in range(count)]


def raw(bodies: list[dict[str, Any]]) -> list[RawLine]:
    return [RawLine(number, body) for number, body in enumerate(bodies, 1)]


def create(api: Api, bodies: Any, **more: Any) -> Any:
    response = api.post("/payout-batches", {"lines": bodies, **more})
    assert response.status_code == 201, response.content
    return response.json()["data"]


def shown(api: Api, batch_id: str, query: str = "limit=100") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get(f"/payout-batches/{batch_id}/lines?{query}").json()["data"]["lines"]
    return rows


def test_create_batch_pays_every_line_once(api: Api, merchant: Merchant, settle: Settle, available: Callable[[], tuple[int, int]]) -> None:
    made = create(api, lines(60), name="January")
    assert (made["status"], made["lines"], made["left"], made["amount"], made["name"]) == ("RUNNING", 60, 60, "600.00", "January")
    settle()
    done = api.get(f"/payout-batches/{made['id']}").json()["data"]
    assert (done["status"], done["created"], done["failed"], done["left"]) == ("DONE", 60, 0, 0)
    assert done["finishedAt"]
    assert sorted(Payout.objects.values_list("merchant_reference", flat=True)) == sorted(each["merchantReference"] for each in lines(60))
    assert available() == (1_000_000_000 - 60_000, 0)
    rows = shown(api, made["id"])
    assert [row["line"] for row in rows] == list(range(1, 61))
    assert {row["payoutId"] for row in rows} == {str(pk) for pk in Payout.objects.values_list("pk", flat=True)}
    assert Event.objects.filter(type="payout.created").count() == 60


def test_create_batch_acts_in_the_name_of_who_made_it(api: Api, merchant: Merchant, settle: Settle) -> None:
    made = create(api, lines(1))
    settle()
    entry = AuditEntry.objects.get(action="payout.created")
    assert (entry.actor_type, entry.actor_id, entry.request_id) == ("merchant", str(merchant.pk), f"batch-{made['id']}")
    assert AuditEntry.objects.filter(action__startswith="payout_batch.", resource_id=made["id"]).count() == 2


def test_create_batch_names_bad_lines_and_pays_the_others(api: Api, merchant: Merchant, settle: Settle) -> None:
    api.payout(merchantReference="USED")
    bodies = [
        line("A"), line("B", amount="0"), line("C", bankCode="NOBANK"), line("A"), line("USED"), line("D", accountNumber="12"),
        "nonsense", line("E", metadata="x"), line("F", beneficiaryId=str(uuid4())), line("G"),
    ]  # fmt: skip
    made = create(api, bodies)
    assert (made["lines"], made["invalid"], made["left"], made["amount"]) == (10, 8, 2, "20.00")
    settle()
    rows = shown(api, made["id"])
    assert Counter(row["status"] for row in rows) == {"INVALID": 8, "CREATED": 2}
    errors = {row["line"]: (row["error"].get("field", ""), row["error"]["message"]) for row in rows if row["status"] == "INVALID"}
    assert errors == {
        2: ("amount", "Amount must be greater than 0 (amount is not above zero)"),
        3: ("bankCode", "Invalid or missing bank code"),
        4: ("merchantReference", "Line 1 has the same reference"),
        5: ("merchantReference", "Payout with this merchant reference already exists"),
        6: ("accountNumber", "Invalid account number format (9 to 16 digits, as text)"),
        7: ("", "The line is no object"),
        8: ("metadata", "metadata must be an object"),
        9: ("beneficiaryId", "Give either beneficiaryId or a destination (destType is given too)"),
    }
    assert [row["line"] for row in shown(api, made["id"], "status=invalid&cursor=&limit=3")] == [2, 3, 4]


def test_create_batch_to_beneficiaries_pays_them_even_when_removed_meanwhile(api: Api, settle: Settle) -> None:
    added = api.post("/beneficiaries", {"name": "Ayesha", "bankCode": "HBL", "accountNumber": "12345670001"}).json()["data"]["id"]
    empty = dict.fromkeys(["destType", "bankCode", "accountNumber"])
    made = create(api, [line("A", beneficiaryId=added.upper(), **empty), line("B", beneficiaryId=str(uuid4()), **empty)])
    assert made["invalid"] == 1
    api.delete(f"/beneficiaries/{added}")
    settle()
    payout = Payout.objects.get()
    assert (payout.account_title, payout.bank_code) == ("Ayesha", "HBL")


@pytest.mark.parametrize("content_type", ["text/csv", "application/json"])
def test_create_batch_of_csv_pays_its_lines(api: Api, settle: Settle, content_type: str) -> None:
    text = f"{HEADER}A,1.00,HBL,12345670001\nB,x,HBL,12345670001\n"
    response = api.post("/payout-batches", text if content_type == "text/csv" else {"csv": text}, content_type=content_type)
    assert response.status_code == 201, response.content
    settle()
    rows = shown(api, response.json()["data"]["id"])
    assert [(row["line"], row["status"]) for row in rows] == [(2, "CREATED"), (3, "INVALID")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": "x"}, "lines"),
        ({"csv": 7}, "csv"),
        ({"csv": "a,b\n"}, "csv"),
        ({"lines": [{}], "csv": HEADER}, "lines"),
        ({"lines": [{}]}, "lines"),
        ({"lines": [{}], "name": "x" * 101}, "name"),
    ],
)
def test_create_batch_of_nothing_payable_is_refused(api: Api, body: dict[str, Any], field: str) -> None:
    response = api.post("/payout-batches", body)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, field)
    assert not PayoutBatch.objects.exists()


def test_create_batch_twice_under_one_key_is_one(api: Api, settle: Settle) -> None:
    key, body = str(uuid4()), {"lines": lines(3)}
    first, again = (api.post("/payout-batches", body, key=key) for _ in range(2))
    assert first.content == again.content and again["X-Idempotent-Replay"] == "true"
    settle()
    assert (PayoutBatch.objects.count(), Payout.objects.count()) == (1, 3)


def test_create_batch_twice_with_the_same_lines_pays_them_once(api: Api, settle: Settle) -> None:
    """Made before either was paid: the reference is the last to say no."""
    create(api, lines(3))
    second = create(api, lines(3))
    settle()
    assert Payout.objects.count() == 3
    rows = shown(api, second["id"])
    assert {(row["status"], row["error"]["code"]) for row in rows} == {("FAILED", "DUPLICATE_REFERENCE")}


def test_batch_beyond_the_balance_fails_what_is_not_covered(api: Api, settle: Settle) -> None:
    made = create(api, [line("A", amount="9999995.00"), line("B"), line("C", amount="5.00")])
    settle()
    rows = shown(api, made["id"])
    assert [row["status"] for row in rows] == ["CREATED", "FAILED", "CREATED"]
    assert rows[1]["error"] == {"code": "INSUFFICIENT_BALANCE", "message": "Insufficient balance", "field": "amount"}
    assert api.get(f"/payout-batches/{made['id']}").json()["data"]["failed"] == 1


def test_work_batch_again_pays_nothing_again(api: Api, settle: Settle) -> None:
    """A task that comes twice, and a lease that ran out while the worker was only slow."""
    made = create(api, lines(40))
    work_batch._slice(PayoutBatch.objects.get().pk, 25, work_batch._pay)
    for _ in range(3):
        work_batch.work_batch(PayoutBatch.objects.get().pk, None)
    settle()
    done = api.get(f"/payout-batches/{made['id']}").json()["data"]
    assert (done["created"], Payout.objects.count()) == (40, 40)


def test_work_batch_that_dies_in_a_slice_leaves_it_wholly_undone(api: Api, settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    create(api, lines(40))
    pk, pay, paid = PayoutBatch.objects.get().pk, work_batch._pay, []

    def dying(batch: PayoutBatch, row: PayoutBatchLine) -> None:
        if len(paid) == 30:
            raise KeyboardInterrupt
        paid.append(row.number)
        pay(batch, row)

    with pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(work_batch, "_pay", dying)
        work_batch.work_batch(pk, None)
    monkeypatch.undo()
    assert Payout.objects.count() == PayoutBatch.objects.get().created_count == 25
    PayoutBatch.objects.update(wake_at=clock.real_now())  # the lease has run out
    settle()
    assert Payout.objects.count() == PayoutBatch.objects.get().created_count == 40


def test_work_batch_whose_line_breaks_us_fails_that_line_alone(api: Api, settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    create(api, lines(30))
    pay = work_batch._pay

    def breaking(batch: PayoutBatch, row: PayoutBatchLine) -> None:
        if row.number == 7:
            raise RuntimeError("a fault of ours")
        pay(batch, row)

    monkeypatch.setattr(work_batch, "_pay", breaking)
    settle()
    batch = PayoutBatch.objects.get()
    assert (batch.status, batch.created_count, batch.failed_count) == (BatchStatus.DONE, 29, 1)
    assert PayoutBatchLine.objects.get(status=LineStatus.FAILED).number == 7


def test_abandon_batch_fails_what_is_left(api: Api) -> None:
    create(api, lines(60))
    pk = PayoutBatch.objects.get().pk
    work_batch._slice(pk, 25, work_batch._pay)
    work_batch.abandon_batch(pk, RuntimeError())
    batch = PayoutBatch.objects.get()
    assert (batch.status, batch.created_count, batch.failed_count, batch.wake_at) == (BatchStatus.DONE, 25, 35, None)


def test_work_batch_asks_little_more_than_its_payouts_do(api: Api, merchant: Merchant) -> None:
    def queries(count: int) -> int:
        batch = draft_batch(merchant=merchant, raw=raw(lines(count, f"Q{count}")), name="")
        confirm_batch(merchant=merchant, batch_id=str(batch.pk))
        with CaptureQueriesContext(connection) as captured:
            work_batch._slice(batch.pk, count, work_batch._pay)
        return len(captured)

    with CaptureQueriesContext(connection) as alone:
        api.payout()
    few = queries(5)
    assert (queries(15) - few) / 10 <= len(alone) - 1  # the API also looks for the key


def test_check_asks_by_chunks_of_lines(merchant: Merchant) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            draft_batch(merchant=merchant, raw=raw(lines(count, "Q")), name="")
        return len(captured)

    queries(1)
    assert queries(400) - queries(4) < 5  # SQLite takes a thousand values in a statement


def test_batch_of_a_merchant_that_was_suspended_waits(api: Api, merchant: Merchant) -> None:
    create(api, lines(3))
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.SUSPENDED)
    scheduling.sweep()
    assert not Payout.objects.exists()
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.ACTIVE)
    with time_machine.travel(clock.real_now() + timedelta(minutes=2)):
        scheduling.sweep()
    assert Payout.objects.count() == 3


def test_batch_is_worked_off_while_the_clock_stands_still(api: Api, settle: Settle) -> None:
    api.post("/sandbox/clock/freeze")
    create(api, lines(3))
    settle()
    assert Payout.objects.count() == 3 and PayoutBatch.objects.get().status == BatchStatus.DONE


def test_draft_is_paid_only_when_confirmed_and_once_however_often(api: Api, merchant: Merchant, settle: Settle) -> None:
    draft = draft_batch(merchant=merchant, raw=raw(lines(3)), name="x")
    settle()
    assert not Payout.objects.exists()
    for _ in range(2):
        assert confirm_batch(merchant=merchant, batch_id=str(draft.pk)).status == BatchStatus.RUNNING
    settle()
    assert confirm_batch(merchant=merchant, batch_id=str(draft.pk)).status == BatchStatus.DONE
    assert Payout.objects.count() == 3
    assert AuditEntry.objects.filter(action="payout_batch.confirmed").count() == 1


def test_draft_that_nobody_confirms_is_forgotten_in_a_day(merchant: Merchant) -> None:
    draft_batch(merchant=merchant, raw=raw(lines(3)), name="x")
    with time_machine.travel(clock.real_now() + timedelta(hours=23)):
        scheduling.sweep()
        assert PayoutBatch.objects.exists()
    with time_machine.travel(clock.real_now() + timedelta(hours=25)):
        scheduling.sweep()
    assert not PayoutBatchLine.objects.exists() and not PayoutBatch.objects.exists()


def test_confirm_draft_without_a_valid_line_is_refused(merchant: Merchant) -> None:
    draft = draft_batch(merchant=merchant, raw=raw([line("A", amount="x")]), name="")
    with pytest.raises(ValidationError):
        confirm_batch(merchant=merchant, batch_id=str(draft.pk))


def test_cancel_batch_keeps_what_is_paid_and_stops_the_rest(api: Api, settle: Settle) -> None:
    made = create(api, lines(40))
    work_batch._slice(PayoutBatch.objects.get().pk, 25, work_batch._pay)
    for _ in range(2):
        response = api.post(f"/payout-batches/{made['id']}/cancel")
        assert (response.status_code, response.json()["data"]["status"]) == (200, "CANCELLED")
    settle()
    assert Payout.objects.count() == 25
    assert Counter(row["status"] for row in shown(api, made["id"])) == {"CREATED": 25, "CANCELLED": 15}


def test_cancel_and_confirm_of_what_is_over_are_refused(api: Api, merchant: Merchant, settle: Settle) -> None:
    made = create(api, lines(1))
    settle()
    response = api.post(f"/payout-batches/{made['id']}/cancel")
    assert (response.status_code, response.json()["error"]["code"]) == (409, "INVALID_STATUS")
    draft = draft_batch(merchant=merchant, raw=raw(lines(2, "D")), name="")
    cancel_batch(merchant=merchant, batch_id=str(draft.pk))
    with pytest.raises(InvalidStatus):
        confirm_batch(merchant=merchant, batch_id=str(draft.pk))


def test_cancel_between_reading_and_paying_a_slice_undoes_it(api: Api, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    create(api, lines(30))
    batch, pay = PayoutBatch.objects.get(), work_batch._pay

    def cancelled(batch: PayoutBatch, row: PayoutBatchLine) -> None:
        pay(batch, row)
        if row.number == 5:
            cancel_batch(merchant=merchant, batch_id=str(batch.pk))

    monkeypatch.setattr(work_batch, "_pay", cancelled)
    with pytest.raises(work_batch.StaleState):
        work_batch._slice(batch.pk, 25, cancelled)
    assert not Payout.objects.exists()  # the test's cancellation is undone with the slice; another's would stand


def test_batch_of_a_stranger_is_unknown(api: Api, stranger: Merchant, api_of: Any) -> None:
    theirs = create(api_of(stranger), lines(1))["id"]
    assert {api.get(f"/payout-batches/{theirs}{more}").status_code for more in ("", "/lines")} == {404}
    assert api.post(f"/payout-batches/{theirs}/cancel").status_code == 404
    assert api.get("/payout-batches").json()["data"]["payoutBatches"] == []
    with pytest.raises(NotFound):
        confirm_batch(merchant=Merchant.objects.exclude(pk=stranger.pk).get(), batch_id=theirs)


def test_snapshot_in_the_middle_of_a_batch_goes_on_from_there(api: Api, settle: Settle) -> None:
    made = create(api, lines(40))
    work_batch._slice(PayoutBatch.objects.get().pk, 25, work_batch._pay)
    taken = api.post("/sandbox/snapshots").json()["data"]["id"]
    settle()
    assert api.post(f"/sandbox/snapshots/{taken}/restore").status_code == 200
    assert Payout.objects.count() == 25
    PayoutBatch.objects.update(wake_at=clock.real_now())
    settle()
    assert Payout.objects.count() == 40
    assert api.get(f"/payout-batches/{made['id']}").json()["data"]["status"] == "DONE"
