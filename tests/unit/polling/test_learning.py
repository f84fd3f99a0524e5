"""What a poll schedule learns from its looks, and what follows from that for tasks in flight."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.polling.schedule import PollSchedule
from bot.models import Job
from bot.providers.base import TaskState
from tests.unit.jobs.samples import NOW, Clock
from tests.unit.jobs.schedule import due as due_now
from tests.unit.jobs.schedule import forget_others
from tests.unit.polling.looks import EVEN, LINKED, LONGEST, PACE, RUNNING, SHORTEST, History, new_looks, rendering, says


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def looks(clock: Clock) -> PollSchedule:
    return new_looks(clock)


def of_kind(job: Job, seconds: int) -> Job:
    """The same with another duration."""
    return replace(job, request=replace(job.request, duration_seconds=seconds))


async def let_end(looks: PollSchedule, clock: Clock, number: int, took: float) -> list[tuple[str, float]]:
    """A task is submitted, looked at as planned, and found to have ended after so many seconds."""
    job = rendering(number, since=clock.now)
    at = looks.first_look(job)
    while at < (job.submitted_at or 0.0) + took:
        clock.now = at
        looks.note(job, RUNNING)
        at = looks.next_look(job)
    clock.now = at
    assert looks.note(job, LINKED) == "finished"
    looks.forget(job.job_id)
    return await looks.replan(job.provider)


async def test_what_is_known_of_a_kind_is_asked_for_once(clock: Clock) -> None:
    history = History(*EVEN)
    looks = PollSchedule(history, clock, PACE)
    for _ in range(3):
        await due_now(looks, [rendering(1), rendering(2), of_kind(rendering(3), 10)])
    assert sorted(kind.duration_seconds or 0 for kind in history.asked) == [0, 10]


async def test_kinds_are_learned_apart(looks: PollSchedule, clock: Clock) -> None:
    short, long = rendering(1001), of_kind(rendering(1002), 10)
    for job in (short, long):
        looks.first_look(job)
    await looks.replan("apiframe")
    before = looks.first_look(long) - NOW
    for job in (short, long):
        looks.forget(job.job_id)
    for number in range(20):
        await let_end(looks, clock, number, 300.0)
    looks.first_look(short := rendering(2001, since=clock.now))
    await looks.replan("apiframe")
    assert looks.first_look(short) - clock.now > 200
    assert looks.first_look(of_kind(rendering(2002, since=clock.now), 10)) - clock.now == before


async def test_a_first_look_that_was_planned_before_more_was_known_is_moved(looks: PollSchedule, clock: Clock) -> None:
    """A task in flight profits from what others of its kind have shown meanwhile."""
    waiting = rendering(500, since=NOW)
    looks.first_look(waiting)
    await looks.replan("apiframe")
    before = looks.first_look(waiting)
    for number in range(8):
        clock.now = NOW
        await let_end(looks, clock, number, 40.0)
    clock.now = NOW + 1
    assert looks.first_look(waiting) < before - 20


async def test_a_provider_that_says_how_long_it_took_is_believed_within_what_is_known(
    looks: PollSchedule, clock: Clock
) -> None:
    looks.first_look(rendering(0))
    await looks.replan("apiframe")
    for number in range(1, 7):
        clock.now = NOW
        job = rendering(number)
        clock.now = looks.first_look(job)
        looks.note(job, LINKED._replace(seconds=20.0))
        looks.forget(job.job_id)
        await looks.replan("apiframe")
    clock.now = NOW
    assert 20 < looks.first_look(rendering(99)) - NOW < 25
    for number in range(101, 105):
        clock.now = NOW
        job = rendering(number)
        clock.now = looks.first_look(job)
        looks.note(job, LINKED._replace(seconds=1e9))
    await looks.replan("apiframe")
    clock.now = NOW
    assert looks.first_look(rendering(100)) - NOW < 40


async def test_a_move_is_told_and_one_that_makes_no_difference_is_not(looks: PollSchedule, clock: Clock) -> None:
    job = rendering(1, since=NOW)
    assert looks.first_look(job) == NOW + LONGEST
    ((job_id, at),) = await looks.replan("apiframe")
    assert job_id == job.job_id
    assert at == looks.first_look(job) > NOW + 50
    assert await looks.replan("apiframe") == []


async def test_what_is_moved_to_now_waits_for_the_query_after_one_just_made(looks: PollSchedule, clock: Clock) -> None:
    job = rendering(1, since=NOW)
    looks.first_look(job)
    clock.now = NOW + 200
    looks.shared("apiframe", 1)
    assert await looks.replan("apiframe") == [(job.job_id, clock.now + SHORTEST)]


async def test_a_query_that_many_share_is_made_more_often(looks: PollSchedule, clock: Clock) -> None:
    job = rendering(1, since=NOW)
    looks.first_look(job)
    await looks.replan("apiframe")
    clock.now = NOW + 80
    looks.note(job, RUNNING)
    alone = looks.next_look(job)
    for _ in range(20):
        looks.shared("apiframe", 100, 1)
    await looks.replan("apiframe")
    assert looks.next_look(job) < alone


async def test_a_callback_is_believed_to_come_at_the_end(clock: Clock) -> None:
    """Without it the end lies anywhere between two looks."""
    looks = PollSchedule(History(), clock, PACE)
    looks.first_look(rendering(0))
    await looks.replan("apiframe")
    for number in range(1, 9):
        clock.now = NOW
        job = rendering(number)
        looks.first_look(job)
        clock.now = NOW + 60
        looks.wake(job.job_id)
        assert looks.first_look(job) == clock.now
        looks.note(job, LINKED)
        looks.forget(job.job_id)
        await looks.replan("apiframe")
    clock.now = NOW
    assert 40 < looks.first_look(rendering(99)) - NOW < 60


async def test_what_ended_in_an_earlier_process_teaches_nothing(looks: PollSchedule, clock: Clock) -> None:
    looks.first_look(rendering(0))
    await looks.replan("apiframe")
    for number in range(1, 30):
        job = rendering(number, since=NOW - 700)
        assert looks.first_look(job) == NOW
        looks.note(job, LINKED)
        looks.forget(job.job_id)
    await looks.replan("apiframe")
    assert looks.first_look(rendering(99)) - NOW < 95


async def test_tasks_that_fail_early_are_looked_at_early(looks: PollSchedule, clock: Clock) -> None:
    looks.first_look(rendering(0))
    await looks.replan("apiframe")
    before = looks.first_look(rendering(98)) - NOW
    for number in range(1, 20):
        clock.now = NOW
        job = rendering(number)
        clock.now = looks.first_look(job)
        assert looks.note(job, says(TaskState.FAILED)) == "finished"
        looks.forget(job.job_id)
        await looks.replan("apiframe")
    clock.now = NOW
    assert looks.first_look(rendering(99)) - NOW < before / 2


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["first", "note", "next", "wake", "forget"])), max_size=60)
)
@settings(deadline=None, max_examples=40)
async def test_nothing_is_kept_of_jobs_that_have_left(acts: list[tuple[int, str]]) -> None:
    clock = Clock()
    looks = new_looks(clock)
    for number, act in acts:
        job = rendering(number, since=clock.now)
        if act == "first":
            assert looks.first_look(job) >= clock.now
        elif act == "note":
            looks.note(job, RUNNING)
        elif act == "next":
            assert looks.next_look(job) > clock.now or job.job_id in looks._woken
        elif act == "wake":
            looks.wake(job.job_id)
        else:
            looks.forget(job.job_id)
        clock.pass_(1.0)
    forget_others(looks, set())
    assert (looks._looks, looks._woken, dict(looks._open["apiframe"])) == ({}, set(), {})
