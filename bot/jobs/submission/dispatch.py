"""Dispatcher: gives a provider's free places to those whose turn it is. Whose turn it is, is said in fairness.py.

It reads the first waiting jobs of each member's line, and never all that wait.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.jobs.next_steps import JobStep
from bot.jobs.submission.fairness import fair_order
from bot.jobs.submission.line import Line
from bot.jobs.submission.waiting import WaitingLine
from bot.models import JobStatus
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import Head, OpenJobs
from bot.timings import LONGEST_WAIT_SECONDS

LOOK_AGAIN_SECONDS = 30.0
"""A provider may want to be left alone for hours: those who wait for it do not wait that long to be looked at."""

MOST_OF_EACH = 10
"""How much of each member's line is looked at: they take turns, so more of it is seldom needed at once."""

DAY_SECONDS = 24 * 3600.0
"""How long it counts when somebody was served last."""


class Dispatcher:
    """Takes the `dispatch` step of a provider."""

    def __init__(
        self,
        store: JobStore,
        open_jobs: OpenJobs,
        router: Router,
        line: Line,
        waiting: WaitingLine,
        engine: Engine,
        clock: Clock,
    ) -> None:
        self._store = store
        self._open_jobs = open_jobs
        self._router = router
        self._line = line
        self._waiting = waiting
        self._engine = engine
        self._clock = clock

    async def dispatch(self, provider: str) -> float | None:
        """Start what there is a place for; gives when this is to be looked at again."""
        free = self._router.concurrency(provider) - self._line.taken(provider) if provider in self._router else 0
        if free <= 0 or not self._line.waiting(provider):
            return None  # a place that becomes free, or a job that comes in, makes this due
        now, healthy = self._clock(), self._router.healthy(provider)
        # While a provider is left alone, those who wait for another try wait for it like all the others.
        order = await self._in_turn(provider, free, now, 0.0 if healthy else LONGEST_WAIT_SECONDS)
        if not healthy:
            await self._meanwhile(provider, order, free)
        elif self._start(provider, order[:free]) == min(free, len(order)):
            return await self._open_jobs.next_due(provider, now)
        return self.next_try(provider)

    async def _in_turn(self, provider: str, free: int, now: float, within: float) -> list[Head]:
        """Enough of the jobs that are due `within` some seconds to fill the free places, in the order of their turns.

        So many places are given to no more members than there are places: to those whose turn is next.
        """
        heads: list[Head] = []
        asked: set[int] = set()
        while len(heads) < free and (members := self._line.next_members(provider, free, but=asked)):
            asked.update(members)
            heads += await self._open_jobs.heads(
                provider,
                now + within,
                members,
                since=now - DAY_SECONDS,
                longest_wait=LONGEST_WAIT_SECONDS - within,
                per_member=min(free, MOST_OF_EACH),
                started=self._line.granted(provider) | self._engine.left_alone(JobStep.SUBMIT),
            )
        return fair_order(heads, self._line.in_flight(provider))

    def _start(self, provider: str, heads: Sequence[Head]) -> int:
        """Hand jobs over, as far as the provider's health admits; how many."""
        for count, head in enumerate(heads):
            if not self._router.admit(provider):
                return count
            self._line.grant(provider, head.job_id, head.user_id)
            self._engine.make_due(JobStep.SUBMIT, head.job_id)
        return len(heads)

    async def _meanwhile(self, provider: str, order: Sequence[Head], free: int) -> None:
        """What becomes of those whose turn it is while their provider is left alone."""
        unwell = self._router.unwell(provider)
        for place, head in enumerate(order):
            if place >= free and not unwell:
                return
            job = await self._store.get(head.job_id)
            if job is None or job.status is not JobStatus.QUEUED:
                continue
            if unwell and job.auto_provider and self._router.has_other(job.request, provider):
                await self._waiting.hand_over(job)
            elif place < free and not self._waiting.must_wait(job):
                await self._waiting.take_turn(job)

    def look_again(self, provider: str) -> None:
        """A place may have become free."""
        self._engine.make_due(JobStep.DISPATCH, provider)

    def is_held(self, provider: str) -> bool:
        """Whether a provider has asked to be left alone just now."""
        return self._router.held_until(provider) is not None

    def next_try(self, provider: str) -> float:
        """When to look at a provider again that is left alone."""
        at = self._router.retry_at(provider)
        soonest = self._clock() + LOOK_AGAIN_SECONDS
        return soonest if at is None else min(at, soonest)
