"""A poll schedule with a past of its own, and tasks and answers for it."""

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


def rendering(number: int = 1, *, since: float = NOW) -> Job:
    job = a_job(number, status=JobStatus.RENDERING)
    return replace(job, task_id=f"t{number}", submitting_at=since, submitted_at=since)


def unknown(number: int = 1, *, since: float = NOW) -> Job:
    return replace(rendering(number, since=since), status=JobStatus.UNKNOWN, due_at=since + SLOW_LOOK_SECONDS)


def says(state: TaskState, progress: int | None = None) -> RemoteTask:
    return RemoteTask("t1", state, progress)


RUNNING, MISSING, LINKLESS = says(TaskState.RUNNING), says(TaskState.MISSING), says(TaskState.SUCCEEDED)
LINKED = LINKLESS._replace(video_url="https://clips.example/a.mp4")
