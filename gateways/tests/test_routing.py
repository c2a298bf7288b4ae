"""The four modes, over any candidates: fair, exact, in order, and never somebody who is not one."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.routing import MIN_SAMPLES, Candidate, Pick, pick, rate_of
from gateways.states import Mode

_START = datetime(2026, 11, 30, tzinfo=UTC)
quickly = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
times = st.none() | st.integers(0, 1000).map(lambda minutes: _START + timedelta(minutes=minutes))


@st.composite
def candidates(draw: st.DrawFn, least: int = 1) -> list[Candidate]:
    places = draw(st.lists(st.integers(1, 40), min_size=least, max_size=8, unique=True))
    return [
        Candidate(
            id=100 + place, place=place, weight=draw(st.integers(1, 9)), priority=draw(st.integers(0, 3)),
            rate=draw(st.sampled_from([0.0, 0.5, 1.0])), latency=draw(st.sampled_from([5.0, 80.0])), last_used_at=draw(times),
        )
        for place in places
    ]  # fmt: skip


@given(candidates(), st.sampled_from(Mode), st.integers(0, 50))
@quickly
def test_pick_is_always_a_candidate(known: list[Candidate], mode: Mode, position: int) -> None:
    assert pick(mode, known, position).chosen in known


@given(candidates(), st.integers(0, 50), st.integers(1, 5))
@quickly
def test_pick_in_turn_gives_everybody_one_turn_a_round(known: list[Candidate], position: int, rounds: int) -> None:
    turns = []
    for _ in range(rounds * len(known)):
        turns.append(position := pick(Mode.ROUND_ROBIN, known, position).chosen.place)
    assert Counter(turns) == {one.place: rounds for one in known}
    assert turns[: len(known)] == turns[-len(known) :]


@given(candidates(least=2), st.data())
@quickly
def test_pick_in_turn_passes_to_the_next_in_the_circle(known: list[Candidate], data: st.DataObject) -> None:
    places = sorted(one.place for one in known)
    gone = data.draw(st.sampled_from(places))
    left = [one for one in known if one.place != gone]
    before = places[places.index(gone) - 1]
    after = places[(places.index(gone) + 1) % len(places)]
    assert pick(Mode.ROUND_ROBIN, left, before).chosen.place == after


def _weighted(known: list[Candidate], count: int) -> tuple[list[int], dict[int, int]]:
    weights = {one.id: one.current_weight for one in known}
    order = []
    for _ in range(count):
        now = [Candidate(id=one.id, place=one.place, weight=one.weight, current_weight=weights[one.id]) for one in known]
        picked: Pick = pick(Mode.WEIGHTED, now, 0)
        weights |= picked.weights
        order.append(picked.chosen.id)
    return order, weights


@given(candidates(), st.integers(1, 3))
@quickly
def test_pick_by_weight_gives_exact_shares_over_a_cycle(known: list[Candidate], cycles: int) -> None:
    order, weights = _weighted(known, cycles * sum(one.weight for one in known))
    assert Counter(order) == {one.id: cycles * one.weight for one in known}
    assert set(weights.values()) == {0}


def test_pick_by_weight_spreads_the_heavy_ones_turns() -> None:
    known = [Candidate(id=number, place=number, weight=weight) for number, weight in ((1, 5), (2, 1), (3, 1))]
    assert _weighted(known, 7)[0] == [1, 1, 2, 1, 3, 1, 1]


@given(candidates())
@quickly
def test_pick_by_priority_is_beaten_by_nobody(known: list[Candidate]) -> None:
    best = pick(Mode.PRIORITY, known, 0).chosen
    for one in known:
        assert (best.priority, best.rate) >= (one.priority, one.rate)
        if (one.priority, one.rate) == (best.priority, best.rate) and one.last_used_at is None:
            assert best.last_used_at is None


@given(candidates())
@quickly
def test_pick_by_success_is_beaten_by_nobody(known: list[Candidate]) -> None:
    best = pick(Mode.SMART, known, 0).chosen
    assert all((best.rate, -best.latency, best.priority) >= (one.rate, -one.latency, one.priority) for one in known)


def test_pick_by_success_tries_the_half_open_one_first() -> None:
    trial = Candidate(id=2, place=2, rate=0.0, is_trial=True)
    assert pick(Mode.SMART, [Candidate(id=1, place=1), trial], 0).chosen is trial


def test_rate_of_few_samples_is_taken_for_whole() -> None:
    assert (rate_of(0, MIN_SAMPLES - 1), rate_of(5, MIN_SAMPLES)) == (1.0, 0.25)
