"""When a task is looked at, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.poll_schedule import LINKLESS_SECONDS, PollSchedule
from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.plans import Kind, Pace, Past
from bot.jobs.transitions import GIVE_UP_LOOKING_SECONDS, SLOW_LOOK_SECONDS
from bot.models import Job, JobStatus
from bot.providers.base import RemoteTask, TaskState
from tests.unit.jobs.samples import NOW, Clock, a_job
from tests.unit.jobs.schedule import due as due_now
from tests.unit.jobs.schedule import forget_others

SHORTEST, LONGEST, TIMEOUT, LATE, PUBLISHED = 5.0, 15.0, 1200.0, 4.0, 180.0
PACE = Pace(Bounds(SHORTEST, LONGEST), LATE, TIMEOUT)
EVEN = tuple(100.0 + off for off in range(-20, 21, 2))
"""Completions around 100 s, as their rows say it."""


class History:
    """What is known of every kind of task; `asked` is how often somebody wanted to know."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[Kind] = []

    async def __call__(self, kind: Kind) -> Past:
        self.asked.append(kind)
        return Past(PUBLISHED, self.seconds)


@pytest.fixture
def looks(clock: Clock) -> PollSchedule:
    return new_looks(clock)


def new_looks(clock: Clock, *seconds: float) -> PollSchedule:
    return PollSchedule(History(*(seconds or EVEN)), clock, PACE)


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


def rendering(number: int = 1, *, since: float = NOW) -> Job:
    job = a_job(number, status=JobStatus.RENDERING)
    return replace(job, task_id=f"t{number}", submitting_at=since, submitted_at=since)


def unknown(number: int = 1, *, since: float = NOW) -> Job:
    return replace(rendering(number, since=since), status=JobStatus.UNKNOWN, due_at=since + SLOW_LOOK_SECONDS)


def says(state: TaskState, progress: int | None = None) -> RemoteTask:
    return RemoteTask("t1", state, progress)


RUNNING, MISSING, LINKLESS = says(TaskState.RUNNING), says(TaskState.MISSING), says(TaskState.SUCCEEDED)
LINKED = LINKLESS._replace(video_url="https://clips.example/a.mp4")


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
