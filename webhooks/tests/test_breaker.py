"""The circuit breaker: when it opens, who tries, and how it closes."""

import pytest

from mypay.kit.outbound import TOTAL_SECONDS
from webhooks.services import breaker
from webhooks.services.breaker import Breaker

URL, SAME_HOST, OTHER = "http://shop.example/hook", "http://SHOP.example/other", "http://elsewhere.example/hook"


class Watch:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(breaker, "time", made)
    return made


def _calls(kept: Breaker, *, good: int = 0, bad: int = 0) -> None:
    for is_failure in [False] * good + [True] * bad:
        kept.count(URL, is_failure=is_failure)


@pytest.mark.parametrize(("good", "bad", "is_open"), [(0, 9, False), (0, 10, True), (3, 7, True), (4, 7, False), (4, 10, True)])
def test_opens_when_seven_of_ten_fail(watch: Watch, good: int, bad: int, is_open: bool) -> None:
    kept = Breaker()
    _calls(kept, good=good, bad=bad)
    assert (kept.wait(SAME_HOST) > 0) is is_open
    assert kept.wait(OTHER) == 0


def test_old_failures_count_no_more(watch: Watch) -> None:
    kept = Breaker()
    _calls(kept, bad=9)
    watch.now += 31
    _calls(kept, bad=1)
    assert kept.wait(URL) == 0


@pytest.mark.parametrize("is_failure", [True, False])
def test_after_the_pause_one_call_tries_for_the_others(watch: Watch, is_failure: bool) -> None:
    kept = Breaker()
    _calls(kept, bad=10)
    assert kept.wait(URL) == 30
    watch.now += 30
    assert kept.wait(URL) == 0
    kept.begin(URL)
    assert kept.wait(URL) == TOTAL_SECONDS  # the others wait for its end, however slow it is
    kept.count(URL, is_failure=is_failure)
    assert kept.wait(URL) == (30 if is_failure else 0)
