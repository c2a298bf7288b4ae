"""The audit chain: seal, verify, and every way to tamper with it (design section 4)."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from audit import tasks
from audit.models import AuditEntry, AuditSeal
from audit.services import seal as sealing
from audit.services.record import record
from audit.services.seal import seal
from audit.services.verify import findings, head
from audit.tags import Tag
from mypay.kit import checks

Check = Callable[..., tuple[int, dict[str, Any]]]


def _check(**options: Any) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    code = 0
    try:
        call_command("check_audit", json=True, stdout=out, **options)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, json.loads(out.getvalue())


def _act(count: int) -> list[int]:
    for number in range(count):
        record(tag=Tag.ADMIN_CHANGED, resource_id=f"thing {number}", merchant_id=7, details={"number": number})
    return list(AuditEntry.objects.order_by("-id").values_list("id", flat=True)[:count][::-1])


@pytest.fixture
def trail(db: None) -> list[int]:
    """Nine entries under three seals."""
    ids = []
    for _ in range(3):
        ids += _act(3)
        assert seal() is not None
    return ids


def test_seal_whole_chain_verifies(trail: list[int]) -> None:
    assert list(findings()) == []
    assert _check() == (0, {"ok": True, "findings": [], "head": head(), "unsealed": 0})
    seals = list(AuditSeal.objects.order_by("number"))
    assert [(one.number, one.entry_count) for one in seals] == [(1, 3), (2, 3), (3, 3)]
    assert [one.previous for one in seals] == ["0" * 64, seals[0].digest, seals[1].digest]
    assert head() == f"3:{seals[2].digest}"


def test_seal_nothing_new_makes_no_seal(trail: list[int]) -> None:
    assert seal() is None and AuditSeal.objects.count() == 3


def test_seal_again_and_again_makes_one_chain(trail: list[int]) -> None:
    _act(1)
    first, second = seal(), seal()
    assert first is not None and second is None
    _act(1)
    third = seal()
    assert third is not None and (third.number, third.previous) == (5, first.digest)
    assert list(findings()) == []


def test_seal_that_loses_the_number_leaves_the_entries_to_the_next(trail: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ids = _act(2)

    def overtaken(made: AuditSeal, entries: list[AuditEntry]) -> str:
        monkeypatch.undo()
        # Another sealer commits the same number first; here it takes the row's primary key.
        AuditSeal.objects.create(number=made.number, sealed_at=entries[0].at, entry_count=0, previous=made.previous, digest="0" * 64)
        return sealing.digest(made, entries)

    monkeypatch.setattr(sealing, "digest", overtaken)
    assert seal() is None
    assert AuditEntry.objects.filter(pk__in=ids, seal__isnull=True).count() == 2
    assert seal() is not None and list(findings()) == []


def test_seal_takes_large_trails_in_batches(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    _act(5)
    assert _check(seal=True)[1]["unsealed"] == 0
    assert list(AuditSeal.objects.order_by("number").values_list("entry_count", flat=True)) == [2, 2, 1]
    assert list(findings()) == []


def test_seal_task_seals_and_is_harmless_when_idle(db: None) -> None:
    _act(1)
    tasks.seal_entries()
    tasks.seal_entries()
    assert AuditSeal.objects.count() == 1


_EDITS: list[dict[str, Any]] = [
    {"at": "2020-01-01T00:00:00Z"},
    {"actor_type": "merchant"},
    {"actor_id": "9"},
    {"merchant_id": 8},
    {"merchant_id": None},
    {"action": "payout.created"},
    {"resource_id": "other"},
    {"details": '{"number":99}'},
    {"ip_address": "10.0.0.1"},
    {"request_id": "x"},
]


@pytest.mark.parametrize("edit", _EDITS)
def test_check_edited_entry_is_found(trail: list[int], edit: dict[str, Any]) -> None:
    AuditEntry.objects.filter(pk=trail[4]).update(**edit)
    code, told = _check()
    assert (code, told["findings"]) == (1, [f"an entry under seal 2 (ids {trail[3]} to {trail[5]}) was changed"])


@pytest.mark.parametrize("position", [0, 4, 8])
def test_check_deleted_entry_is_found(trail: list[int], position: int) -> None:
    AuditEntry.objects.filter(pk=trail[position]).delete()
    code, told = _check()
    assert (code, told["findings"]) == (1, [f"seal {position // 3 + 1} covers 3 entries, 2 are there"])


@pytest.mark.parametrize(("one", "other"), [(3, 4), (0, 8)])
def test_check_swapped_entries_are_found(trail: list[int], one: int, other: int) -> None:
    first, second = AuditEntry.objects.get(pk=trail[one]), AuditEntry.objects.get(pk=trail[other])
    for name in ("at", "action", "resource_id", "details"):
        mine, theirs = getattr(first, name), getattr(second, name)
        setattr(first, name, theirs)
        setattr(second, name, mine)
    first.save()
    second.save()
    code, told = _check()
    assert code == 1 and len(told["findings"]) == len({one // 3, other // 3})


def test_check_entry_moved_under_another_seal_is_found(trail: list[int]) -> None:
    AuditEntry.objects.filter(pk=trail[0]).update(seal_id=2)
    assert _check()[0] == 1


def test_check_entry_slipped_under_a_seal_is_found(trail: list[int]) -> None:
    _act(1)
    AuditEntry.objects.filter(seal__isnull=True).update(seal_id=2)
    assert _check()[1]["findings"] == ["seal 2 covers 3 entries, 4 are there"]


def test_check_seal_taken_out_of_the_middle_is_found(trail: list[int]) -> None:
    AuditEntry.objects.filter(seal_id=2).delete()
    AuditSeal.objects.filter(number=2).delete()
    code, told = _check()
    assert code == 1 and told["findings"] == ["seal 2 is missing", "seal 3 does not follow the seal before it"]


def test_check_seal_made_anew_over_an_edit_is_found(trail: list[int]) -> None:
    """Whoever edits an entry and its seal would have to make every later seal anew, and the head with them."""
    AuditEntry.objects.filter(pk=trail[3]).update(details="{}")
    forged = AuditSeal.objects.get(number=2)
    entries = list(AuditEntry.objects.filter(seal=forged).order_by("id"))
    AuditSeal.objects.filter(number=2).update(digest=sealing.digest(forged, entries))
    assert _check()[1]["findings"] == ["seal 3 does not follow the seal before it"]


def _cut_tail() -> None:
    AuditEntry.objects.filter(seal_id=3).delete()
    AuditSeal.objects.filter(number=3).delete()


def test_check_cut_tail_is_found_with_the_published_head(trail: list[int]) -> None:
    published = head()
    assert _check(head=published)[0] == 0
    _cut_tail()
    code, told = _check(head=published)
    assert (code, told["findings"]) == (1, ["the trail ends before the published head 3: its tail was cut"])


def test_check_cut_tail_without_a_head_cannot_be_told(trail: list[int]) -> None:
    """Documented in `findings`: without a published head such a trail looks like one that never had them."""
    _cut_tail()
    assert _check()[0] == 0


def test_check_tail_written_anew_is_found_with_the_published_head(trail: list[int]) -> None:
    published = head()
    _cut_tail()
    _act(3)
    seal()
    assert _check()[0] == 0
    assert _check(head=published)[1]["findings"] == ["seal 3 is not the one published as head"]


def test_check_trail_grown_past_the_published_head_is_whole(trail: list[int]) -> None:
    published = head()
    _act(1)
    seal()
    assert _check(head=published)[0] == 0


def test_check_empty_trail_is_whole(db: None) -> None:
    assert _check() == (0, {"ok": True, "findings": [], "head": "", "unsealed": 0})
    assert _check(head=f"1:{'0' * 64}")[0] == 1


def test_check_tells_people_in_words(trail: list[int]) -> None:
    _act(2)
    out = StringIO()
    call_command("check_audit", stdout=out, no_color=True)
    assert out.getvalue() == f"whole; head {head()}; 2 entries not sealed yet\n"


def test_check_leaves_its_result_for_the_metrics(trail: list[int]) -> None:
    assert _check()[0] == 0 and checks.last()["audit"][0] == 0
    AuditEntry.objects.filter(id=trail[4]).update(details={"number": 4000})
    assert _check()[0] == 1
    findings, age = checks.last()["audit"]
    assert findings >= 1 and age < 60
