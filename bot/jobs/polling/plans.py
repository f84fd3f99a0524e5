"""PollPlans: the plan in force for each kind of task, made anew when enough has been learned. In memory alone.

What is learned is in times.py, how a plan is made in plan.py; which task is looked at when, in schedule.py.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.clocks import Clock
from bot.jobs.polling.cohort import Cohort, Lesson
from bot.jobs.polling.curve import Bounds, Grid, Moments
from bot.jobs.polling.plan import PollPlan, plan_for
from bot.jobs.polling.times import KEPT, RenderTimes
from bot.models import Job, Resolution

_MOVED = 0.1
"""How far mean or spread have to move for a new plan, in standard deviations."""

_GROWN = 10
"""A plan is made anew after a tenth more completions, however well they fit."""

_ODD = 0.95
"""A task that has not ended is news once this share of all others would have."""

_FORGET = 0.95


class Kind(NamedTuple):
    """What tasks have in common that take about equally long."""

    provider: str
    resolution: Resolution | None
    duration_seconds: int | None
    first_frame: bool
    last_frame: bool

    @classmethod
    def of(cls, job: Job) -> Kind:
        """The kind of a job's task."""
        asked = job.request
        frames = asked.first_frame is not None, asked.last_frame is not None
        return cls(job.provider, asked.resolution, asked.duration_seconds, *frames)


class Past(NamedTuple):
    """The published average of a kind, and the seconds of its latest completions, oldest first."""

    average: float
    seconds: Sequence[float]


@dataclass(frozen=True, slots=True)
class Pace:
    """What an owner sets: the bounds, how late an end may be noticed in the mean, when a task is given up; seconds."""

    bounds: Bounds
    late: float
    timeout: float

    @property
    def wanted(self) -> float:
        """The mean lateness to plan for: no more than looks that are always the longest time apart would give."""
        return min(self.late, self.bounds.longest / 2)


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a plan is made from; `open` is what tasks show whose turn has not come, `measured` whether any has ended."""

    times: RenderTimes
    open: Sequence[Lesson]
    measured: bool
    sharers: float


@dataclass(frozen=True, slots=True)
class _Made:
    basis: _Basis
    moments: Moments
    plan: PollPlan


class _Known:
    """What is known of one kind: `times` for good, `cohort` what is still open; `news` counts what no plan knows of."""

    def __init__(self) -> None:
        self.cohort = Cohort()
        self.times: RenderTimes | None = None
        self.made: _Made | None = None
        self.news = 0


class PollPlans:
    """`past` says what is known of a kind when it is met first."""

    def __init__(self, past: Callable[[Kind], Awaitable[Past]], clock: Clock, pace: Pace) -> None:
        self._past = past
        self._clock = clock
        self._pace = pace
        self._grid = Grid.of(pace.bounds, pace.timeout)
        self._kinds: defaultdict[Kind, _Known] = defaultdict(_Known)
        self._busy: set[Kind] = set()
        self._asked: dict[str, tuple[float, float]] = {}

    def __getitem__(self, kind: Kind) -> PollPlan | None:
        """The plan in force; None until `refresh` has made one."""
        made = self._kinds[kind].made
        return None if made is None else made.plan

    async def refresh(self, kind: Kind) -> bool:
        """Make a plan where there is none, or it is out of date; whether there is a new one."""
        known = self._kinds[kind]
        if kind in self._busy or not self._is_stale(kind, known):
            return False
        self._busy.add(kind)
        try:
            if known.times is None:
                past = await self._past(kind)
                known.times = await asyncio.to_thread(self._remembered, past)
            measured = known.times.measured or known.cohort.held > 0
            known.news, basis = 0, _Basis(known.times, self._open(known), measured, self._sharers(kind.provider))
            known.made = await asyncio.to_thread(self._make, basis, known.made)
        finally:
            self._busy.discard(kind)
        return True

    def begun(self, kind: Kind, task: str, started: float) -> None:
        """A task is known from now on."""
        self._kinds[kind].cohort.begin(task, started)

    def running(self, kind: Kind, elapsed: float) -> None:
        """A task has not ended yet; where that is odd, it is news."""
        made = self._kinds[kind].made
        if made is not None and made.moments.share(elapsed) > _ODD:
            self._kinds[kind].news += 1

    def ended(self, kind: Kind, task: str, after: float, by: float) -> None:
        """Learn from a clip that was done between these seconds after its submission."""
        known = self._kinds[kind]
        if known.made is None or known.times is None:
            known.cohort.leave(task)
            return
        known.news += 1
        known.cohort.end(task, known.made.moments.between(after, by))
        for lesson in known.cohort.settle(self._clock(), known.made.moments):
            known.times = known.times.learned(*lesson)

    def failed(self, kind: Kind, task: str, after: float, by: float) -> None:
        """Learn from a task that failed between these seconds after its submission."""
        known = self._kinds[kind]
        known.cohort.leave(task)
        if known.times is not None:
            known.news += 1
            known.times = known.times.learned_failure(after, by)

    def left(self, kind: Kind, task: str) -> None:
        """Nothing will be known of how a task ended."""
        self._kinds[kind].cohort.leave(task)

    def asked(self, provider: str, tasks: int, calls: int) -> None:
        """Learn how many tasks share a query: so many calls were made for so many tasks."""
        before = self._asked.get(provider, (1.0, 1.0))
        self._asked[provider] = before[0] * _FORGET + tasks, before[1] * _FORGET + calls

    def _sharers(self, provider: str) -> float:
        tasks, calls = self._asked.get(provider, (1.0, 1.0))
        return max(1.0, tasks / max(calls, 1e-9))

    def _open(self, known: _Known) -> list[Lesson]:
        return [] if known.made is None else known.cohort.unsettled(self._clock(), known.made.moments)

    def _is_stale(self, kind: Kind, known: _Known) -> bool:
        if known.made is None or known.times is None:
            return True
        if not 0.5 < self._sharers(kind.provider) / known.made.basis.sharers < 2:
            return True
        if known.news >= max(1, min(known.times.ends, KEPT) / _GROWN):
            return True
        if known.times is known.made.basis.times:
            return False
        (mean, spread), (old_mean, old_spread) = known.times.summary, known.made.basis.times.summary
        return abs(mean - old_mean) > _MOVED * old_spread or abs(math.log(spread / old_spread)) > _MOVED

    def _remembered(self, past: Past) -> RenderTimes:
        """In a thread: what rows say."""
        times = RenderTimes.published(past.average)
        for seconds in past.seconds:
            # A row says when the end was noticed, which is as late as is wanted, about.
            times = times.learned(math.log(max(seconds - self._pace.wanted, seconds / 2)))
        return times

    def _make(self, basis: _Basis, before: _Made | None) -> _Made:
        """In a thread: some hundredths of a second of arithmetic."""
        believed = basis.times
        for lesson in basis.open:
            believed = believed.learned(*lesson)
        curve = believed.curve(self._grid)
        plan = plan_for(
            curve,
            self._pace.bounds,
            self._pace.wanted,
            sharers=basis.sharers,
            # The published average may be wrong by any factor: nobody waits on its word alone.
            first_by=None if basis.measured else self._pace.bounds.longest,
            guess=3.0 if before is None else before.plan.price,
        )
        return _Made(basis, Moments(curve), plan)
