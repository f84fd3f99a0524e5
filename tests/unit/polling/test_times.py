"""What is learned from completions, how soon, and what a few odd ones do to it."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.polling.curve import RenderCurve
from bot.jobs.polling.times import KEPT, RenderTimes
from tests.unit.polling.truths import GRID, PUBLISHED, curve_of, drawn, learned, lognormal

seconds = st.floats(0.5, 5000)


def distance(found: RenderCurve, truth: RenderCurve) -> float:
    """The largest difference between two distributions."""
    return max(abs(a - b) for a, b in zip(found.ended, truth.ended, strict=True))


def middle(times: RenderTimes) -> float:
    found = times.curve(GRID).quantile(0.5)
    assert found is not None
    return found


@given(st.lists(st.tuples(seconds, st.booleans()), max_size=30), st.floats(10, 2000))
@settings(deadline=None, max_examples=60)
def test_whatever_is_learned_is_a_distribution(ends: list[tuple[float, bool]], average: float) -> None:
    times = RenderTimes.published(average)
    for one, failed in ends:
        times = times.learned_failure(0.0, one) if failed else times.learned(math.log(one))
    found = times.curve(GRID).ended
    assert len(found) == GRID.cells + 1
    assert found[0] == 0
    assert all(0 <= sooner <= later <= 1 for sooner, later in pairwise(found))
    assert math.isfinite(found[-1])


def test_the_published_average_is_believed_within_wide_limits() -> None:
    found = RenderTimes.published(PUBLISHED).curve(GRID)
    assert found.quantile(0.5) == pytest.approx(PUBLISHED, rel=0.1)
    low, high = found.quantile(0.1), found.quantile(0.9)
    assert low is not None
    assert high is not None
    assert low < PUBLISHED / 2
    assert high > 1.5 * PUBLISHED
    assert 1 - found.ended[-1] > 0.003


@pytest.mark.parametrize("factor", [0.5, 1 / 1.5, 1.5, 2.0])
def test_the_first_completions_already_move_it(factor: float) -> None:
    true = factor * PUBLISHED
    for count, near in ((1, 0.2), (3, 0.1), (10, 0.05)):
        assert middle(learned([true] * count)) == pytest.approx(true, rel=near)


@given(st.floats(20, 900))
@settings(deadline=None, max_examples=30)
def test_a_completion_moves_what_is_expected_towards_itself(one: float) -> None:
    before, _ = RenderTimes.published(PUBLISHED).summary
    after, _ = learned([one]).summary
    assert abs(after - math.log(one)) <= abs(before - math.log(one))


@pytest.mark.parametrize("cv", [0.15, 0.33, 0.6])
def test_with_many_completions_it_is_the_distribution_they_come_from(cv: float) -> None:
    draw = lognormal(150.0, cv)
    assert distance(learned(drawn(draw, KEPT)).curve(GRID), curve_of(draw)) < 0.1


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize("cv", [0.15, 0.33])
def test_a_provider_that_changes_its_pace_is_followed_within_twenty_completions(cv: float, factor: float) -> None:
    before = learned(drawn(lognormal(PUBLISHED, cv), 100))
    new = lognormal(factor * PUBLISHED, cv)
    ten, twenty = learned(drawn(new, 10, seed=2), before), learned(drawn(new, 20, seed=2), before)
    assert middle(ten) == pytest.approx(factor * PUBLISHED, rel=0.25)
    assert distance(twenty.curve(GRID), curve_of(new)) < 0.25
    assert distance(twenty.curve(GRID), curve_of(lognormal(PUBLISHED, cv))) > 0.5


def test_a_stray_hardly_counts_and_two_more_like_it_do() -> None:
    before = learned(drawn(lognormal(PUBLISHED, 0.15), 50))
    stray = learned([600.0], before)
    assert middle(stray) == pytest.approx(middle(before), rel=0.02)
    assert middle(learned([600.0, 580.0, 620.0, 610.0], before)) > 500


def test_a_task_that_is_late_beyond_everything_seen_is_ever_less_likely_to_end_soon() -> None:
    found = learned(drawn(lognormal(PUBLISHED, 0.15), 100)).curve(GRID)
    soon = [found.given(elapsed).share(10) for elapsed in (180, 400, 600, 900)]
    assert soon == sorted(soon, reverse=True)
    assert 0 < soon[-1] < 0.05 < 0.2 < soon[0]


def test_two_heaps_are_seen_once_there_are_completions_enough() -> None:
    def draw(dice: random.Random) -> float:
        return dice.gauss(100, 8) if dice.random() < 0.6 else dice.gauss(300, 20)

    found = learned(drawn(draw, 80)).curve(GRID)
    between = found.share(230) - found.share(150)
    assert between < 0.1
    assert found.share(150) == pytest.approx(0.6, abs=0.15)


def test_what_is_known_within_bounds_only_leaves_more_open() -> None:
    _, exact = RenderTimes.published(PUBLISHED).learned(math.log(100)).summary
    _, vague = RenderTimes.published(PUBLISHED).learned(math.log(100), 0.2).summary
    assert vague > exact


def test_failures_have_times_of_their_own() -> None:
    clips = learned(drawn(lognormal(PUBLISHED, 0.15), 40))
    times = clips
    for _ in range(10):
        times = times.learned_failure(5.0, 15.0)
    before, after = clips.curve(GRID), times.curve(GRID)
    assert before.share(20) < 0.001
    assert after.share(5) < 0.001
    assert 0.1 < after.share(15) < 0.25
    assert times.summary == clips.summary


@given(st.lists(seconds, min_size=1, max_size=300))
@settings(deadline=None, max_examples=20)
def test_what_is_remembered_is_bounded(them: list[float]) -> None:
    times = learned(them)
    assert len(times.logs) == min(len(them), KEPT)
    assert len(times.regimes) <= 12
    assert sum(math.exp(regime.log_share) for regime in times.regimes) == pytest.approx(1)
