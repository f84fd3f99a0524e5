"""PollSchedule: when each rendering task is looked at next, and what its last look said.

In memory alone: after a restart all of them are due. How looks are spaced is planned in bot.jobs.polling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bot.clocks import Clock
from bot.jobs.polling.plans import Kind, Pace, Past, PollPlans
from bot.jobs.transitions import SLOW_LOOK_SECONDS, is_hopeless, started_at
from bot.models import Job, JobStatus
from bot.providers.base import RemoteTask, TaskState

Verdict = Literal["running", "finished", "overdue", "hopeless"]

_MISSING_LOOKS = 3
"""A task just submitted may not be listed yet; after this many looks without it, it is lost."""

_ROUNDING = 1e-3

LINKLESS_SECONDS = 600.0
"""How long a task that has succeeded is looked at for its link, from the first look that found none."""


@dataclass(slots=True)
class _Look:
    """`started` is when the provider may have begun, `fresh` whether that was in this process; `asked_at` is the last
    look, `running_at` the last one that found it running; `next_at` is None where that is still to be said, and
    `planned` whether it is a first look that follows from the plan."""

    kind: Kind
    started: float
    fresh: bool
    next_at: float | None = None
    planned: bool = False
    asked_at: float | None = None
    running_at: float | None = None
    woken_at: float | None = None
    progress: int | None = None
    missing: int = 0
    linkless_since: float | None = None


class PollSchedule:
    """Says when to look, and learns from each look; one that changes nothing writes nothing.

    `past` says what is known of a kind of task when it is met first.
    """

    def __init__(self, past: Callable[[Kind], Awaitable[Past]], clock: Clock, pace: Pace) -> None:
        self._clock = clock
        self._pace = pace
        self._plans = PollPlans(past, clock, pace)
        self._looks: dict[str, _Look] = {}
        self._open: defaultdict[str, defaultdict[Kind, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._woken: set[str] = set()
        self._asked_at: dict[str, float] = {}

    # -- when --------------------------------------------------------------------------------------------------------

    def first_look(self, job: Job) -> float:
        """When to look at a task from now on, whatever is known of it; asked again, it says the same."""
        now, look = self._clock(), self._looks.get(job.job_id) or self._begin(job)
        unseen, unknown = look.asked_at is None, job.status is JobStatus.UNKNOWN
        look.planned = False
        if unknown:
            # It was given up: how long it takes after all says nothing of the others.
            self._plans.left(look.kind, job.job_id)
        if job.job_id in self._woken:
            look.next_at = now
        elif 0 < job.due_at - now <= SLOW_LOOK_SECONDS and (unknown or (unseen and not look.fresh)):
            look.next_at = job.due_at
        elif unseen:
            # A task that was submitted a while ago is one of an earlier process: it may be done already.
            look.planned = look.fresh and not unknown
            look.next_at = max(now, self._first(look)) if look.planned else now
        return look.next_at if look.next_at is not None else self.next_look(job)

    def next_look(self, job: Job) -> float:
        """When to look at a task next that has just been looked at."""
        now, look = self._clock(), self._looks.get(job.job_id)
        if look is None:
            return self.first_look(job)
        look.next_at = now + self._wait(job, look, now)
        return look.next_at

    async def replan(self, provider: str) -> list[tuple[str, float]]:
        """Take what was learned into account, before a query and after it.

        Gives the jobs whose first look has moved, and when it is now: later looks are planned as they come.
        """
        moved = []
        for kind, job_ids in list(self._open[provider].items()):
            if not await self._plans.refresh(kind):
                continue
            now = self._clock()
            for job_id in job_ids:
                look = self._looks[job_id]
                if look.planned:
                    # What has become due by this waits for the next query, if there has just been one.
                    at = max(now, self._first(look), self._next_query(provider))
                    if look.next_at is not None and abs(at - look.next_at) >= self._pace.bounds.shortest / 2:
                        look.next_at = at
                        moved.append((job_id, at))
        return moved

    def together(self, provider: str) -> float:
        """Seconds ahead for which a query takes tasks along that are due soon; those that have `rested`, that is."""
        return self._pace.bounds.shortest

    def rested(self, job_id: str) -> bool:
        """Whether the last look at a task was long enough ago for another."""
        look = self._looks.get(job_id)
        if look is None or look.asked_at is None:
            return True
        return self._clock() - look.asked_at >= self._pace.bounds.shortest - _ROUNDING

    def shared(self, provider: str, tasks: int, calls: int = 1) -> None:
        """So many calls asked for so many tasks: the more share one, the less a look costs, the sooner it is taken."""
        self._asked_at[provider] = self._clock()
        self._plans.asked(provider, tasks, calls)

    def wake(self, job_id: str) -> None:
        """Look at this task at once, even if it is not known here yet."""
        self._woken.add(job_id)
        look = self._looks.get(job_id)
        if look is not None:
            look.next_at = look.woken_at = self._clock()
            look.planned = False

    # -- what --------------------------------------------------------------------------------------------------------

    def note(self, job: Job, task: RemoteTask | None) -> Verdict:
        """Take down what a look said; None means that the provider could not be asked."""
        now, look = self._clock(), self._looks.get(job.job_id)
        if look is None:
            return "running"  # the job has left while the provider was being asked, cancelled perhaps
        self._woken.discard(job.job_id)
        look.next_at, look.asked_at, look.planned = None, now, False
        if task is not None and task.state is TaskState.MISSING:
            look.missing += 1
            if look.missing >= _MISSING_LOOKS:
                return "finished"
        elif task is not None:
            look.missing = 0
            self._learn(job, look, task, now)
            if lacks_link(task):
                return self._linkless(job, look, now)
            look.linkless_since = None
            if task.state in {TaskState.SUCCEEDED, TaskState.FAILED}:
                return "finished"
            # A provider whose percentage falls is shown at its highest: going back tells nobody anything.
            look.progress = max(task.progress or 0, look.progress or 0) or task.progress
        if job.status is JobStatus.UNKNOWN:
            return "hopeless" if is_hopeless(job, now) else "running"
        return "overdue" if now - look.started > self._pace.timeout else "running"

    def progress(self, job_id: str) -> int | None:
        """The provider's own percentage, where it gave one."""
        look = self._looks.get(job_id)
        return None if look is None else look.progress

    def forget(self, job_id: str) -> None:
        """Drop what is remembered of a job that is not open any more; what was learned from it stays."""
        look = self._looks.pop(job_id, None)
        self._woken.discard(job_id)
        if look is not None:
            self._plans.left(look.kind, job_id)
            kinds = self._open[look.kind.provider]
            kinds[look.kind].discard(job_id)
            if not kinds[look.kind]:
                del kinds[look.kind]

    def _begin(self, job: Job) -> _Look:
        now, kind = self._clock(), Kind.of(job)
        # A row from the future was written by another clock: its time counts from when it was first seen.
        started = min(started_at(job), now)
        look = _Look(kind, started, fresh=now - (job.submitted_at or now) <= self._pace.bounds.shortest)
        self._looks[job.job_id] = look
        self._open[kind.provider][kind].add(job.job_id)
        if job.status is not JobStatus.UNKNOWN:
            self._plans.begun(kind, job.job_id, started)
        return look

    def _next_query(self, provider: str) -> float:
        asked_at = self._asked_at.get(provider)
        return 0.0 if asked_at is None else asked_at + self._pace.bounds.shortest

    def _first(self, look: _Look) -> float:
        plan = self._plans[look.kind]
        return look.started + (self._pace.bounds.longest if plan is None else plan.first)

    def _wait(self, job: Job, look: _Look, now: float) -> float:
        bounds = self._pace.bounds
        if job.status is JobStatus.UNKNOWN:
            return SLOW_LOOK_SECONDS
        if look.linkless_since is not None:
            # It has been made: its link comes soon or late.
            return min(bounds.longest, max(bounds.shortest, now - look.linkless_since))
        plan, elapsed = self._plans[look.kind], now - look.started
        return bounds.longest if plan is None else plan.next_look(elapsed) - elapsed

    def _learn(self, job: Job, look: _Look, task: RemoteTask, now: float) -> None:
        woken_at, look.woken_at = look.woken_at, None
        if task.state not in {TaskState.SUCCEEDED, TaskState.FAILED}:
            look.running_at = now
            if job.status is not JobStatus.UNKNOWN:
                self._plans.running(look.kind, now - look.started)
            return
        if look.linkless_since is not None or job.status is JobStatus.UNKNOWN:
            return
        # A callback comes right at the end; without one it lies between two looks, if the provider does not say more.
        by = max(1e-3, (now if woken_at is None else woken_at) - look.started)
        known = look.running_at if look.running_at is not None else look.started if look.fresh else None
        after = 0.0 if known is None else min(by, max(0.0, known - look.started))
        if task.seconds is not None:
            after = by = min(by, max(after, task.seconds))
        elif woken_at is not None:
            after = by
        elif known is None:
            return
        learn = self._plans.ended if task.state is TaskState.SUCCEEDED else self._plans.failed
        learn(look.kind, job.job_id, after, by)

    def _linkless(self, job: Job, look: _Look, now: float) -> Verdict:
        """What to make of a task that has succeeded and names no clip: it is paid for, and may name it yet."""
        look.linkless_since = now if look.linkless_since is None else look.linkless_since
        looked_long = now - look.linkless_since > LINKLESS_SECONDS
        waited_for = job.status is not JobStatus.UNKNOWN
        return "finished" if is_hopeless(job, now) or (waited_for and looked_long) else "running"


def lacks_link(task: RemoteTask) -> bool:
    """Whether a task has succeeded without saying where its clip is: not the end, for a while."""
    return task.state is TaskState.SUCCEEDED and task.video_url is None
