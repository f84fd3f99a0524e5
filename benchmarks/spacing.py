"""What the spacing of looks costs and gives at the providers' real pace, on a clock that is not waited for.

The rules are the application's own (bot.jobs.poll_schedule); there is no network here, so lateness is from spacing
alone.
"""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass

from benchmarks.figures import Spread, spread
from benchmarks.renders import plan_renders
from bot.jobs.estimates import Estimate, Estimates
from bot.jobs.poll_schedule import PollSchedule
from bot.models import Job, JobStatus, ReplyTarget, VideoRequest
from bot.providers.base import RemoteTask, TaskState

SHORTEST, LONGEST = 5.0, 15.0
LOOP_SECONDS = 2.0
BATCH = 50
"""AceData Cloud's; Apiframe's pages hold 100."""


@dataclass(frozen=True, slots=True)
class Paced:
    """Status queries per job and lateness, of our spacing and of a loop of its own for each job."""

    at_once: float
    ours: float
    ours_late: Spread
    loop: float
    loop_late: Spread


class _Usual(Estimates):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def usual(self, job: Job) -> Estimate:
        return Estimate(self._seconds, measured=True)


async def simulate(jobs: int, median: float, *, every: float, usual: float) -> Paced:
    """Submit a job every so many seconds; `usual` is what the runner believes they take."""
    dice = random.Random(jobs)
    renders = list(plan_renders(jobs, median).seconds.values())
    begun = [number * every + dice.uniform(0, every) for number in range(jobs)]
    ends = {f"{number:020x}": begun[number] + renders[number] for number in range(jobs)}
    waiting = {f"{number:020x}": _job(number, begun[number]) for number in range(jobs)}
    now, calls, late = 0.0, 0, []
    looks = PollSchedule(_Usual(usual), lambda: now, shortest=SHORTEST, longest=LONGEST, timeout=10 * median)
    while waiting:
        started = [job for job in waiting.values() if (job.submitted_at or 0.0) <= now]
        batch, soonest = await looks.due(started)
        if not batch:
            arrivals = [at for at in begun if at > now]
            now = min([*arrivals, *([soonest] if soonest is not None else [])])
            continue
        calls += math.ceil(len(batch) / BATCH)
        for job in batch:
            done = ends[job.job_id] <= now
            looks.note(job, RemoteTask("", TaskState.SUCCEEDED if done else TaskState.RUNNING))
            if done:
                late.append(now - ends[job.job_id])
                del waiting[job.job_id]
        looks.forget_others(waiting.keys())
    loop = [math.ceil(render / LOOP_SECONDS) for render in renders]
    loop_late = spread([count * LOOP_SECONDS - render for count, render in zip(loop, renders, strict=True)])
    at_once = sum(renders) / (max(ends.values()) - min(begun))
    return Paced(at_once, calls / jobs, spread(late), sum(loop) / jobs + 1, loop_late)


def paced() -> dict[str, Paced]:
    """Renders of 180 s: jobs that come seldom and often, and with the runner believing the right time or another."""
    cases = {
        "one job at a time": (600.0, 180.0),
        "one a minute": (60.0, 180.0),
        "one every 10 s": (10.0, 180.0),
        "one a second": (1.0, 180.0),
        "one a minute, believed to take 360 s": (60.0, 360.0),
        "one a minute, believed to take 60 s": (60.0, 60.0),
    }
    return {name: asyncio.run(simulate(200, 180.0, every=every, usual=usual)) for name, (every, usual) in cases.items()}


def _job(number: int, begun: float) -> Job:
    return Job(
        job_id=f"{number:020x}",
        version=1,
        status=JobStatus.RENDERING,
        request=VideoRequest("a scene"),
        target=ReplyTarget(number, number, 1, 5),
        provider="acedata",
        auto_provider=False,
        price=1,
        created_at=begun,
        due_at=begun,
        submitted_at=begun,
    )
