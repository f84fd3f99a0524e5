"""From one step to the next, with the engine running: what is done, done again, and done after a start."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import NotItsTurn, OutcomeUnknown
from bot.jobs.next_steps import JobStep, next_step
from bot.jobs.scheduler import RECALL_SECONDS, SHOWN_A_SECOND
from bot.jobs.transitions import GIVE_UP_LOOKING_SECONDS, SLOW_LOOK_SECONDS
from bot.models import FailureCode, Job, JobStatus
from bot.providers.base import RemoteTask, TaskState
from bot.storage.jobs import JobStore
from tests.resting import rest, running
from tests.unit.jobs.channel import kept, reached
from tests.unit.jobs.rig import Rig, busy, numbers
from tests.unit.jobs.samples import NOW, Clock, a_job

S = JobStatus


async def passing(rig: Rig, seconds: float, *, step: float = 5.0) -> None:
    """Let time pass while the engine runs."""
    until = rig.clock.now + seconds
    while rig.clock.now < until:
        rig.clock.pass_(step)
        await rest(rig.engine, rig.clock)


async def test_a_task_that_nobody_waits_for_any_more_is_looked_at_now_and_then(rig: Rig, clock: Clock) -> None:
    job = await rig.put(1)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        await passing(rig, 1250)
        found = await rig.job(job)
        assert (found.status, found.failure) == (S.UNKNOWN, FailureCode.TIMED_OUT)
        looks = len(rig.first.asked)
        await passing(rig, 4 * SLOW_LOOK_SECONDS)
        assert 3 <= len(rig.first.asked) - looks <= 5
        rig.first.end(job.job_id)
        await passing(rig, SLOW_LOOK_SECONDS + 10)
        found = await rig.job(job)
    assert (found.status, found.failure) == (S.FAILED, FailureCode.MODERATION)


async def test_a_task_that_never_turns_up_is_given_up_after_a_day(rig: Rig, clock: Clock) -> None:
    job = await rig.put(1)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        await passing(rig, GIVE_UP_LOOKING_SECONDS - 600, step=100)
        assert (await rig.job(job)).status is S.UNKNOWN
        await passing(rig, 2000, step=100)
    found = await rig.job(job)
    assert (found.status, found.failure) == (S.FAILED, FailureCode.TIMED_OUT)


async def test_a_lost_answer_is_asked_for_again_when_it_is_due_and_not_before(rig: Rig, clock: Clock) -> None:
    job = await rig.put(1)
    rig.first.trouble[""] = OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        found = await rig.job(job)
        assert (found.status, found.attempts) == (S.SUBMITTING, 1)
        assert rig.due(JobStep.SUBMIT, job.job_id) == found.due_at - clock.now > 0
        for _ in range(5):
            rig.engine.make_due(JobStep.SUBMIT, job.job_id)
            await rest(rig.engine, clock)
        assert (await rig.job(job)).attempts == 1
        rig.first.trouble.clear()
        clock.pass_(found.due_at - clock.now)
        await rest(rig.engine, clock)
    assert (await rig.job(job)).status is S.RENDERING
    assert numbers(rig.first.submitted) == [1]


async def test_a_job_handed_over_before_it_has_a_message_gets_one_that_says_when(rig: Rig, clock: Clock) -> None:
    await rig.put(1, status_message=False)
    async with running(rig.engine):
        await rest(rig.engine, clock)
    status, view = rig.channel.shown[0]
    usual = rig.first.capabilities.average_seconds
    assert (status, view.place, view.expected_at) == (S.QUEUED, 1, round(NOW + usual))


async def test_nobody_is_handed_over_whose_turn_it_is_not(rig: Rig, clock: Clock) -> None:
    """A step that comes late, after its place has been given to another."""
    jobs = [await rig.put(number) for number in range(1, 5)]
    async with running(rig.engine):
        await rest(rig.engine, clock)
        assert sorted(numbers(rig.first.submitted)) == [1, 2]
        rig.engine.make_due(JobStep.SUBMIT, jobs[3].job_id)
        await rest(rig.engine, clock)
    assert len(rig.first.submitted) == 2
    assert (await rig.job(jobs[3])).status is S.QUEUED


async def test_a_job_that_was_cancelled_while_it_was_handed_over_is_closed(rig: Rig, clock: Clock) -> None:
    job = await rig.put(1)
    rig.first.trouble[""] = busy()

    async def cancel() -> None:
        await rig.transitions.stop_waiting(await rig.job(job))

    rig.first.meanwhile = cancel
    async with running(rig.engine):
        await rest(rig.engine, clock)
    assert (await rig.job(job)).status is S.CANCELLED
    assert rig.line.waiting("apiframe") == rig.line.taken("apiframe") == 0


async def test_a_job_that_was_cancelled_while_its_status_message_was_posted_is_not_sent(
    rig: Rig, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    rig.channel.takes.clear()
    job = await rig.put(1, status_message=False)
    async with running(rig.engine):
        await reached(rig.channel, asked=1)
        await rig.parts.service.cancel(job.job_id, guild_id=1, user_id=1, moderator=False)
        rig.channel.takes.set()
        await passing(rig, 30)
    assert (await rig.job(job)).status is S.CANCELLED
    assert rig.first.submitted == []
    assert "failed" not in caplog.text


async def test_a_step_whose_row_is_not_what_it_expects_makes_the_right_one_due(rig: Rig, clock: Clock) -> None:
    """Whatever was made due by mistake, or twice: each job is where it would be without that."""
    job = await rig.put(1)
    async with running(rig.engine):
        await rest(rig.engine, clock)
        for kind in (JobStep.TAKE, JobStep.DELIVER, JobStep.WITHDRAW, JobStep.SUBMIT, JobStep.PROVIDER_REMOVED):
            rig.engine.make_due(kind, job.job_id)
        await rest(rig.engine, clock)
        assert (await rig.job(job)).status is S.RENDERING
        rig.first.end(job.job_id)
        await passing(rig, 30)
    assert (await rig.job(job)).status is S.FAILED
    assert numbers(rig.first.submitted) == [1]


async def test_a_job_that_has_another_provider_by_its_turn_keeps_no_place_at_the_first(rig: Rig, clock: Clock) -> None:
    """Whoever moved it: the place it was given is free, and it comes to its turn where it waits now."""
    job = await rig.put(1)
    rig.line.grant("apiframe", job.job_id, job.target.user_id)
    await rig.transitions.move(job, S.QUEUED, provider="acedata")
    rig.engine.make_due(JobStep.SUBMIT, job.job_id)
    async with running(rig.engine):
        await rest(rig.engine, clock)
    assert rig.line.taken("apiframe") == 0
    assert rig.line.granted("apiframe") == frozenset()
    assert (await rig.job(job)).status is S.RENDERING
    assert (await rig.job(job)).provider == "acedata"


# -- starts ------------------------------------------------------------------------------------------------------------


def left_behind() -> list[Job]:
    """A row of each kind that an earlier process may have left open."""
    jobs = (a_job(number, user=number, created_at=NOW - 100) for number in range(1, 10))
    a, b, c, d, e, f, g, h, i = (replace(job, status_message_id=500) for job in jobs)
    return [
        a,
        replace(b, status=S.SUBMITTING, submitting_at=NOW - 50, due_at=NOW + 10),
        replace(c, status=S.RENDERING, submitting_at=NOW - 50, submitted_at=NOW - 50, task_id="t3"),
        replace(d, status=S.DELIVERING, task_id="t4", due_at=NOW + 20),
        replace(e, status=S.UNKNOWN, submitting_at=NOW - 50, task_id="t5", ended_at=NOW - 10),
        replace(f, provider="switched off"),
        replace(g, cancelled_at=NOW - 60),
        replace(h, status=S.UNKNOWN, submitting_at=NOW - 50, ended_at=NOW - 10),
        replace(i, status_message_id=None),
    ]


async def test_a_start_makes_the_steps_of_all_open_rows_due(rig: Rig, clock: Clock) -> None:
    jobs = [await kept(rig.store, job) for job in left_behind()]
    await rig.parts.scheduler.recall()
    for job in jobs:
        step = next_step(job, rig.router, clock.now)
        if step is not None:
            due = rig.due(step.kind, step.key)
            assert due is not None, job
            assert due <= step.at - clock.now
    assert (rig.line.waiting("apiframe"), rig.line.taken("apiframe")) == (3, 2)
    assert rig.line.waiting("switched off") == 1
    shows = {int(job.job_id, 16): rig.due(JobStep.SHOW, job.job_id) for job in jobs}
    assert all(at is not None for at in shows.values())
    assert {number for number, at in shows.items() if at == 0.0} >= {2, 3, 4, 5, 8, 9}, "that one has no message yet"
    later = sorted(at for at in shows.values() if at)
    assert later == [number / SHOWN_A_SECOND for number in range(1, 4)], "those that wait, one after the other"
    assert rig.due(JobStep.TIDY, "") == 0.0
    rig.first.tasks |= {name: RemoteTask(name, TaskState.RUNNING) for name in ("t3", "t5")}
    clock.pass_(60)
    await rig.poller.poll("apiframe")
    assert rig.first.asked == [["t3", "t5"]]


async def test_who_was_served_before_a_start_is_remembered(rig: Rig, clock: Clock) -> None:
    for number, (user, served) in enumerate([(5, NOW - 50), (6, NOW - 500)], 1):
        job = replace(a_job(number, user=user), status=S.DELIVERED, submitting_at=served, ended_at=NOW)
        await kept(rig.store, job)
    for number, user in ((3, 5), (4, 6), (5, 7)):
        await kept(rig.store, a_job(number, user=user))
    await rig.parts.scheduler.recall()
    assert rig.line.next_members("apiframe", 3) == [7, 6, 5]


async def test_ends_that_have_not_been_shown_are_shown_after_a_start_but_not_old_ones(rig: Rig, clock: Clock) -> None:
    ended = [
        await kept(rig.store, replace(a_job(number, user=number), status=S.FAILED, ended_at=at, shown_status=shown))
        for number, at, shown in (
            (1, NOW - 60, None),
            (2, NOW - RECALL_SECONDS - 60, None),
            (3, NOW - 60, S.FAILED),
            (4, NOW - 60, S.UNKNOWN),
        )
    ]
    await rig.parts.scheduler.recall()
    assert [rig.due(JobStep.SHOW, job.job_id) for job in ended] == [0.0, None, None, 0.0]


@pytest.mark.parametrize("stop_after", [0, 1, 2, 3, 5, 8])
async def test_a_job_goes_on_after_a_start_wherever_it_was_stopped(
    store: JobStore, clock: Clock, tmp_path: Path, stop_after: int
) -> None:
    rig = Rig(store, clock, tmp_path)
    jobs = [await rig.put(number) for number in range(1, 6)]
    for _ in range(stop_after):  # by hand, and then the process is gone
        step = rig.engine._due.pop(clock.now)
        if step is not None and step.kind != JobStep.TIDY:
            with contextlib.suppress(NotItsTurn):
                await rig.engine._kinds[step.kind].handler(step.key)
    again = Rig(store, clock, tmp_path)
    again.first.tasks.update(rig.first.tasks)
    await again.parts.scheduler.recall()
    async with running(again.engine):
        for _ in range(300):
            for job_id in again.first.tasks:
                again.first.end(job_id)
            clock.pass_(5)
            await rest(again.engine, clock)
    assert {(await again.job(job)).status for job in jobs} == {S.FAILED}
    submitted = rig.first.submitted + again.first.submitted
    assert sorted(numbers(submitted)) == [1, 2, 3, 4, 5]
