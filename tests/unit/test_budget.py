"""The turns of a channel: apart from each other whoever asks, and kept by whoever booked one."""

from __future__ import annotations

from bot.engine.budget import Budget


class Hands:
    """A clock that stands."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """See bot.clocks.Clock."""
        return self.now


def test_those_who_ask_in_different_ways_share_the_turns_of_a_channel() -> None:
    clock = Hands()
    budget = Budget(clock, apart=1.25)
    assert budget.book(1) == 1000.0
    assert budget.turn(1, "overview") == 1001.25
    assert budget.book(1) == 1002.5
    assert budget.book(2) == 1000.0, "another channel"


def test_a_turn_is_booked_once_and_used_up() -> None:
    clock = Hands()
    budget = Budget(clock, apart=1.0)
    budget.book(1)
    assert [budget.turn(1, "a") for _ in range(3)] == [1001.0] * 3
    clock.now += 1.0
    assert budget.turn(1, "a") is None
    assert budget.turn(1, "a") == 1002.0


def test_a_turn_that_came_long_ago_is_over() -> None:
    clock = Hands()
    budget = Budget(clock, apart=1.0)
    budget.book(1)
    budget.turn(1, "a")
    clock.now += 60.0
    budget.book(1)
    assert budget.turn(1, "a") == 1061.0


def test_five_edits_in_five_seconds_are_never_exceeded_whoever_edits() -> None:
    clock = Hands()
    budget, edited = Budget(clock, apart=1.25), []
    for step in range(400):
        clock.now = 1000.0 + step / 10
        edited += [clock.now for who in "abcdefghij" if budget.turn(1, who) is None]
    assert len(edited) > 30
    assert all(later - first >= 5.0 for first, later in zip(edited, edited[5:], strict=False))
