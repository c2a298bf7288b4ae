"""Ids grow with time and are never given twice."""

import threading
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypay.kit import ids
from mypay.kit.ids import is_uuid, random_text, uuid7


def test_uuid7_grows_strictly_and_carries_version_variant_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", 0)  # a test before may have lived in the future
    before = time.time_ns() // 1_000_000
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made) and len(set(made)) == len(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert before <= made[0].int >> 80 and made[-1].int >> 80 <= time.time_ns() // 1_000_000 + 20


def test_uuid7_of_many_threads_are_all_different_and_grow_in_each() -> None:
    found: list[list[uuid.UUID]] = [[] for _ in range(8)]

    def make(mine: list[uuid.UUID]) -> None:
        mine.extend(uuid7() for _ in range(2000))

    threads = [threading.Thread(target=make, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one for mine in found for one in mine}) == 16_000
    assert all(mine == sorted(mine) for mine in found)


@given(st.uuids())
def test_is_uuid_any_version_and_case(one: uuid.UUID) -> None:
    assert is_uuid(str(one)) and is_uuid(str(one).upper())
    for bad in (one.hex, f"{{{one}}}", f"urn:uuid:{one}", f" {one}", f"{one} ", str(one)[:-1], str(one).replace("-", "_")):
        assert not is_uuid(bad)


@pytest.mark.parametrize("text", ["", "x" * 36, "g" * 8 + "-0000-0000-0000-" + "0" * 12, "0" * 36, "-" * 36, "０" * 36])
def test_is_uuid_refuses_other_text(text: str) -> None:
    assert not is_uuid(text)


def test_random_text_is_digits_and_capitals_and_differs() -> None:
    made = {random_text(9) for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 9 and one.isascii() and one.isalnum() and one == one.upper() for one in made)
