"""Which step of a job is due next, and when, as its row alone says. Pure.

It is asked after every transition, and of every open row at the start: so a restart is nothing special.
"""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum
from typing import NamedTuple

from bot.jobs.transitions import ENDED, GIVE_UP_LOOKING_SECONDS, started_at
from bot.models import Job, JobStatus
from bot.storage.open_jobs import OpenJob
from bot.timings import LONGEST_WAIT_SECONDS


class JobStep(StrEnum):
    """The kinds of steps. The key of `dispatch` and `poll` is a provider's name, that of the others a job's id."""

    DISPATCH = "dispatch"
    SUBMIT = "submit"
    POLL = "poll"
    TAKE = "take"
    DELIVER = "deliver"
    SHOW = "show"
    WITHDRAW = "withdraw"
    PROVIDER_REMOVED = "provider_removed"
    TELL_OWNER = "tell_owner"
    TIDY = "tidy"


class Due(NamedTuple):
    """A step, and when it is due."""

    kind: JobStep
    key: str
    at: float


def next_step(job: Job | OpenJob, providers: Container[str], now: float) -> Due | None:
    """What moves a job on; None where nothing does, or only a callback.

    `poll` is due when the poll schedule says so: here, that it is to be asked.
    """
    if job.status in ENDED:
        return None
    if job.status is JobStatus.DELIVERING:
        return Due(JobStep.DELIVER, job.job_id, due_at(job, now))
    if job.status is JobStatus.QUEUED and not job.awaited:
        return Due(JobStep.WITHDRAW, job.job_id, now)
    if job.status is JobStatus.UNKNOWN and job.task_id is None:
        return None
    if job.provider not in providers:
        hopeless_at = started_at(job) + GIVE_UP_LOOKING_SECONDS
        at = hopeless_at if job.status is JobStatus.UNKNOWN else now
        return Due(JobStep.PROVIDER_REMOVED, job.job_id, at)
    if job.status is JobStatus.QUEUED:
        return Due(JobStep.DISPATCH, job.provider, due_at(job, now))
    if job.status is JobStatus.SUBMITTING:
        return Due(JobStep.SUBMIT, job.job_id, due_at(job, now))
    return Due(JobStep.POLL, job.provider, now)


def due_at(job: Job | OpenJob, now: float) -> float:
    """When a row's next step is due; at once where that lies so far ahead that another clock must have written it."""
    return job.due_at if job.due_at - now <= LONGEST_WAIT_SECONDS else now
