"""Tasks in the order of their submission: each counts once, in its turn, whatever order they end in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.polling.cohort import KEPT, Cohort
from bot.jobs.polling.curve import Moments, RenderCurve

MOMENTS = Moments(RenderCurve.of(1.0, [0.01] * 100))


def seconds(lessons: list[tuple[float, float]]) -> list[float]:
    return [round(math.exp(log), 6) for log, _ in lessons]


def lesson(took: float) -> tuple[float, float]:
    return math.log(took), 0.0


def test_one_that_ends_waits_for_those_submitted_before_it() -> None:
    cohort = Cohort()
    for name in "abc":
        cohort.begin(name, 0.0)
    cohort.end("b", lesson(20))
    assert cohort.settle(20, MOMENTS) == []
    cohort.end("a", lesson(30))
    assert seconds(cohort.settle(30, MOMENTS)) == [30, 20]
    assert cohort.settle(30, MOMENTS) == []
    cohort.end("c", lesson(40))
    assert seconds(cohort.settle(40, MOMENTS)) == [40]


def test_one_of_which_nothing_will_be_known_keeps_nobody_waiting() -> None:
    cohort = Cohort()
    cohort.begin("a", 0.0)
    cohort.begin("b", 0.0)
    cohort.end("b", lesson(20))
    cohort.leave("a")
    assert seconds(cohort.settle(20, MOMENTS)) == [20]


def test_one_that_has_ended_keeps_its_place_when_it_leaves() -> None:
    cohort = Cohort()
    cohort.begin("a", 0.0)
    cohort.begin("b", 0.0)
    cohort.end("b", lesson(20))
    cohort.leave("b")
    cohort.end("a", lesson(30))
    assert seconds(cohort.settle(30, MOMENTS)) == [30, 20]


def test_one_in_between_that_lasts_counts_as_what_it_may_still_become() -> None:
    cohort = Cohort()
    for name in "abc":
        cohort.begin(name, 0.0)
    cohort.end("b", lesson(20))
    # "c" has been submitted later and is as likely as not to be done by now: it says nothing yet.
    first, second = seconds(cohort.unsettled(40, MOMENTS))
    assert first > 40
    assert second == 20
    assert len(cohort.unsettled(60, MOMENTS)) == 3


def test_many_that_last_are_spread_as_they_are_expected_to_be() -> None:
    cohort = Cohort()
    for number in range(400):
        cohort.begin(str(number), 0.0)
    found = sorted(seconds(cohort.unsettled(60, MOMENTS)))
    assert len(found) == 100
    assert found[0] < 62
    assert found[50] == pytest.approx(80, abs=2)
    assert found[-1] > 98


def test_one_that_never_ends_does_not_hold_back_everything() -> None:
    cohort = Cohort()
    cohort.begin("stuck", 0.0)
    for number in range(KEPT + 1):
        cohort.begin(str(number), 0.0)
        cohort.end(str(number), lesson(20))
    found = seconds(cohort.settle(90, MOMENTS))
    assert len(found) == KEPT + 2
    assert found[0] > 90
    cohort.end("stuck", lesson(95))
    assert cohort.settle(95, MOMENTS) == []


@given(st.lists(st.tuples(st.integers(0, 15), st.sampled_from(["begin", "end", "leave"])), max_size=80))
@settings(deadline=None)
def test_each_counts_once_at_most_and_none_is_kept_without_need(acts: list[tuple[int, str]]) -> None:
    cohort, ended, settled = Cohort(), set(), []
    for number, act in acts:
        name = f"{number}"
        if act == "begin" and number not in ended:
            cohort.begin(name, 0.0)
        elif act == "end" and name in cohort._places:
            cohort.end(name, lesson(number + 1))
            ended.add(number)
        elif act == "leave":
            cohort.leave(name)
        settled += [round(one) - 1 for one in seconds(cohort.settle(50, MOMENTS))]
    assert sorted(settled) == sorted(set(settled))
    assert set(settled) <= ended
    for number in range(16):
        cohort.leave(str(number))
    settled += [round(one) - 1 for one in seconds(cohort.settle(50, MOMENTS))]
    assert set(settled) == ended
    assert cohort._places == {}
