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


def test_a_turn_that_has_come_is_used_up_by_asking_and_until_then_it_stays_booked(clock: Clock) -> None:
    budget = Budget(clock, apart=1.0)
    assert budget.turn(5, "a") is None
    assert budget.turn(5, "b") == NOW + 1.0
    assert budget.turn(5, "b") == NOW + 1.0
    assert budget.turn(5, "a") == NOW + 2.0
    clock.pass_(1.0)
    assert budget.turn(5, "a") == NOW + 2.0
    assert budget.turn(5, "b") is None
    assert budget.turn(5, "b") == NOW + 3.0


def test_a_turn_that_nobody_used_for_long_is_booked_anew(clock: Clock) -> None:
    budget = Budget(clock, apart=1.0)
    for who in "ab":
        budget.turn(5, who)
    clock.pass_(100)
    assert budget.turn(5, "c") is None
    assert budget.turn(5, "b") == clock.now + 1.0


def test_turns_that_nobody_used_are_forgotten(clock: Clock) -> None:
    budget = Budget(clock, apart=1.0)
    for number in range(5000):
        budget.book(number)
        budget.turn(number, str(number))
        clock.pass_(0.1)
    assert len(budget._booked) <= 1001


def test_those_who_ask_in_different_ways_share_the_turns_of_a_channel(clock: Clock) -> None:
    budget = Budget(clock, apart=1.25)
    assert budget.book(1) == NOW
    assert budget.turn(1, "overview") == NOW + 1.25
    assert budget.book(1) == NOW + 2.5
    assert budget.book(2) == NOW, "another channel"


def test_five_edits_in_five_seconds_are_never_exceeded_whoever_edits(clock: Clock) -> None:
    budget, edited = Budget(clock, apart=1.25), []
    for step in range(400):
        clock.now = NOW + step / 10
        edited += [clock.now for who in "abcdefghij" if budget.turn(1, who) is None]
    assert len(edited) > 30
    assert all(later - first >= 5.0 for first, later in zip(edited, edited[5:], strict=False))
