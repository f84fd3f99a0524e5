"""Whose turn it is, with users that have many jobs and users that have one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.fairness import fair_order
from bot.models import Job
from tests.unit.jobs.samples import NOW, a_job

USERS = st.integers(1, 5)
waiting_jobs = st.lists(st.tuples(USERS, st.integers(0, 20)), max_size=30).map(
    lambda rows: [
        a_job(number, user=user, created_at=NOW + seconds) for number, (user, seconds) in enumerate(rows, start=1)
    ]
)
in_flights = st.dictionaries(USERS, st.integers(0, 4))
last_serveds = st.dictionaries(USERS, st.floats(NOW - 3600, NOW))


def jobs_of(user: int, count: int, *, first: int = 1) -> list[Job]:
    return [a_job(n, user=user, created_at=NOW + n) for n in range(first, first + count)]


def users(order: list[Job]) -> list[int]:
    return [job.target.user_id for job in order]


def test_nobody_waiting_is_nobody_served() -> None:
    assert fair_order([], {1: 2}, {1: NOW}) == []


def test_ten_jobs_of_one_person_never_hold_back_the_first_of_another() -> None:
    waiting = [*jobs_of(1, 10), *jobs_of(2, 1, first=100)]
    assert users(fair_order(waiting, {}, {}))[:3] == [1, 2, 1]


def test_whoever_has_jobs_under_way_lets_the_others_go_first() -> None:
    waiting = [*jobs_of(1, 10), *jobs_of(2, 1, first=100), *jobs_of(3, 1, first=200)]
    assert users(fair_order(waiting, {1: 1}, {}))[:3] == [2, 3, 1]


def test_two_people_with_ten_jobs_each_take_turns() -> None:
    waiting = [*jobs_of(1, 10), *jobs_of(2, 10, first=100)]
    assert users(fair_order(waiting, {}, {})) == [1, 2] * 10


def test_who_was_served_longest_ago_goes_first() -> None:
    waiting = [*jobs_of(1, 1), *jobs_of(2, 1, first=2), *jobs_of(3, 1, first=3)]
    served = {1: NOW - 10, 2: NOW - 30, 3: NOW - 20}
    assert users(fair_order(waiting, {}, served)) == [2, 3, 1]


def test_who_was_never_served_goes_before_who_was() -> None:
    waiting = [*jobs_of(1, 1), *jobs_of(2, 1, first=2)]
    assert users(fair_order(waiting, {}, {1: NOW - 3600})) == [2, 1]


def test_of_two_newcomers_the_one_who_asked_earlier_goes_first() -> None:
    assert users(fair_order([*jobs_of(9, 1, first=5), *jobs_of(1, 1, first=6)], {}, {})) == [9, 1]


def test_each_person_keeps_the_order_in_which_they_asked() -> None:
    waiting = [*jobs_of(1, 3), *jobs_of(2, 3, first=100)]
    order = fair_order(reversed(waiting), {2: 1}, {})
    assert [job for job in order if job.target.user_id == 1] == waiting[:3]
    assert [job for job in order if job.target.user_id == 2] == waiting[3:]


@given(waiting_jobs, in_flights, last_serveds)
@settings(deadline=None)
def test_everybody_who_waits_is_served_exactly_once(
    waiting: list[Job], in_flight: dict[int, int], last_served: dict[int, float]
) -> None:
    order = fair_order(waiting, in_flight, last_served)
    assert Counter(job.job_id for job in order) == Counter(job.job_id for job in waiting)
    for user in set(users(order)):
        mine = [job for job in order if job.target.user_id == user]
        assert mine == sorted(mine, key=lambda job: (job.created_at, job.job_id))


@given(waiting_jobs, in_flights, last_serveds)
@settings(deadline=None)
def test_between_two_jobs_of_one_person_everybody_who_has_no_more_under_way_gets_a_turn(
    waiting: list[Job], in_flight: dict[int, int], last_served: dict[int, float]
) -> None:
    turns = users(fair_order(waiting, in_flight, last_served))
    for user in set(turns):
        for one, next_one in pairwise(place for place, other in enumerate(turns) if other == user):
            owed = {other for other in turns[one + 1 :] if in_flight.get(other, 0) <= in_flight.get(user, 0)} - {user}
            assert owed <= set(turns[one:next_one])


@given(waiting_jobs, in_flights, last_serveds)
@settings(deadline=None)
def test_the_first_turn_is_of_somebody_with_the_fewest_jobs_under_way(
    waiting: list[Job], in_flight: dict[int, int], last_served: dict[int, float]
) -> None:
    turns = users(fair_order(waiting, in_flight, last_served))
    if turns:
        first = min(turns, key=lambda user: (in_flight.get(user, 0), last_served.get(user, 0.0)))
        assert (in_flight.get(turns[0], 0), last_served.get(turns[0], 0.0)) == (
            in_flight.get(first, 0),
            last_served.get(first, 0.0),
        )
