"""A poll schedule to whose clock the test says the time, and jobs with a task to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.plans import Kind, Pace, Past
from bot.jobs.polling.schedule import PollSchedule
from bot.jobs.transitions import SLOW_LOOK_SECONDS
from bot.models import Job, JobStatus
from tests.unit.jobs.samples import NOW, Clock, a_job

SHORTEST, LONGEST, TIMEOUT, USUAL = 5.0, 15.0, 1200.0, 100.0
EVEN = tuple(USUAL + off for off in range(-20, 21, 2))
"""Completions around the usual time, as their rows say it."""


async def known(_kind: Kind) -> Past:
    """Every kind of job takes as long as any other."""
    return Past(USUAL, EVEN)


def new_schedule(clock: Clock) -> PollSchedule:
    """A schedule that knows no task yet."""
    return PollSchedule(known, clock, Pace(Bounds(SHORTEST, LONGEST), 4.0, TIMEOUT))


def rendering(number: int = 1, *, since: float = NOW) -> Job:
    """A job whose task was begun then."""
    job = a_job(number, user=number, status=JobStatus.RENDERING)
    return replace(job, task_id=f"t{number}", submitting_at=since, submitted_at=since)


def unknown(number: int = 1, *, since: float = NOW) -> Job:
    """The same that nobody waits for any more."""
    return replace(rendering(number, since=since), status=JobStatus.UNKNOWN, due_at=since + SLOW_LOOK_SECONDS)


async def due(schedule: PollSchedule, jobs: Sequence[Job]) -> tuple[list[Job], float | None]:
    """(jobs that a poller would ask for now, empty when none is due; the moment the next one is due)."""
    for job in jobs:
        look = schedule._looks.get(job.job_id)
        if look is None:
            schedule.first_look(job)
        elif look.next_at is None:
            schedule.next_look(job)
    for provider in {job.provider for job in jobs}:
        await schedule.replan(provider)
    now = schedule._clock()
    times = {job.job_id: schedule._looks[job.job_id].next_at or now for job in jobs}
    soonest = min(times.values(), default=None)
    if soonest is None or soonest > now:
        return [], soonest
    batch = [
        job
        for job in jobs
        if times[job.job_id] <= now
        or (times[job.job_id] <= now + schedule.together(job.provider) and schedule.rested(job.job_id))
    ]
    for provider in {job.provider for job in batch}:
        schedule.shared(provider, sum(job.provider == provider for job in batch))
    return batch, soonest


def forget_others(schedule: PollSchedule, job_ids: set[str]) -> None:
    """Forget all but these."""
    for job_id in (schedule._looks.keys() | schedule._woken) - job_ids:
        schedule.forget(job_id)
