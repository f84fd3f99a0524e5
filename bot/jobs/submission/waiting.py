"""WaitingLine: what becomes of a job that no provider has taken. It waits, goes to another provider, or is closed.

When its turn comes is in dispatch.py; handing it over is in submitting.py.
"""

from __future__ import annotations

from bot.clocks import Clock
from bot.errors import Refused
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.transitions import ENDED, in_a_row, is_hopeless
from bot.models import FailureCode, Job, JobStatus
from bot.providers.routing import Router
from bot.timings import BACKOFF, Backoff


class WaitingLine:
    """No job waits longer than `timeout` seconds, from its first turn in the line on, for a provider to begin."""

    def __init__(
        self, transitions: JobTransitions, router: Router, clock: Clock, *, timeout: float, backoff: Backoff = BACKOFF
    ) -> None:
        self._transitions = transitions
        self._router = router
        self._clock = clock
        self._backoff = backoff
        self._timeout = timeout

    async def hand_over(self, job: Job) -> bool:
        """Give a job that certainly was not started to another provider, where its requester left the choice to us."""
        if not job.auto_provider:
            return False
        try:
            other = self._router.choose(job.request, None, {}, avoid=job.provider)
        except Refused:
            return False
        # At once the first time; two providers that are both busy must not throw it to and fro.
        kind = FailureCode.PROVIDER_UNAVAILABLE
        before = in_a_row(job, kind)
        wait = self._backoff.wait(before) if before else 0.0
        await self._transitions.move(
            job,
            JobStatus.QUEUED,
            provider=other,
            image_urls=(),
            webhook_hash=None,
            submitting_at=None,
            failure=kind,
            attempts=before + 1,
            turn_at=job.turn_at or self._clock(),
            due_at=self._clock() + wait,
        )
        return True

    def is_overdue(self, job: Job) -> bool:
        """Whether its turn in the line came so long ago that it is not to wait for its provider any more."""
        return job.turn_at is not None and self._clock() - job.turn_at > self._timeout

    def must_wait(self, job: Job) -> bool:
        """Whether a waiting job whose provider is left alone has nothing to do but wait."""
        return job.turn_at is not None and not self.is_overdue(job)

    async def take_turn(self, job: Job) -> None:
        """Note that a job's turn has come though its provider is left alone; end it once that lasts too long."""
        if self.is_overdue(job) and job.status is JobStatus.SUBMITTING:
            # An answer was lost, and the provider wants to be left alone for longer than anybody waits.
            await self._transitions.move(job, JobStatus.UNKNOWN, failure=FailureCode.OUTCOME_UNKNOWN)
        elif self.is_overdue(job):
            failure = FailureCode.PROVIDER_UNAVAILABLE
            await self._transitions.move(job, JobStatus.FAILED, failure=failure)
        elif job.turn_at is None:
            await self._transitions.move(job, JobStatus.QUEUED, turn_at=self._clock())

    async def provider_removed(self, job: Job) -> None:
        """Go on without a provider that has been switched off; a task of its own is looked at if it comes back.

        It is not waited for longer than for a task that never turns up.
        """
        if job.provider in self._router or job.status in ENDED or job.status is JobStatus.DELIVERING:
            return
        if job.status is JobStatus.UNKNOWN:
            if is_hopeless(job, self._clock()):
                failure = job.failure or FailureCode.PROVIDER_UNAVAILABLE
                await self._transitions.move(job, JobStatus.FAILED, failure=failure)
        elif job.status is not JobStatus.QUEUED:
            await self._transitions.move(job, JobStatus.UNKNOWN, failure=FailureCode.PROVIDER_UNAVAILABLE)
        elif not await self.hand_over(job):
            await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode.PROVIDER_UNAVAILABLE)
