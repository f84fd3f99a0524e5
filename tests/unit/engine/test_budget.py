"""Turns are booked ahead: apart from each other, in the order of asking, and for each key by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.budget import Budget
from tests.unit.jobs.samples import NOW, Clock


def test_turns_of_one_key_are_apart_and_those_of_others_are_not_touched(clock: Clock) -> None:
    budget = Budget(clock, apart=1.25)
    assert [budget.book(5) - NOW for _ in range(4)] == [0.0, 1.25, 2.5, 3.75]
    assert budget.book(6) == NOW


def test_a_turn_that_nobody_took_is_not_saved_up(clock: Clock) -> None:
    budget = Budget(clock, apart=1.0)
    budget.book(5)
    clock.pass_(100)
    assert [budget.book(5) - clock.now for _ in range(3)] == [0.0, 1.0, 2.0]


def test_keys_that_are_free_again_are_forgotten_and_the_others_are_not(clock: Clock) -> None:
    budget = Budget(clock, apart=1.0)
    for key in range(5000):
        budget.book(key)
        clock.pass_(0.01)
    assert len(budget._free_at) <= 1001
    assert budget.book(4999) > clock.now


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 3)), max_size=40))
def test_no_two_turns_of_a_key_are_closer_than_they_may_be(bookings: list[tuple[int, float]]) -> None:
    clock = Clock()
    budget, last = Budget(clock, apart=1.25), dict[int, float]()
    for key, seconds in bookings:
        clock.pass_(seconds)
        turn = budget.book(key)
        assert turn >= clock.now
        assert turn - last.get(key, 0.0) >= 1.25 - 1e-6
        last[key] = turn
