"""Whose turn it is, with users that have many jobs and users that have one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.submission.fairness import fair_order
from bot.storage.open_jobs import Head
from tests.unit.jobs.samples import NOW

USERS = st.integers(1, 5)
waiting_jobs = st.builds(
    lambda rows, served: [
        a_head(number, user=user, created_at=NOW + seconds, served_at=served.get(user))
        for number, (user, seconds) in enumerate(rows, start=1)
    ],
    st.lists(st.tuples(USERS, st.integers(0, 20)), max_size=30),
    st.dictionaries(USERS, st.floats(NOW - 3600, NOW)),
)
in_flights = st.dictionaries(USERS, st.integers(0, 4))


def a_head(number: int, *, user: int, created_at: float, served_at: float | None) -> Head:
    return Head(f"{number:020x}", user, created_at, created_at, served_at)


def jobs_of(user: int, count: int, *, first: int = 1, served: float | None = None) -> list[Head]:
    return [a_head(n, user=user, created_at=NOW + n, served_at=served) for n in range(first, first + count)]


def users(order: list[Head]) -> list[int]:
    return [head.user_id for head in order]


def test_nobody_waiting_is_nobody_served() -> None:
    assert fair_order([], {1: 2}) == []


def test_ten_jobs_of_one_person_never_hold_back_the_first_of_another() -> None:
    waiting = [*jobs_of(1, 10), *jobs_of(2, 1, first=100)]
    assert users(fair_order(waiting, {}))[:3] == [1, 2, 1]


def test_whoever_has_jobs_under_way_lets_the_others_go_first() -> None:
    waiting = [*jobs_of(1, 10), *jobs_of(2, 1, first=100), *jobs_of(3, 1, first=200)]
    assert users(fair_order(waiting, {1: 1}))[:3] == [2, 3, 1]


def test_two_people_with_ten_jobs_each_take_turns() -> None:
    waiting = [*jobs_of(1, 10), *jobs_of(2, 10, first=100)]
    assert users(fair_order(waiting, {})) == [1, 2] * 10


def test_who_was_served_longest_ago_goes_first() -> None:
    waiting = [
        *jobs_of(1, 1, served=NOW - 10),
        *jobs_of(2, 1, first=2, served=NOW - 30),
        *jobs_of(3, 1, first=3, served=NOW - 20),
    ]
    assert users(fair_order(waiting, {})) == [2, 3, 1]


def test_who_was_never_served_goes_before_who_was() -> None:
    waiting = [*jobs_of(1, 1, served=NOW - 3600), *jobs_of(2, 1, first=2)]
    assert users(fair_order(waiting, {})) == [2, 1]


def test_of_two_newcomers_the_one_who_asked_earlier_goes_first() -> None:
    assert users(fair_order([*jobs_of(9, 1, first=5), *jobs_of(1, 1, first=6)], {})) == [9, 1]


def test_each_person_keeps_the_order_in_which_they_asked() -> None:
    waiting = [*jobs_of(1, 3), *jobs_of(2, 3, first=100)]
    order = fair_order(reversed(waiting), {2: 1})
    assert [head for head in order if head.user_id == 1] == waiting[:3]
    assert [head for head in order if head.user_id == 2] == waiting[3:]


@given(waiting_jobs, in_flights)
@settings(deadline=None)
def test_everybody_who_waits_is_served_exactly_once(waiting: list[Head], in_flight: dict[int, int]) -> None:
    order = fair_order(waiting, in_flight)
    assert Counter(head.job_id for head in order) == Counter(head.job_id for head in waiting)
    for user in set(users(order)):
        mine = [head for head in order if head.user_id == user]
        assert mine == sorted(mine, key=lambda head: (head.created_at, head.job_id))


@given(waiting_jobs, in_flights)
@settings(deadline=None)
def test_between_two_jobs_of_one_person_everybody_who_has_no_more_under_way_gets_a_turn(
    waiting: list[Head], in_flight: dict[int, int]
) -> None:
    turns = users(fair_order(waiting, in_flight))
    for user in set(turns):
        for one, next_one in pairwise(place for place, other in enumerate(turns) if other == user):
            owed = {other for other in turns[one + 1 :] if in_flight.get(other, 0) <= in_flight.get(user, 0)} - {user}
            assert owed <= set(turns[one:next_one])


@given(waiting_jobs, in_flights)
@settings(deadline=None)
def test_the_first_turn_is_of_somebody_with_the_fewest_jobs_under_way(
    waiting: list[Head], in_flight: dict[int, int]
) -> None:
    turns = users(fair_order(waiting, in_flight))
    served = {head.user_id: head.served_at or 0.0 for head in waiting}
    if turns:
        first = min(turns, key=lambda user: (in_flight.get(user, 0), served[user]))
        assert (in_flight.get(turns[0], 0), served[turns[0]]) == (in_flight.get(first, 0), served[first])
