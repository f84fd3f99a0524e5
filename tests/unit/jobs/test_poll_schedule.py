"""When a task is looked at, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.polling.schedule import LINKLESS_SECONDS, PollSchedule
from bot.jobs.transitions import GIVE_UP_LOOKING_SECONDS, SLOW_LOOK_SECONDS
from bot.models import Job
from bot.providers.base import RemoteTask, TaskState
from tests.unit.jobs.samples import NOW, Clock
from tests.unit.jobs.schedule import due as due_now
from tests.unit.jobs.schedule import forget_others
from tests.unit.polling.looks import (
    LINKED,
    LINKLESS,
    LONGEST,
    MISSING,
    PACE,
    RUNNING,
    SHORTEST,
    TIMEOUT,
    History,
    new_looks,
    rendering,
    says,
    unknown,
)


@pytest.fixture
def looks(clock: Clock) -> PollSchedule:
    return new_looks(clock)


async def test_without_jobs_there_is_nothing_to_look_at(looks: PollSchedule) -> None:
    assert await due_now(looks, []) == ([], None)


async def test_a_task_just_submitted_is_left_alone_at_first(looks: PollSchedule) -> None:
    """Until one can have ended, by what is known; the first one of its kind may be done sooner than is published."""
    due, at = await due_now(looks, [rendering()])
    assert due == []
    assert at is not None
    assert NOW + 50 < at < NOW + 95
    fresh = PollSchedule(History(), lambda: NOW, PACE)
    due, at = await due_now(fresh, [rendering()])
    assert due == []
    assert at is not None
    assert NOW + SHORTEST <= at <= NOW + LONGEST


async def test_a_task_that_an_earlier_process_submitted_is_looked_at_at_once(looks: PollSchedule) -> None:
    job = rendering(since=NOW - 60)
    assert await due_now(looks, [job]) == ([job], NOW)


async def test_a_woken_job_of_an_earlier_process_waits_for_its_own_due_time(looks: PollSchedule) -> None:
    job = replace(rendering(since=NOW - 60), due_at=NOW + 3)
    assert await due_now(looks, [job]) == ([], NOW + 3)


async def test_one_sweep_takes_along_what_would_be_due_shortly_after(looks: PollSchedule, clock: Clock) -> None:
    jobs = [rendering(number, since=NOW + wait) for number, wait in enumerate([0.0, 4.0, 6.0])]
    await looks.replan("apiframe")
    times = []
    for job in jobs:
        clock.now = job.submitted_at or 0.0
        times.append((await due_now(looks, [job]))[1])
    assert times[0] is not None
    clock.now = times[0] - 0.1
    assert await due_now(looks, jobs) == ([], times[0])
    clock.now = times[0]
    assert await due_now(looks, jobs) == (jobs[:2], times[0])


async def test_a_task_that_was_just_looked_at_is_not_taken_along(looks: PollSchedule, clock: Clock) -> None:
    job = rendering(since=NOW)
    await due_now(looks, [job])
    clock.now = NOW + 100
    looks.note(job, RUNNING)
    at = looks.next_look(job)
    assert at - clock.now < 2 * SHORTEST
    clock.pass_(SHORTEST - 0.1)
    assert at - clock.now <= looks.together("apiframe")
    assert not looks.rested(job.job_id)
    clock.pass_(0.1)
    assert looks.rested(job.job_id)


async def test_a_task_is_due_again_after_its_look_and_not_before(looks: PollSchedule, clock: Clock) -> None:
    job = rendering(since=NOW)
    await due_now(looks, [job])
    clock.now = NOW + 100
    assert looks.note(job, RUNNING) == "running"
    due, at = await due_now(looks, [job])
    assert due == []
    assert at is not None
    assert SHORTEST <= at - clock.now < 10
    clock.now = at
    assert await due_now(looks, [job]) == ([job], at)


async def test_one_that_is_late_beyond_all_others_is_looked_at_seldom(looks: PollSchedule, clock: Clock) -> None:
    job = rendering(since=NOW)
    await due_now(looks, [job])
    clock.now = NOW + 900
    looks.note(job, RUNNING)
    assert looks.next_look(job) - clock.now == LONGEST


async def test_a_provider_that_could_not_be_asked_is_not_asked_again_at_once(looks: PollSchedule) -> None:
    job = rendering(since=NOW - 20)
    await due_now(looks, [job])
    assert looks.note(job, None) == "running"
    due, at = await due_now(looks, [job])
    assert due == []
    assert at is not None
    assert SHORTEST <= at - NOW <= LONGEST


@pytest.mark.parametrize("state", [TaskState.SUCCEEDED, TaskState.FAILED])
@pytest.mark.parametrize("make", [rendering, unknown])
async def test_a_finished_task_is_finished_however_late(
    looks: PollSchedule, clock: Clock, make: Callable[[], Job], state: TaskState
) -> None:
    job = make()
    await due_now(looks, [job])
    clock.pass_(GIVE_UP_LOOKING_SECONDS + 1)
    assert looks.note(job, says(state)) == "finished"


async def test_a_task_that_has_succeeded_without_a_link_is_looked_at_for_ten_minutes(
    looks: PollSchedule, clock: Clock
) -> None:
    """Also beyond the time limit: it has ended, and is paid for."""
    job = rendering()
    await due_now(looks, [job])
    clock.pass_(TIMEOUT - 60)
    begun = clock.now
    while clock.now - begun <= LINKLESS_SECONDS - 2 * LONGEST:
        assert looks.note(job, LINKLESS) == "running"
        _, next_at = await due_now(looks, [job])
        assert next_at is not None
        assert next_at - clock.now <= LONGEST
        clock.now = next_at
    clock.now = begun + LINKLESS_SECONDS
    assert looks.note(job, LINKLESS) == "running"
    clock.pass_(1)
    assert looks.note(job, LINKLESS) == "finished"


async def test_a_link_that_comes_late_is_believed_at_once(looks: PollSchedule, clock: Clock) -> None:
    job = rendering()
    await due_now(looks, [job])
    looks.note(job, LINKLESS)
    clock.pass_(500)
    assert looks.note(job, LINKED) == "finished"


async def test_the_ten_minutes_begin_anew_when_the_task_has_not_ended_after_all(
    looks: PollSchedule, clock: Clock
) -> None:
    job = rendering()
    await due_now(looks, [job])
    looks.note(job, LINKLESS)
    clock.pass_(500)
    looks.note(job, RUNNING)
    clock.pass_(200)
    assert looks.note(job, LINKLESS) == "running"


async def test_nobody_waits_for_a_job_of_unknown_outcome_so_its_link_may_take_a_day(
    looks: PollSchedule, clock: Clock
) -> None:
    job = unknown()
    await due_now(looks, [job])
    looks.note(job, LINKLESS)
    clock.pass_(10 * LINKLESS_SECONDS)
    assert looks.note(job, LINKLESS) == "running"
    clock.pass_(GIVE_UP_LOOKING_SECONDS)
    assert looks.note(job, LINKLESS) == "finished"


@pytest.mark.parametrize("task", [RUNNING, None])
async def test_nobody_waits_longer_than_the_timeout(looks: PollSchedule, clock: Clock, task: RemoteTask | None) -> None:
    job = rendering()
    await due_now(looks, [job])
    clock.pass_(TIMEOUT)
    assert looks.note(job, task) == "running"
    clock.pass_(0.1)
    assert looks.note(job, task) == "overdue"


async def test_a_job_without_a_time_of_submission_counts_from_the_attempt(looks: PollSchedule, clock: Clock) -> None:
    job = replace(rendering(), submitted_at=None, submitting_at=NOW - TIMEOUT - 1, created_at=NOW)
    await due_now(looks, [job])
    assert looks.note(job, RUNNING) == "overdue"


async def test_a_task_is_lost_when_it_was_missing_three_times(looks: PollSchedule) -> None:
    job = rendering()
    await due_now(looks, [job])
    assert [looks.note(job, MISSING) for _ in range(3)] == ["running", "running", "finished"]


async def test_a_task_that_turns_up_in_between_is_not_lost(looks: PollSchedule) -> None:
    job = rendering()
    await due_now(looks, [job])
    answers = [MISSING, MISSING, RUNNING, MISSING, MISSING, MISSING]
    assert [looks.note(job, answer) for answer in answers] == ["running"] * 5 + ["finished"]


async def test_a_provider_that_could_not_be_asked_has_not_lost_the_task(looks: PollSchedule) -> None:
    job = rendering()
    await due_now(looks, [job])
    assert [looks.note(job, answer) for answer in (MISSING, None, MISSING, None)] == ["running"] * 4


async def test_a_job_of_unknown_outcome_is_looked_at_slowly(looks: PollSchedule, clock: Clock) -> None:
    job = unknown()
    assert await due_now(looks, [job]) == ([], NOW + SLOW_LOOK_SECONDS)
    clock.pass_(SLOW_LOOK_SECONDS)
    assert looks.note(job, RUNNING) == "running"
    assert await due_now(looks, [job]) == ([], NOW + 2 * SLOW_LOOK_SECONDS)


async def test_a_job_of_unknown_outcome_is_given_up_after_a_day(looks: PollSchedule, clock: Clock) -> None:
    job = unknown()
    await due_now(looks, [job])
    clock.pass_(GIVE_UP_LOOKING_SECONDS)
    assert looks.note(job, RUNNING) == "running"
    clock.pass_(1)
    assert looks.note(job, RUNNING) == "hopeless"


async def test_progress_is_unknown_until_a_provider_tells_it(looks: PollSchedule) -> None:
    job = rendering()
    assert looks.progress(job.job_id) is None
    await due_now(looks, [job])
    looks.note(job, RUNNING)
    assert looks.progress(job.job_id) is None
    looks.note(job, says(TaskState.RUNNING, 0))
    assert looks.progress(job.job_id) == 0


async def test_a_look_without_an_answer_keeps_the_progress(looks: PollSchedule) -> None:
    job = rendering()
    await due_now(looks, [job])
    for answer in (says(TaskState.RUNNING, 40), RUNNING, None, MISSING):
        looks.note(job, answer)
        assert looks.progress(job.job_id) == 40


async def test_what_is_not_looked_at_any_more_is_forgotten(looks: PollSchedule) -> None:
    first, second = rendering(1), rendering(2)
    await due_now(looks, [first, second])
    looks.note(first, says(TaskState.RUNNING, 10))
    looks.note(second, says(TaskState.RUNNING, 20))
    forget_others(looks, {second.job_id})
    assert (looks.progress(first.job_id), looks.progress(second.job_id)) == (None, 20)


@given(st.lists(st.none() | st.integers(0, 100), max_size=20))
@settings(deadline=None, max_examples=50)
async def test_progress_never_goes_back(told: list[int | None]) -> None:
    looks, job = new_looks(Clock()), rendering()
    await due_now(looks, [job])
    highest = 0
    for progress in told:
        looks.note(job, says(TaskState.RUNNING, progress))
        highest = max(highest, progress or 0)
        assert (looks.progress(job.job_id) or 0) == highest


@given(st.floats(0, TIMEOUT), st.lists(st.floats(0, 60), max_size=20))
@settings(deadline=None, max_examples=50)
async def test_two_looks_at_a_rendering_task_are_spaced_within_the_bounds(age: float, pauses: list[float]) -> None:
    clock = Clock()
    looks, job = new_looks(clock), rendering(since=NOW - age)
    await due_now(looks, [job])
    for pause in pauses:
        clock.pass_(pause)
        looks.note(job, RUNNING)
        _, next_at = await due_now(looks, [job])
        assert next_at is not None
        assert SHORTEST - 1e-6 <= next_at - clock.now <= LONGEST + 1e-6
