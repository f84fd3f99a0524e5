"""PollSchedule: when each rendering task is looked at next, and what its last look said.

In memory alone: after a restart all of them are due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.clocks import Clock
from bot.jobs.estimates import Estimates
from bot.jobs.transitions import SLOW_LOOK_SECONDS, is_hopeless, look_interval, started_at
from bot.models import Job, JobStatus
from bot.providers.base import RemoteTask, TaskState

Verdict = Literal["running", "finished", "overdue", "hopeless"]

_MISSING_LOOKS = 3
"""A task just submitted may not be listed yet; after this many looks without it, it is lost."""

LINKLESS_SECONDS = 600.0
"""How long a task that has succeeded is looked at for its link, from the first look that found none."""


@dataclass(slots=True)
class _Look:
    next_at: float
    usual: float
    since: float
    progress: int | None = None
    missing: int = 0
    linkless_since: float | None = None


class PollSchedule:
    """Spaces the looks at a task between `shortest` and `longest` seconds; one that changes nothing writes nothing."""

    def __init__(self, estimates: Estimates, clock: Clock, *, shortest: float, longest: float, timeout: float) -> None:
        self._estimates = estimates
        self._clock = clock
        self._shortest = shortest
        self._longest = longest
        self._timeout = timeout
        self._looks: dict[str, _Look] = {}
        self._woken: set[str] = set()

    def first_look(self, job: Job) -> float:
        """When a task is looked at first, or next after the job has changed."""
        now = self._clock()
        usual = self._estimates.guess(job)
        known = self._looks.get(job.job_id)
        if known is None:
            known = self._looks[job.job_id] = _Look(0.0, usual, now)
        return self._first_look(job, now, usual)

    def next_look(self, job: Job) -> float:
        """When a task is looked at again."""
        now, look = self._clock(), self._looks[job.job_id]
        started = min(started_at(job), look.since)
        return now + self._interval(job, now - started, look.usual)

    def together(self, _provider: str) -> float:
        """Seconds within which tasks are asked for together."""
        return self._shortest / 2

    def wake(self, job_id: str) -> None:
        """Look at this task at once, even if it is not known here yet."""
        self._woken.add(job_id)

    def note(self, job: Job, task: RemoteTask | None) -> Verdict:
        """Take down what a look said; None means that the provider could not be asked."""
        now, look = self._clock(), self._looks.get(job.job_id)
        if look is None:
            return "running"  # the job has left while the provider was being asked, cancelled perhaps
        self._woken.discard(job.job_id)
        # A row from the future was written by another clock: its time counts from when it was first seen.
        started = min(started_at(job), look.since)
        if task is not None and task.state is TaskState.MISSING:
            look.missing += 1
            if look.missing >= _MISSING_LOOKS:
                return "finished"
        elif task is not None:
            look.missing = 0
            if lacks_link(task):
                return self._linkless(job, look, now)
            look.linkless_since = None
            if task.state in {TaskState.SUCCEEDED, TaskState.FAILED}:
                return "finished"
            # A provider whose percentage falls is shown at its highest: going back tells nobody anything.
            look.progress = max(task.progress or 0, look.progress or 0) or task.progress
        if job.status is JobStatus.UNKNOWN:
            return "hopeless" if is_hopeless(job, now) else "running"
        return "overdue" if now - started > self._timeout else "running"

    def _linkless(self, job: Job, look: _Look, now: float) -> Verdict:
        """What to make of a task that has succeeded and names no clip: it is paid for, and may name it yet."""
        look.linkless_since = now if look.linkless_since is None else look.linkless_since
        looked_long = now - look.linkless_since > LINKLESS_SECONDS
        waited_for = job.status is not JobStatus.UNKNOWN
        return "finished" if is_hopeless(job, now) or (waited_for and looked_long) else "running"

    def progress(self, job_id: str) -> int | None:
        """The provider's own percentage, where it gave one."""
        look = self._looks.get(job_id)
        return None if look is None else look.progress

    def forget(self, job_id: str) -> None:
        """Drop what is remembered of a job."""
        self._looks.pop(job_id, None)
        self._woken.discard(job_id)

    def _first_look(self, job: Job, now: float, usual: float) -> float:
        started = job.submitted_at or now
        # A task that was submitted a while ago is one of an earlier process: it may be done already.
        if job.job_id in self._woken:
            return now
        if job.status is JobStatus.UNKNOWN or now - started > self._shortest:
            wait = job.due_at - now
            return now + wait if 0 < wait <= SLOW_LOOK_SECONDS else now
        return now + self._interval(job, now - started, usual)

    def _interval(self, job: Job, elapsed: float, usual: float) -> float:
        if job.status is JobStatus.UNKNOWN:
            return SLOW_LOOK_SECONDS
        return look_interval(elapsed, usual, self._shortest, self._longest)


def lacks_link(task: RemoteTask) -> bool:
    """Whether a task has succeeded without saying where its clip is: not the end, for a while."""
    return task.state is TaskState.SUCCEEDED and task.video_url is None
