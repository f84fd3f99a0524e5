"""Poll schedules with a history, and tasks to look at."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.plans import Kind, Pace, Past
from bot.jobs.polling.schedule import PollSchedule
from bot.jobs.transitions import SLOW_LOOK_SECONDS
from bot.models import Job, JobStatus
from bot.providers.base import RemoteTask, TaskState
from tests.unit.jobs.samples import NOW, Clock, a_job

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
