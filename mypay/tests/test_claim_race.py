"""Workers that claim at the same time: every row is somebody's, none is two workers'. Real threads and a database that lets them run."""

from collections import Counter
from typing import Any

import pytest

from merchants.tests.factories import make_merchant
from mypay.kit import clock, scheduling
from mypay.kit.ids import uuid7
from payments.tests.acts import at_once
from tests.threads import WITH_THREADS
from webhooks.models import Event

pytestmark = WITH_THREADS
_ROWS = 300


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_claim_by_8_threads_gives_each_row_to_one(limit: int) -> None:
    merchant, now = make_merchant(), clock.real_now()
    common = {"merchant": merchant, "type": "payout.created", "data": "{}", "created_at": now, "due_at": now, "wake_at": now}
    Event.objects.bulk_create(Event(id=uuid7(), subject_id=uuid7(), **common) for _ in range(_ROWS))

    def claim_until_nothing_is_left(_: int) -> list[Any]:
        mine: list[Any] = []
        while taken := scheduling.claim(scheduling.kind("event"), limit=limit):
            mine += taken
        return mine

    claimed = Counter(key for mine in at_once(8, claim_until_nothing_is_left) for key in mine)
    assert set(claimed.values()) == {1}
    # Who finds the rest locked by others leaves it to them; what is left, nobody has lost.
    left = scheduling.claim(scheduling.kind("event"), limit=_ROWS)
    assert len(claimed) + len(left) == _ROWS and not claimed.keys() & set(left)
    assert set(Event.objects.values_list("attempts", flat=True)) == {1}
