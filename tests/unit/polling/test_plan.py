"""The looks that cost least: against every other schedule on small grids, and against even ones on large ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.polling.curve import Bounds, RenderCurve
from bot.jobs.polling.plan import PollPlan, plan_at, plan_for
from bot.jobs.polling.times import RenderTimes
from tests.unit.polling.truths import BOUNDS, GRID, PUBLISHED, curve_of, drawn, learned, lognormal

weights = st.lists(st.floats(0, 1), min_size=3, max_size=9).filter(lambda them: sum(them) > 1e-3)


def small(them: Sequence[float], beyond: float = 0.0) -> RenderCurve:
    total = sum(them) + beyond
    return RenderCurve.of(1.0, [one / total for one in them])


def cost(curve: RenderCurve, looks: Sequence[float]) -> tuple[float, float]:
    """Expected calls and lateness of these looks, straight from the definition, with each cell's mass in its middle."""
    calls = late = 0.0
    for before, look in pairwise((0.0, *looks)):
        calls += 1 - curve.share(round(before))
        for cell in range(round(before), round(look)):
            late += (curve.share(cell + 1) - curve.share(cell)) * (look - cell - 0.5)
    return calls, late


def schedules(cells: int, low: int, high: int, at: int = 0, *, first_by: int) -> Iterator[tuple[int, ...]]:
    """Every schedule that reaches the end of the grid; the first look may come late."""
    for look in range(at + low, (first_by if at == 0 else at + high) + 1):
        if look >= cells:
            yield (look,)
        else:
            for rest in schedules(cells, low, high, look, first_by=first_by):
                yield (look, *rest)


@given(weights, st.integers(1, 3), st.integers(0, 2), st.floats(0, 1), st.floats(0.01, 20))
@settings(deadline=None, max_examples=150)
def test_no_other_schedule_costs_less(them: list[float], low: int, more: int, beyond: float, price: float) -> None:
    curve, high = small(them, beyond), low + more
    plan = plan_at(curve, Bounds(low, high), price)
    looks = followed(plan, curve.cells)
    calls, late = cost(curve, looks)
    assert (plan.calls, plan.late) == pytest.approx((calls, late))
    first_by = max(low, curve.cells)
    best = min(
        c + price * t for c, t in (cost(curve, it) for it in schedules(curve.cells, low, high, first_by=first_by))
    )
    assert calls + price * late == pytest.approx(best)


def followed(plan: PollPlan, until: float) -> list[float]:
    """The looks up to the first one at or after a moment."""
    found = [plan.first]
    while found[-1] < until:
        found.append(plan.next_look(found[-1]))
    return found


curves = st.one_of(
    st.builds(lambda average: RenderTimes.published(average).curve(GRID), st.floats(20, 1500)),
    st.builds(
        lambda mean, cv, count: learned(drawn(lognormal(mean, cv), count)).curve(GRID),
        st.floats(20, 600),
        st.sampled_from([0.05, 0.15, 0.33, 0.6]),
        st.integers(1, 30),
    ),
)


@given(curves, st.floats(2.6, 7.4), st.floats(1, 200), st.none() | st.floats(5, 15))
@settings(deadline=None, max_examples=25)
def test_looks_keep_to_the_bounds_and_go_on(
    curve: RenderCurve, late: float, sharers: float, first_by: float | None
) -> None:
    plan = plan_for(curve, BOUNDS, late, sharers=sharers, first_by=first_by)
    looks = plan.looks(2000)
    assert 5 <= plan.first <= (first_by or 1200) + 1e-6
    assert len(looks) > 50 or plan.first > 500
    assert all(5 - 1e-9 <= later - sooner <= 15 + 1e-9 for sooner, later in pairwise(looks))
    for elapsed in (0.0, 0.3, 17.9, 399.5, 1199.9, 1200.0, 5000.0):
        assert 5 - 1e-9 <= plan.next_look(elapsed) - elapsed <= 15 + 1e-9


@given(curves, st.floats(2.7, 7.0))
@settings(deadline=None, max_examples=25)
def test_it_is_no_later_than_wanted(curve: RenderCurve, late: float) -> None:
    assert plan_for(curve, BOUNDS, late).late <= late + 1e-9


@pytest.mark.unmeasured  # the same code many times over
@pytest.mark.parametrize("cv", [0.15, 0.33, 0.6])
@pytest.mark.parametrize("every", [6, 8, 10, 12])
def test_even_looks_that_are_as_late_cost_more(cv: float, every: int) -> None:
    curve = curve_of(lognormal(PUBLISHED, cv))
    for first in range(every, 121, 12):
        even = [float(at) for at in range(first, 1200 + every, every)]
        calls, late = cost(curve, even)
        if late < BOUNDS.longest / 2:
            assert plan_for(curve, BOUNDS, late).calls <= calls + 1e-9


def test_bounds_that_do_not_allow_so_little_are_kept_all_the_same() -> None:
    plan = plan_for(curve_of(lognormal(PUBLISHED, 0.15)), BOUNDS, 0.5)
    assert plan.late == pytest.approx(2.5, abs=0.05)
    looks = [at for at in plan.looks(250) if at > 130]
    assert {later - sooner for sooner, later in pairwise(looks)} == {5.0}


def test_less_lateness_costs_more_looks() -> None:
    curve = curve_of(lognormal(PUBLISHED, 0.33))
    calls = [plan_for(curve, BOUNDS, late).calls for late in (2.7, 3, 4, 5, 6, 7)]
    assert calls == sorted(calls, reverse=True)


def test_where_many_share_a_query_it_is_less_late_but_not_as_often_as_may_be() -> None:
    curve = curve_of(lognormal(PUBLISHED, 0.33))
    alone, few, many = (plan_for(curve, BOUNDS, 4.0, sharers=sharers) for sharers in (1, 3, 100))
    assert alone.late > few.late > many.late > 2.6
    assert many.late < 3.1


def test_where_nothing_can_have_ended_nobody_looks() -> None:
    plan = plan_for(small([0.0] * 100 + [1.0] * 10), Bounds(5, 15), 2.6)
    assert plan.first > 100


def test_a_task_that_ends_later_than_any_before_is_looked_at_ever_more_seldom() -> None:
    plan = plan_for(learned(drawn(lognormal(PUBLISHED, 0.15), 100)).curve(GRID), BOUNDS, 4.0)
    waits = [plan.next_look(elapsed) - elapsed for elapsed in (180.0, 300.0, 600.0, 1000.0)]
    assert waits[0] < 9
    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == 15


def test_a_plan_takes_no_long_time() -> None:
    """Some 20 ms here; the limit is for machines that are busy."""
    times, took = learned(drawn(lognormal(PUBLISHED, 0.33), 200)), []
    for _ in range(3):
        began = perf_counter()
        plan_for(times.curve(GRID), BOUNDS, 4.0, sharers=30)
        took.append(perf_counter() - began)
    assert min(took) < 0.5
