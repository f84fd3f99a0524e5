"""PollPlans: the plan in force for each kind of task, made anew when enough has been learned. In memory alone.

What is learned is in times.py, how a plan is made in plan.py; which task is looked at when, in schedule.py.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.jobs.polling.curve import Bounds, Grid, RenderCurve
from bot.jobs.polling.plan import PollPlan, plan_for
from bot.jobs.polling.times import KEPT, RenderTimes
from bot.models import Job, Resolution

_MOVED = 0.1
"""How far mean or spread have to move for a new plan, in standard deviations."""

_GROWN = 5
"""A plan is made anew after a fifth more completions, however well they fit."""

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


@dataclass(slots=True)
class _Known:
    times: RenderTimes
    curve: RenderCurve
    plan: PollPlan
    basis: RenderTimes
    sharers: float


class PollPlans:
    """`past` says what is known of a kind when it is met first."""

    def __init__(self, past: Callable[[Kind], Awaitable[Past]], pace: Pace) -> None:
        self._past = past
        self._pace = pace
        self._grid = Grid.of(pace.bounds, pace.timeout)
        self._known: dict[Kind, _Known] = {}
        self._busy: set[Kind] = set()
        self._asked: dict[str, tuple[float, float]] = {}

    def __getitem__(self, kind: Kind) -> PollPlan | None:
        """The plan in force; None until `refresh` has made one."""
        known = self._known.get(kind)
        return None if known is None else known.plan

    async def refresh(self, kind: Kind) -> bool:
        """Make a plan where there is none, or it is out of date; whether there is a new one."""
        if kind in self._busy or not self._is_stale(kind):
            return False
        self._busy.add(kind)
        try:
            known, sharers = self._known.get(kind), self._sharers(kind.provider)
            past = await self._past(kind) if known is None else None
            times = RenderTimes.published(past.average) if past is not None else self._known[kind].times
            made = await asyncio.to_thread(self._plan, times, past, sharers, None if known is None else known.plan)
            if known is not None:
                # What was learned meanwhile stays.
                made.times = known.times
            self._known[kind] = made
        finally:
            self._busy.discard(kind)
        return True

    def ended(self, kind: Kind, after: float, by: float) -> None:
        """Learn from a clip that was done between these seconds after its submission."""
        known = self._known.get(kind)
        if known is not None:
            known.times = known.times.learned(*known.curve.log_moments(after, by))

    def failed(self, kind: Kind, after: float, by: float) -> None:
        """Learn from a task that failed between these seconds after its submission."""
        known = self._known.get(kind)
        if known is not None:
            known.times = known.times.learned_failure(after, by)

    def asked(self, provider: str, tasks: int, calls: int) -> None:
        """Learn how many tasks share a query: so many calls were made for so many tasks."""
        before = self._asked.get(provider, (1.0, 1.0))
        self._asked[provider] = before[0] * _FORGET + tasks, before[1] * _FORGET + calls

    def _sharers(self, provider: str) -> float:
        tasks, calls = self._asked.get(provider, (1.0, 1.0))
        return max(1.0, tasks / max(calls, 1e-9))

    def _is_stale(self, kind: Kind) -> bool:
        known = self._known.get(kind)
        if known is None:
            return True
        if not 0.5 < self._sharers(kind.provider) / known.sharers < 2:
            return True
        now, then = known.times, known.basis
        if now is then:
            return False
        if now.ends - then.ends >= min(then.ends, KEPT) / _GROWN:
            return True
        (mean, spread), (old_mean, old_spread) = now.summary, then.summary
        return abs(mean - old_mean) > _MOVED * old_spread or abs(math.log(spread / old_spread)) > _MOVED

    def _plan(self, times: RenderTimes, past: Past | None, sharers: float, before: PollPlan | None) -> _Known:
        """In a thread: up to some hundredths of a second of arithmetic."""
        for seconds in past.seconds if past is not None else ():
            # A row says when the end was noticed, which is as late as is wanted, about.
            times = times.learned(math.log(max(seconds - self._pace.wanted, seconds / 2)))
        curve = times.curve(self._grid)
        plan = plan_for(
            curve,
            self._pace.bounds,
            self._pace.wanted,
            sharers=sharers,
            # The published average may be wrong by any factor: nobody waits on its word alone.
            first_by=None if times.measured else self._pace.bounds.longest,
            guess=3.0 if before is None else before.price,
        )
        return _Known(times, curve, plan, times, sharers)
