"""Submitter: from a queued job to a task at a provider, or to the word that there will be none.

The intent is committed before the POST, so that a process that dies in between knows afterwards what it may repeat.
"""

from __future__ import annotations

import logging
import random

from bot.clocks import Clock
from bot.errors import (
    AccountProblem,
    DeliveryPostponed,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    Refused,
    RequestRejected,
)
from bot.failpoints import at
from bot.jobs.delivery import Outlet
from bot.jobs.frames import Frames
from bot.jobs.hooks import Hooks
from bot.jobs.mover import Mover
from bot.jobs.transitions import STRIKES, backoff
from bot.models import FailureCode, Job, JobStatus
from bot.providers.base import RemoteTask, Submission, TaskState, VideoProvider
from bot.providers.routing import Router

log = logging.getLogger(__name__)

BUSY_ATTEMPTS = 11
"""Refusals in a row after which a job that no provider takes is given up; about ten minutes, and more
where the provider is left alone in between."""

REPEAT_SECONDS = 23 * 3600.0
"""How long a POST may be repeated with its key: Apiframe honours it for 24 h."""


class Submitter:
    """Sends one job's POST, once, or again where the provider takes an idempotency key."""

    def __init__(
        self, mover: Mover, router: Router, frames: Frames, outlet: Outlet, clock: Clock, hooks: Hooks | None
    ) -> None:
        self._mover = mover
        self._router = router
        self._frames = frames
        self._outlet = outlet
        self._clock = clock
        self._hooks = hooks

    async def submit(self, job: Job) -> tuple[Job, RemoteTask] | None:
        """Hand a queued job over, or repeat a POST whose answer was lost where that is safe.

        Returns the job with its task only when the provider answered with the finished clip at once.
        """
        provider = self._router[job.provider]
        repeated = job.status is JobStatus.SUBMITTING
        if repeated and (job.strikes >= STRIKES or not self._repeatable(job)):
            failure = FailureCode.QUARANTINED if job.strikes >= STRIKES else FailureCode.OUTCOME_UNKNOWN
            await at("submit.unrepeatable", self._mover.move(job, JobStatus.UNKNOWN, failure=failure))
            return None
        try:
            job = await at("submit.claim", self._claim_submission(job, provider))
            task = await at("submit.post", provider.submit(self._submission(job)))
        except FileNotFoundError:
            await at("submit.images_lost", self._mover.move(job, JobStatus.FAILED, failure=FailureCode.IMAGES_LOST))
        except DeliveryPostponed as error:
            await at("submit.postponed", self._retry(job, JobStatus.QUEUED, error.retry_after))
        except ProviderError as error:
            self._router.report_failure(job.provider, error)
            await at("submit.refused", self._after_refusal(job, error, repeated=repeated))
        else:
            self._router.report_success(job.provider)
            job = await at(
                "submit.rendering",
                self._mover.move(
                    job, JobStatus.RENDERING, task_id=task.task_id, submitted_at=self._clock(), attempts=0
                ),
            )
            if task.state not in {TaskState.WAITING, TaskState.RUNNING}:
                return job, task
        return None

    async def _claim_submission(self, job: Job, provider: VideoProvider) -> Job:
        """Commit the intent to POST: only whoever wins this may send, and a repeated POST is equal to the first."""
        now = self._clock()
        if job.status is JobStatus.SUBMITTING:
            return await at(
                "submit.intent_again", self._mover.move(job, JobStatus.SUBMITTING, due_at=now, strikes=job.strikes + 1)
            )
        urls = await at("submit.frames", self._frames.urls(job, provider))
        hooks = self._hooks
        return await at(
            "submit.intent",
            self._mover.move(
                job,
                JobStatus.SUBMITTING,
                image_urls=urls,
                webhook_base=None if hooks is None else hooks.base,
                webhook_hash=None if hooks is None else hooks.kept(job),
                submitting_at=now,
                due_at=now,
                strikes=1,
            ),
        )

    def _submission(self, job: Job) -> Submission:
        request, pictures = job.request, self._frames.addresses(job)
        return Submission(
            job_id=job.job_id,
            prompt=request.prompt,
            resolution=request.resolution,
            duration_seconds=request.duration_seconds,
            optimize_prompt=request.optimize_prompt,
            first_image_url=pictures[0] if pictures else None,
            last_image_url=pictures[1] if len(pictures) > 1 else None,
            webhook_url=None if self._hooks is None else self._hooks.address(job),
        )

    def _repeatable(self, job: Job) -> bool:
        started = job.submitting_at or self._clock()
        return self._router[job.provider].capabilities.idempotent and self._clock() - started < REPEAT_SECONDS

    async def _after_refusal(self, job: Job, error: ProviderError, *, repeated: bool) -> None:
        if isinstance(error, RequestRejected):
            await at("refused.rejected", self._mover.move(job, JobStatus.FAILED, failure=FailureCode(error.code)))
        elif isinstance(error, OutcomeUnknown) or repeated:
            # Once an answer was lost the task may exist: the job stays with its provider, whatever is refused later.
            if self._repeatable(job) and job.attempts < BUSY_ATTEMPTS:
                await at("refused.repeat", self._retry(job, JobStatus.SUBMITTING, error.retry_after))
            else:
                await at(
                    "refused.unknown", self._mover.move(job, JobStatus.UNKNOWN, failure=FailureCode.OUTCOME_UNKNOWN)
                )
        elif job.attempts >= BUSY_ATTEMPTS:
            await at("refused.given_up", self._mover.move(job, JobStatus.FAILED, failure=FailureCode(error.code)))
        elif not await at("refused.hand_over", self._hand_over(job)):
            if isinstance(error, AccountProblem):
                await at("refused.account", self._mover.move(job, JobStatus.FAILED, failure=FailureCode(error.code)))
            elif isinstance(error, ProviderBusy):
                await at("refused.busy", self._retry(job, JobStatus.QUEUED, error.retry_after))
        if isinstance(error, AccountProblem):
            await at("submit.tell_owner", self.tell_owner(job.provider, error.code))

    async def tell_owner(self, provider: str, code: str) -> None:
        """Say in the log, and in private where Discord can be reached, that a provider's account needs attention."""
        log.error("%s turned our account away (%s)", provider, code)
        if self._outlet.connected:
            await at("owner.tell", self._outlet.deliverer.tell_owner(provider, code))

    async def reroute(self, job: Job) -> None:
        """Give a waiting job to another provider while its own is left alone."""
        await at("reroute", self._hand_over(job))

    async def _hand_over(self, job: Job) -> bool:
        """Give a job that certainly was not started to another provider, where its requester left the choice to us."""
        if not job.auto_provider:
            return False
        try:
            other = self._router.choose(job.request, None, {}, avoid=job.provider)
        except Refused:
            return False
        # At once the first time; two providers that are both busy must not throw it to and fro.
        wait = backoff(job.attempts, random.random()) if job.attempts else 0.0
        await at(
            "hand_over.write",
            self._mover.move(
                job,
                JobStatus.QUEUED,
                provider=other,
                image_urls=(),
                webhook_hash=None,
                submitting_at=None,
                attempts=job.attempts + 1,
                due_at=self._clock() + wait,
            ),
        )
        return True

    async def _retry(self, job: Job, to: JobStatus, retry_after: float | None) -> None:
        # A provider's own Retry-After is a least time; ours grows with every refusal in a row.
        wait = max(backoff(job.attempts, random.random()), retry_after or 0.0)
        await at("submit.retry", self._mover.move(job, to, attempts=job.attempts + 1, due_at=self._clock() + wait))

    async def strand(self, job: Job) -> None:
        """Go on without a provider that has been switched off; a task of its own is looked at if it comes back."""
        if job.status is not JobStatus.QUEUED:
            await at(
                "strand.unknown", self._mover.move(job, JobStatus.UNKNOWN, failure=FailureCode.PROVIDER_UNAVAILABLE)
            )
        elif not await at("strand.hand_over", self._hand_over(job)):
            await at("strand.failed", self._mover.move(job, JobStatus.FAILED, failure=FailureCode.PROVIDER_UNAVAILABLE))
