"""The distribution on a grid: conditions, quantiles and moments against plain arithmetic."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.polling.curve import CELLS, Bounds, Grid, Moments, RenderCurve

shares = st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda them: sum(them) > 1e-3)


def curve(weights: list[float], beyond: float = 0.0, step: float = 1.0) -> RenderCurve:
    total = sum(weights) + beyond
    return RenderCurve.of(step, [weight / total for weight in weights])


@pytest.mark.parametrize(
    ("bounds", "timeout", "step", "cells"),
    [
        (Bounds(5, 15), 1200, 1.0, 1200),
        (Bounds(0.1, 0.3), 60, 0.1, 600),
        (Bounds(0.5, 10), 1200, 0.8, 1500),
        (Bounds(5, 15), 7200, 4.8, 1500),
        (Bounds(5, 15), 86_400, 15.0, 1500),
    ],
)
def test_a_grid_is_of_seconds_unless_that_is_too_coarse_or_too_fine(
    bounds: Bounds, timeout: float, step: float, cells: int
) -> None:
    assert Grid.of(bounds, timeout) == Grid(step, cells)


@given(st.floats(0.01, 3600), st.floats(0, 3600), st.floats(0.1, 86_400))
def test_no_grid_is_large_nor_coarser_than_the_longest_pause(shortest: float, more: float, timeout: float) -> None:
    bounds = Bounds(shortest, shortest + more)
    grid = Grid.of(bounds, timeout)
    assert 1 <= grid.cells <= CELLS
    assert grid.step <= bounds.longest


@given(shares, st.floats(0, 1), st.floats(0, 60))
@settings(deadline=None)
def test_what_has_not_ended_yet_ends_later_or_beyond_the_grid(
    weights: list[float], beyond: float, elapsed: float
) -> None:
    whole = curve(weights, beyond)
    rest = whole.given(elapsed)
    cell = min(int(elapsed), whole.cells)
    left = 1 - whole.ended[cell]
    assert rest.ended[0] == 0
    assert list(rest.ended) == sorted(rest.ended)
    parts = [later - sooner for sooner, later in zip(rest.ended, rest.ended[1:], strict=False)]
    assert sum(parts) + (1 - rest.ended[-1]) == pytest.approx(1)
    if left > 1e-6:
        assert len(parts) == whole.cells - cell
        expected = [(whole.ended[k + 1] - whole.ended[k]) / left for k in range(cell, whole.cells)]
        assert parts == pytest.approx(expected, abs=1e-6)


@given(shares, st.integers(0, 40), st.integers(0, 40))
@settings(deadline=None)
def test_conditions_one_after_the_other_are_one_condition(weights: list[float], first: int, second: int) -> None:
    whole = curve(weights, beyond=1.0)
    twice, once = whole.given(first).given(second), whole.given(first + second)
    assert twice.ended == pytest.approx(once.ended, abs=1e-9)


@given(shares, st.floats(0.01, 0.99))
def test_a_quantile_is_the_first_moment_by_which_so_many_have_ended(weights: list[float], share: float) -> None:
    found = curve(weights)
    at = found.quantile(share)
    if at is None:
        assert found.ended[-1] < share
    else:
        assert found.share(round(at)) >= share
        assert at == 0 or found.share(round(at) - 1) < share


def test_the_moments_between_two_looks_are_those_of_what_may_have_ended_there() -> None:
    mean, variance = Moments(curve([0, 0, 3, 1, 0, 6])).between(2.0, 4.0)
    expected = 0.75 * math.log(2.5) + 0.25 * math.log(3.5)
    assert mean == pytest.approx(expected)
    assert variance == pytest.approx(0.75 * (math.log(2.5) - expected) ** 2 + 0.25 * (math.log(3.5) - expected) ** 2)


@pytest.mark.parametrize(("after", "by"), [(0.0, 2.0), (4.0, 5.0), (5.0, 7.0), (100.0, 110.0), (3.0, 3.0)])
def test_where_nothing_was_expected_the_middle_is_taken(after: float, by: float) -> None:
    assert Moments(curve([0, 0, 3, 1, 0, 6])).between(after, by) == (math.log((after + by) / 2), 0.0)


@given(shares, st.floats(0, 2), st.floats(0, 45))
@settings(deadline=None)
def test_what_lasts_on_is_drawn_from_what_may_still_end(weights: list[float], beyond: float, elapsed: float) -> None:
    whole = curve(weights, beyond)
    moments = Moments(whole)
    drawn = [math.exp(moments.drawn_after(elapsed, (number + 0.5) / 100)) for number in range(100)]
    assert drawn == sorted(drawn)
    assert drawn[0] >= int(min(elapsed, whole.cells))
    left = 1 - whole.share(int(elapsed))
    if left > 1e-6 and elapsed < whole.cells:
        for at in range(int(elapsed) + 1, whole.cells + 1):
            expected = (whole.share(at) - whole.share(int(elapsed))) / left
            assert sum(one <= at for one in drawn) / 100 == pytest.approx(expected, abs=0.011)


def test_shares_that_are_rounded_to_more_than_one_are_still_a_distribution() -> None:
    assert RenderCurve.of(1.0, [0.7, 0.7]).ended == (0.0, 0.5, 1.0)
