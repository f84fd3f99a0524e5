"""Poller: one query for all tasks that are due, and what it has found is kept until the job has taken it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.errors import AccountProblem, HeldBack, OutcomeUnknown
from bot.jobs.next_steps import JobStep
from bot.jobs.polling.poller import Found
from bot.models import FailureCode, Job, JobStatus
from bot.providers.base import RemoteTask, TaskState
from tests.resting import rest, running
from tests.unit.jobs.rig import Rig
from tests.unit.jobs.samples import Clock
from tests.unit.jobs.schedule import LONGEST, TIMEOUT, rendering, unknown

P = "apiframe"


def begun(rig: Rig, jobs: Sequence[Job]) -> None:
    """The tasks of these jobs are under way, and looked at."""
    for job in jobs:
        rig.first.tasks[str(job.task_id)] = RemoteTask(str(job.task_id), TaskState.RUNNING)
        rig.poller.watch(job)


async def test_all_that_is_due_is_asked_for_in_one_query(rig: Rig, clock: Clock) -> None:
    begun(rig, [rendering(number) for number in range(1, 6)])
    at = rig.due(JobStep.POLL, P)
    assert at is not None
    await rig.poller.poll(P)
    assert rig.first.asked == []
    clock.pass_(at)
    again = await rig.poller.poll(P)
    assert rig.first.asked == [["t1", "t2", "t3", "t4", "t5"]]
    assert again is not None
    assert clock.now < again <= clock.now + LONGEST


async def test_without_anything_due_nothing_is_asked(rig: Rig) -> None:
    assert await rig.poller.poll(P) is None
    assert rig.first.asked == []


async def test_what_is_found_is_kept_until_it_is_taken_and_asked_for_no_more(rig: Rig, clock: Clock) -> None:
    job = rendering()
    begun(rig, [job])
    rig.first.end("t1")
    clock.pass_(60)
    assert await rig.poller.poll(P) is None
    found = Found("finished", rig.first.tasks["t1"])
    assert rig.poller.found(job.job_id) == found
    assert rig.due(JobStep.TAKE, job.job_id) == 0.0
    clock.pass_(600)
    rig.poller.watch(job)
    await rig.poller.poll(P)
    assert len(rig.first.asked) == 1
    assert rig.poller.found(job.job_id) == found
    rig.poller.forget(job.job_id)
    assert rig.poller.found(job.job_id) is None


async def test_what_did_not_end_the_job_is_looked_at_again(rig: Rig, clock: Clock) -> None:
    job = rendering()
    begun(rig, [job])
    rig.first.end("t1")
    clock.pass_(60)
    await rig.poller.poll(P)
    rig.poller.look_on(job.job_id)
    assert rig.poller.found(job.job_id) is None
    clock.pass_(60)
    await rig.poller.poll(P)
    assert rig.first.asked == [["t1"], ["t1"]]


async def test_a_task_that_is_woken_is_looked_at_at_once(rig: Rig, clock: Clock) -> None:
    jobs = [rendering(), unknown(2)]
    begun(rig, jobs)
    for job in jobs:
        rig.poller.wake(job)
        assert rig.due(JobStep.POLL, P) == 0.0
    await rig.poller.poll(P)
    assert rig.first.asked == [["t1", "t2"]]


async def test_a_callback_that_comes_before_the_answer_is_not_lost(rig: Rig) -> None:
    rig.poller.wake(rendering())
    begun(rig, [rendering()])
    assert rig.due(JobStep.POLL, P) == 0.0
    await rig.poller.poll(P)
    assert rig.first.asked == [["t1"]]


async def test_a_job_that_has_left_is_asked_for_no_more(rig: Rig, clock: Clock) -> None:
    jobs = [rendering(number) for number in (1, 2)]
    begun(rig, jobs)
    rig.poller.forget(jobs[0].job_id)
    clock.pass_(60)
    await rig.poller.poll(P)
    assert rig.first.asked == [["t2"]]
    rig.poller.forget(jobs[1].job_id)
    clock.pass_(60)
    assert await rig.poller.poll(P) is None
    assert len(rig.first.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN), HeldBack(FailureCode.PROVIDER_UNAVAILABLE)],
    ids=lambda e: type(e).__name__,
)
async def test_a_query_that_fails_is_no_answer_and_is_not_repeated_at_once(
    rig: Rig, clock: Clock, trouble: Exception
) -> None:
    job = rendering()
    begun(rig, [job])
    rig.first.blind = trouble
    clock.pass_(60)
    again = await rig.poller.poll(P)
    assert again is not None
    assert again >= clock.now + 5
    assert rig.poller.found(job.job_id) is None


async def test_a_fault_of_ours_is_for_the_engine_to_tell_and_the_jobs_time_goes_on(rig: Rig, clock: Clock) -> None:
    job = rendering()
    begun(rig, [job])
    rig.first.blind = LookupError("a bug")
    clock.pass_(60)
    with pytest.raises(LookupError):
        await rig.poller.poll(P)
    assert rig.poller.found(job.job_id) is None
    assert rig.due(JobStep.POLL, P) is not None
    clock.pass_(TIMEOUT)
    with pytest.raises(LookupError):
        await rig.poller.poll(P)
    found = rig.poller.found(job.job_id)
    assert found is not None
    assert found.verdict == "overdue"


async def test_what_a_failing_query_has_found_counts(rig: Rig, clock: Clock) -> None:
    jobs = [rendering(number) for number in (1, 2)]
    begun(rig, jobs)
    rig.first.end("t1")
    trouble = OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN)
    trouble.found = {"t1": rig.first.tasks["t1"]}
    rig.first.blind = trouble
    clock.pass_(60)
    await rig.poller.poll(P)
    assert [rig.poller.found(job.job_id) is not None for job in jobs] == [True, False]


async def test_the_owner_is_told_of_an_account_that_is_turned_away(rig: Rig, clock: Clock) -> None:
    begun(rig, [rendering()])
    rig.first.blind = AccountProblem(FailureCode.PROVIDER_ACCOUNT)
    clock.pass_(60)
    await rig.poller.poll(P)
    assert rig.due(JobStep.TELL_OWNER, "apiframe provider_account") == 0.0
    assert rig.router.unwell(P)


async def test_half_of_the_way_is_shown_and_less_is_not(rig: Rig, clock: Clock) -> None:
    job = rendering()
    begun(rig, [job])
    shows = []
    for progress in (10, 49, 51, 80, 100):
        rig.first.tasks["t1"] = RemoteTask("t1", TaskState.RUNNING, progress)
        clock.pass_(20)
        await rig.poller.poll(P)
        shows.append(rig.due(JobStep.SHOW, job.job_id) is not None)
        rig.engine._due.discard(("show", job.job_id))  # type: ignore[arg-type]
    assert shows == [False, False, True, False, True]


async def test_polls_that_change_nothing_write_nothing(rig: Rig, clock: Clock) -> None:
    job = await rig.put(1)
    async with running(rig.engine):
        for _ in range(4):
            clock.pass_(3)
            await rest(rig.engine, clock)
        before = await rig.job(job)
        assert before.shown is not None
        for _ in range(10):
            clock.pass_(20)
            await rest(rig.engine, clock)
        assert len(rig.first.asked) >= 8
        assert await rig.job(job) == before
    assert before.status is JobStatus.RENDERING
