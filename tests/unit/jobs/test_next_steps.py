"""Which step a row asks for: one for every row that is open, but for those that only a callback can move."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.next_steps import JobStep, due_at, next_step
from bot.jobs.transitions import ENDED, GIVE_UP_LOOKING_SECONDS
from bot.models import Job, JobStatus
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import OpenJobs
from bot.timings import LONGEST_WAIT_SECONDS
from tests.unit.jobs.channel import kept
from tests.unit.jobs.samples import NOW, a_job

TABLE = """
    status      awaited  provider  task  step
    queued      yes      on        *     dispatch
    queued      yes      off       *     provider_removed
    queued      no       *         *     withdraw
    submitting  *        on        *     submit
    submitting  *        off       *     provider_removed
    rendering   *        on        *     poll
    rendering   *        off       *     provider_removed
    unknown     *        on        yes   poll
    unknown     *        off       yes   provider_removed
    unknown     *        *         no    -
    delivering  *        *         *     deliver
    delivered   *        *         *     -
    parked      *        *         *     -
    failed      *        *         *     -
    cancelled   *        *         *     -
"""
EVERY = list(itertools.product(JobStatus, ("yes", "no"), ("on", "off"), ("yes", "no")))


def rows() -> Iterator[tuple[list[str], str]]:
    for line in TABLE.strip().splitlines()[1:]:
        *pattern, step = line.split()
        yield pattern, step


def expected(*facts: str) -> str:
    found = [step for pattern, step in rows() if all(a in {"*", b} for a, b in zip(pattern, facts, strict=True))]
    assert len(found) == 1, facts
    return found[0]


def made_up(number: int, status: JobStatus, awaited: str, task: str) -> Job:
    return replace(
        a_job(number, user=number, status=status),
        cancelled_at=None if awaited == "yes" else NOW,
        task_id="t" if task == "yes" else None,
        submitting_at=NOW - 30,
        due_at=NOW + 40,
    )


@pytest.mark.parametrize(("status", "awaited", "provider", "task"), EVERY)
def test_each_row_asks_for_the_step_of_the_table(status: JobStatus, awaited: str, provider: str, task: str) -> None:
    job = made_up(1, status, awaited, task)
    due = next_step(job, {"apiframe"} if provider == "on" else set(), NOW)
    assert (due.kind if due else "-") == expected(status, awaited, provider, task)
    if due is not None:
        assert due.key == (job.provider if due.kind in {JobStep.DISPATCH, JobStep.POLL} else job.job_id)


@pytest.mark.parametrize(
    ("status", "providers", "at"),
    [
        (JobStatus.QUEUED, {"apiframe"}, NOW + 40),
        (JobStatus.SUBMITTING, {"apiframe"}, NOW + 40),
        (JobStatus.DELIVERING, {"apiframe"}, NOW + 40),
        (JobStatus.RENDERING, {"apiframe"}, NOW),
        (JobStatus.QUEUED, set(), NOW),
        (JobStatus.RENDERING, set(), NOW),
        (JobStatus.UNKNOWN, set(), NOW - 30 + GIVE_UP_LOOKING_SECONDS),
    ],
)
def test_a_step_is_due_when_the_row_says_or_at_once(status: JobStatus, providers: set[str], at: float) -> None:
    due = next_step(made_up(1, status, "yes", "yes"), providers, NOW)
    assert due is not None
    assert due.at == at


async def test_every_row_that_is_read_at_a_start_has_a_step_and_every_row_with_a_step_is_read(store: JobStore) -> None:
    """And the few columns that are read say the same as the whole job."""
    open_jobs = OpenJobs(store._database)
    stored = {}
    for number, (status, awaited, provider, task) in enumerate(EVERY, 1):
        job = replace(made_up(number, status, awaited, task), provider="apiframe" if provider == "on" else "gone")
        stored[job.job_id] = await kept(store, job)
    wanted = {job_id: next_step(job, {"apiframe"}, NOW) for job_id, job in stored.items()}
    found = {row.job_id: next_step(row, {"apiframe"}, NOW) async for page in open_jobs.steps_of_open() for row in page}
    assert found == {job_id: due for job_id, due in wanted.items() if due is not None}
    without = [stored[job_id] for job_id, due in wanted.items() if due is None]
    assert all(job.status in ENDED or (job.status is JobStatus.UNKNOWN and job.task_id is None) for job in without)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_row_keeps_its_job_waiting_for_longer_than_anything_waits(written: float) -> None:
    at = due_at(replace(a_job(), due_at=written), NOW)
    assert at <= NOW + LONGEST_WAIT_SECONDS
    if written <= NOW + LONGEST_WAIT_SECONDS:
        assert at == written


@pytest.mark.parametrize("written", [nan, inf, NOW + LONGEST_WAIT_SECONDS + 1])
def test_what_another_clock_has_written_is_due_at_once(written: float) -> None:
    assert due_at(replace(a_job(), due_at=written), NOW) == NOW
