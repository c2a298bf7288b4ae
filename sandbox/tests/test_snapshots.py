"""Snapshot, mutate, restore: the merchant's answers are byte for byte what they were."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from conftest import Api, payout_body
from ledger.services.check import findings
from ledger.services.top_up import top_up
from merchants.models import Merchant
from mypay.kit import clock
from payments.models import Settlement
from payments.tests.acts import paid
from payments.tests.conftest import Shop
from payouts.models import Payout
from sandbox.models import Rule, Snapshot
from sandbox.services import clock as clock_service
from sandbox.services.restore_snapshot import restore
from sandbox.services.take_snapshot import capture
from sandbox.tests.world import answers, days, live_a_little, payment_answers

Settle = Callable[[], None]
_A_MORNING = datetime(2026, 11, 3, 5, tzinfo=UTC)  # a Tuesday: by weekday and hour a dispute won has a batch of its own or not


def _take(api: Api, **body: Any) -> dict[str, Any]:
    response = api.post("/sandbox/snapshots", body)
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()["data"]
    return made


def _restore(api: Api, snapshot_id: str) -> dict[str, Any]:
    response = api.post(f"/sandbox/snapshots/{snapshot_id}/restore")
    assert response.status_code == 200, response.content
    done: dict[str, Any] = response.json()["data"]
    return done


def _mutate(api: Api, merchant: Merchant, settle: Settle) -> None:
    """Change all there is."""
    settle()
    api.delete("/sandbox/rules")
    api.delete("/sandbox/faults")
    live_a_little(api, merchant, settle)
    top_up(merchant=merchant, currency="PKR", amount=1)
    top_up(merchant=merchant, currency="KES", amount=1)
    api.post("/sandbox/clock/advance", {"seconds": 100_000})


@pytest.fixture
def shop(merchant: Merchant) -> Shop:
    return Shop(merchant)


def test_restore_brings_back_every_answer_to_the_byte(api: Api, shop: Shop, merchant: Merchant, settle: Settle) -> None:
    key, body = str(uuid.uuid4()), payout_body(merchantReference="KEPT")
    api.post("/payouts", body, key=key)
    ids = live_a_little(api, merchant, settle)
    api.post("/sandbox/clock/freeze")
    replay = {key: body}
    before = {**answers(api, ids, shop, **replay), "clock": api.get("/sandbox/clock").content}
    taken = _take(api, name="before the storm")
    api.post("/sandbox/clock/unfreeze")
    _mutate(api, merchant, settle)
    assert answers(api, ids, shop, **replay) != {path: before[path] for path in before if path != "clock"}
    done = _restore(api, taken["id"])
    assert {**answers(api, ids, shop, **replay), "clock": api.get("/sandbox/clock").content} == before
    assert (done["restored"], done["now"], done["frozen"]) == (taken["rows"], taken["clock"], True)
    assert list(findings()) == []
    assert Merchant.objects.get(pk=merchant.pk).has_faults is True


def test_restore_after_reset_brings_back_every_answer(api: Api, shop: Shop, merchant: Merchant, settle: Settle) -> None:
    ids = live_a_little(api, merchant, settle)
    before, taken = answers(api, ids, shop), _take(api)
    api.post("/sandbox/reset")
    _restore(api, taken["id"])
    assert answers(api, ids, shop) == before
    _restore(api, taken["id"])
    assert answers(api, ids, shop) == before


def test_restore_lets_time_and_due_work_go_on_from_the_snapshot(api: Api, merchant: Merchant, settle: Settle) -> None:
    api.post("/sandbox/clock/advance", {"seconds": 3600})
    api.post("/sandbox/rules", {"outcome": "failed", "delayMs": 60_000})
    created = api.payout().json()["data"]["id"]
    settle()
    taken = _take(api)
    api.post("/sandbox/clock/advance", {"seconds": 864_000})
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "FAILED"
    _restore(api, taken["id"])
    row = Merchant.objects.get(pk=merchant.pk)
    assert 3_590_000 < row.clock_offset_ms <= 3_600_500 and row.clock_frozen_ms is None
    waiting = Payout.objects.get(pk=created)
    assert waiting.status == "PROCESSING" and waiting.due_at is not None and waiting.wake_at is not None
    assert waiting.wake_at == clock.wake_at(row, waiting.due_at)
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "PROCESSING"
    api.post("/sandbox/clock/advance", {"seconds": 61})
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "FAILED"
    settle()
    assert list(findings()) == []


def test_restore_lets_payments_refunds_disputes_and_settlement_go_on_as_they_would_have(
    api: Api, shop: Shop, merchant: Merchant, settle: Settle
) -> None:
    clock_service.set_to(merchant.pk, _A_MORNING, frozen=False)
    merchant.refresh_from_db()
    live_a_little(api, merchant, settle)
    paid(Merchant.objects.get(pk=merchant.pk), 77_700, currency="KES")
    api.post("/sandbox/clock/freeze")
    taken = _take(api)

    def month_on() -> tuple[dict[str, bytes], list[Any]]:
        """What the API says of all there is and of the batches to come, whose ids are new each time."""
        assert api.post("/sandbox/clock/advance", days(30)).status_code == 200
        known = payment_answers(shop)
        batches = Settlement.objects.filter(merchant=merchant).order_by("pk")
        settled = list(batches.values_list("currency", "created_at", "item_count", "gross", "deducted", "funded", "fee", "tax", "net"))
        return {path: body for path, body in known.items() if "/settlements" not in path}, settled

    first = month_on()
    assert [row[0] for row in first[1]] == ["PKR", "PKR", "KES", "PKR"]
    assert all(word in first[0]["/disputes?limit=100"] for word in (b'"lost"', b'"won"', b'"accepted"'))
    _restore(api, taken["id"])
    assert month_on() == first
    assert list(findings()) == []


def test_restore_of_a_frozen_moment_keeps_workers_off_until_time_runs(api: Api, settle: Settle) -> None:
    api.post("/sandbox/clock/freeze")
    created = api.payout().json()["data"]["id"]
    taken = _take(api)
    api.post("/sandbox/clock/unfreeze")
    settle()
    _restore(api, taken["id"])
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "PENDING"
    api.post("/sandbox/clock/unfreeze")
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "SUCCESS"


def test_restore_keeps_keys_members_and_audit_as_they_are(api: Api, merchant: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    taken = _take(api)
    later = api_of(merchant)
    audited = AuditEntry.objects.count()
    _restore(later, taken["id"])
    assert api.get("/balance").status_code == later.get("/balance").status_code == 200
    assert AuditEntry.objects.count() == audited + 1


def test_snapshot_holds_no_key_and_no_secret(api: Api, merchant: Merchant) -> None:
    raw = capture(merchant=merchant)
    merchant.refresh_from_db()
    assert api.key.encode() not in raw and merchant.webhook_secret_encrypted.encode() not in raw
    assert not any(label.startswith("merchants.") for label in json.loads(raw)["rows"])


def test_snapshots_are_listed_newest_first_and_deleted(api: Api) -> None:
    first, second = _take(api, name="a"), _take(api)
    assert api.get("/sandbox/snapshots").json()["data"] == {"snapshots": [second, first]}
    assert api.delete(f"/sandbox/snapshots/{first['id']}").json()["data"] == {"removed": 1}
    assert api.delete(f"/sandbox/snapshots/{first['id']}").status_code == 404
    assert api.get("/sandbox/snapshots").json()["data"] == {"snapshots": [second]}


def test_snapshot_of_another_merchant_is_unknown(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    taken, other = _take(api), api_of(stranger)
    for snapshot_id in (taken["id"], str(uuid.uuid4()), "x", "../../etc/passwd"):
        assert other.delete(f"/sandbox/snapshots/{snapshot_id}").status_code == 404
        assert other.post(f"/sandbox/snapshots/{snapshot_id}/restore").status_code == 404
    assert other.get("/sandbox/snapshots").json()["data"] == {"snapshots": []}
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize("name", ["x" * 101, 5, None, ["a"], "a\nb"])
def test_snapshot_with_a_bad_name_is_refused(api: Api, name: Any) -> None:
    response = api.post("/sandbox/snapshots", {"name": name})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "name")


def test_snapshot_and_restore_during_an_advance_are_refused(api: Api, merchant: Merchant) -> None:
    taken = _take(api)
    clock_service._begin(merchant, clock_service.MAX_ADVANCE)
    for response in (api.post("/sandbox/snapshots"), api.post(f"/sandbox/snapshots/{taken['id']}/restore")):
        assert (response.status_code, response.json()["error"]["code"]) == (409, "CLOCK_BUSY")


def test_too_many_snapshots_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.services.take_snapshot.MAX_SNAPSHOTS", 1)
    _take(api)
    assert api.post("/sandbox/snapshots").json()["error"]["code"] == "SNAPSHOT_LIMIT"
    monkeypatch.setattr("sandbox.services.take_snapshot.MAX_SNAPSHOTS", 2)
    monkeypatch.setattr("sandbox.services.take_snapshot._MAX_BYTES", 10)
    response = api.post("/sandbox/snapshots")
    assert (response.status_code, response.json()["error"]["code"]) == (413, "SNAPSHOT_TOO_LARGE")


def _changed(raw: bytes, **members: Any) -> bytes:
    return json.dumps({**json.loads(raw), **members}).encode()


def _refused(merchant: Merchant, raw: bytes) -> str:
    with pytest.raises(Exception, match="cannot be restored") as caught:
        restore(merchant=merchant, raw=raw)
    assert caught.value.code == "SNAPSHOT_REFUSED"  # type: ignore[attr-defined]
    return str(caught.value)


def test_restore_refuses_what_it_does_not_know_by_name_and_changes_nothing(api: Api, merchant: Merchant, stranger: Merchant) -> None:
    api.payout()
    raw, before = capture(merchant=merchant), api.get("/payouts").content
    schema = json.loads(raw)["schema"]
    assert "not JSON" in _refused(merchant, b"\x00")
    assert "mypay-snapshot" in _refused(merchant, b"{}")
    assert "mypay-snapshot" in _refused(merchant, b"[]")
    assert "version 2, this MyPay reads version 1" in _refused(merchant, _changed(raw, version=2))
    assert "(payouts.payout)" in _refused(merchant, _changed(raw, schema={**schema, "payouts.payout": "0"}))
    assert "(old.table)" in _refused(merchant, _changed(raw, schema={**schema, "old.table": "0"}))
    assert "other tables" in _refused(merchant, _changed(raw, schema=None))
    assert "another merchant" in _refused(stranger, raw)
    assert api.get("/payouts").content == before


def test_restore_refuses_rows_that_do_not_fit_and_changes_nothing(api: Api, merchant: Merchant, stranger: Merchant) -> None:
    api.payout()
    api.post("/sandbox/rules", {"outcome": "failed"})
    raw, before = capture(merchant=merchant), api.get("/payouts").content
    rows = json.loads(raw)["rows"]
    at = [field.attname for field in Rule._meta.local_concrete_fields].index("merchant_id")
    foreign = [[stranger.pk if place == at else value for place, value in enumerate(row)] for row in rows["sandbox.rule"]]
    assert "not the merchant's" in _refused(merchant, _changed(raw, rows={**rows, "sandbox.rule": foreign}))
    for broken in ([["x"]], rows["payouts.payout"] * 2, [[None] * len(rows["payouts.payout"][0])]):
        assert "do not fit" in _refused(merchant, _changed(raw, rows={**rows, "payouts.payout": broken}))
    assert api.get("/payouts").content == before and not Rule.objects.filter(merchant=stranger).exists()


def test_commands_write_a_file_and_restore_from_it(api: Api, shop: Shop, merchant: Merchant, settle: Settle, tmp_path: Path) -> None:
    ids = live_a_little(api, merchant, settle)
    before, file, out = answers(api, ids, shop), tmp_path / "state.json", StringIO()
    call_command("snapshot", merchant=merchant.email.upper(), out=str(file), json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert told["bytes"] == file.stat().st_size and file.stat().st_mode & 0o077 == 0 and list(tmp_path.iterdir()) == [file]
    _mutate(api, merchant, settle)
    out = StringIO()
    call_command("restore", merchant=merchant.email, source=str(file), json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"rows": told["rows"]}
    assert answers(api, ids, shop) == before


def test_commands_say_what_is_wrong(merchant: Merchant, stranger: Merchant, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with pytest.raises(CommandError, match=r"nobody@example\.test"):
        call_command("snapshot", merchant="nobody@example.test", out=str(file))
    with pytest.raises(CommandError, match="--out"):
        call_command("snapshot", merchant=merchant.email, out=str(tmp_path / "no" / "folder"))
    with pytest.raises(CommandError, match="--from"):
        call_command("restore", merchant=merchant.email, source=str(file))
    call_command("snapshot", merchant=merchant.email, out=str(file), stdout=StringIO())
    with pytest.raises(CommandError, match="another merchant"):
        call_command("restore", merchant=stranger.email, source=str(file))


@pytest.mark.django_db(transaction=True)
def test_restore_committed_goes_on_as_before(api: Api, shop: Shop, merchant: Merchant, settle: Settle) -> None:
    ids = live_a_little(api, merchant, settle)
    before, taken = answers(api, ids, shop), _take(api)
    _mutate(api, merchant, settle)
    _restore(api, taken["id"])
    assert answers(api, ids, shop) == before
    created = api.payout(amount="1.00").json()["data"]["id"]
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] in ("SUCCESS", "FAILED")
    assert list(findings()) == []
