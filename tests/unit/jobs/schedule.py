"""A poll schedule to whose clock the test says the time, and jobs with a task to look at."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs.estimates import Estimate, Estimates
from bot.jobs.poll_schedule import PollSchedule
from bot.jobs.transitions import SLOW_LOOK_SECONDS
from bot.models import Job, JobStatus
from tests.unit.jobs.samples import NOW, Clock, a_job

SHORTEST, LONGEST, TIMEOUT, USUAL = 5.0, 15.0, 1200.0, 100.0


class Known(Estimates):
    """Every kind of job takes as long as any other."""

    def __init__(self) -> None:
        """Without any rows."""

    async def usual(self, job: Job) -> Estimate:
        """A hundred seconds, as has been measured."""
        return Estimate(USUAL, measured=True)

    def guess(self, job: Job) -> float:
        """The same."""
        return USUAL


def new_schedule(clock: Clock) -> PollSchedule:
    """A schedule that knows no task yet."""
    return PollSchedule(Known(), clock, shortest=SHORTEST, longest=LONGEST, timeout=TIMEOUT)


def rendering(number: int = 1, *, since: float = NOW) -> Job:
    """A job whose task was begun then."""
    job = a_job(number, user=number, status=JobStatus.RENDERING)
    return replace(job, task_id=f"t{number}", submitting_at=since, submitted_at=since)


def unknown(number: int = 1, *, since: float = NOW) -> Job:
    """The same that nobody waits for any more."""
    return replace(rendering(number, since=since), status=JobStatus.UNKNOWN, due_at=since + SLOW_LOOK_SECONDS)
