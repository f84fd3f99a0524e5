"""Pipeline: the story of a job on one page. Each method takes one step, writes it down, and lets the job go.

The intent is always committed before the effect: SUBMITTING before the POST, `posting_at` before the message. So
whatever the process was doing when it died, the row says how to go on.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from bot.errors import (
    AccountProblem,
    ClipUnusable,
    DeliveryPostponed,
    DestinationGone,
    DownloadFailed,
    LinkExpired,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    Refused,
    RequestRejected,
    UploadTooLarge,
)
from bot.jobs.clips import ClipShelf
from bot.jobs.delivery import Clip, Outlet
from bot.jobs.frames import Frames
from bot.jobs.mover import Clock, Mover
from bot.jobs.transitions import SLOW_LOOK_SECONDS, backoff
from bot.models import FailureCode, Job, JobStatus
from bot.providers.base import RemoteTask, Submission, TaskState, VideoProvider
from bot.providers.routing import Router

BUSY_ATTEMPTS = 11
"""Refusals in a row after which a job that no provider takes is given up; about ten minutes."""

POST_ATTEMPTS = 40
"""Failed deliveries in a row after which a clip is parked; about an hour."""

_SHORTEST_LINK_SECONDS = 24 * 3600.0

REPEAT_SECONDS = 23 * 3600.0
"""How long a POST may be repeated with its key: Apiframe honours it for 24 h."""


class Pipeline:
    """Moves one job by one step: submit it, take what the provider says of it, deliver it."""

    def __init__(
        self, mover: Mover, router: Router, frames: Frames, shelf: ClipShelf, outlet: Outlet, clock: Clock
    ) -> None:
        self._mover = mover
        self._router = router
        self._frames = frames
        self._shelf = shelf
        self._outlet = outlet
        self._clock = clock
        self._jitter: Callable[[], float] = random.random

    # -- to the provider ---------------------------------------------------------------------------------------------

    async def submit(self, job: Job) -> None:
        """Hand a queued job to its provider, or repeat a POST whose answer was lost where that is safe."""
        provider = self._router[job.provider]
        repeated = job.status is JobStatus.SUBMITTING
        if repeated and not self._repeatable(job):
            await self._mover.move(job, JobStatus.UNKNOWN, failure=FailureCode.OUTCOME_UNKNOWN)
            return
        try:
            job = await self._claim_submission(job, provider)
            task = await provider.submit(_submission(job))
        except FileNotFoundError:
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode.IMAGES_LOST)
        except DeliveryPostponed as error:
            await self._retry(job, JobStatus.QUEUED, error.retry_after)
        except ProviderError as error:
            self._router.report_failure(job.provider, error)
            await self._after_refusal(job, error, repeated=repeated)
        else:
            self._router.report_success(job.provider)
            job = await self._mover.move(
                job, JobStatus.RENDERING, task_id=task.task_id, submitted_at=self._clock(), attempts=0
            )
            if task.state not in {TaskState.WAITING, TaskState.RUNNING}:
                await self.take(job, task)

    async def _claim_submission(self, job: Job, provider: VideoProvider) -> Job:
        """Commit the intent to POST: only whoever wins this may send, and a repeated POST is equal to the first."""
        now = self._clock()
        if job.status is JobStatus.SUBMITTING:
            return await self._mover.move(job, JobStatus.SUBMITTING, due_at=now)
        urls = await self._frames.urls(job, provider)
        return await self._mover.move(job, JobStatus.SUBMITTING, image_urls=urls, submitting_at=now, due_at=now)

    def _repeatable(self, job: Job) -> bool:
        started = job.submitting_at or self._clock()
        return self._router[job.provider].capabilities.idempotent and self._clock() - started < REPEAT_SECONDS

    async def _after_refusal(self, job: Job, error: ProviderError, *, repeated: bool) -> None:
        if isinstance(error, RequestRejected):
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode(error.code))
        elif isinstance(error, OutcomeUnknown) or repeated:
            # Once an answer was lost the task may exist: the job stays with its provider, whatever is refused later.
            if self._repeatable(job):
                await self._retry(job, JobStatus.SUBMITTING, error.retry_after)
            else:
                await self._mover.move(job, JobStatus.UNKNOWN, failure=FailureCode.OUTCOME_UNKNOWN)
        elif not await self._hand_over(job):
            if isinstance(error, AccountProblem) or job.attempts >= BUSY_ATTEMPTS:
                await self._mover.move(job, JobStatus.FAILED, failure=FailureCode(error.code))
            elif isinstance(error, ProviderBusy):
                await self._retry(job, JobStatus.QUEUED, error.retry_after)
        if isinstance(error, AccountProblem) and self._outlet.connected:
            await self._outlet.deliverer.tell_owner(job.provider, error.code)

    async def _hand_over(self, job: Job) -> bool:
        """Give a job that certainly was not started to another provider, where its requester left the choice to us."""
        if not job.auto_provider:
            return False
        try:
            other = self._router.choose(job.request, None, {}, avoid=job.provider)
        except Refused:
            return False
        await self._mover.move(
            job, JobStatus.QUEUED, provider=other, image_urls=(), submitting_at=None, attempts=0, due_at=self._clock()
        )
        return True

    async def _retry(self, job: Job, to: JobStatus, retry_after: float | None) -> None:
        # A provider's own Retry-After is a least time; ours grows with every refusal in a row.
        wait = max(backoff(job.attempts, self._jitter()), retry_after or 0.0)
        await self._mover.move(job, to, attempts=job.attempts + 1, due_at=self._clock() + wait)

    # -- what the provider says --------------------------------------------------------------------------------------

    async def take(self, job: Job, task: RemoteTask) -> None:
        """Believe a finished task: its clip is fetched next, or its failure is told and its credits go back."""
        if task.state is TaskState.SUCCEEDED and task.video_url:
            await self._mover.move(
                job,
                JobStatus.DELIVERING,
                video_url=task.video_url,
                failure=None,
                rendered_at=self._clock(),
                attempts=0,
                due_at=self._clock(),
            )
        else:
            missing = task.state is TaskState.MISSING
            failure = FailureCode.TASK_LOST if missing else task.failure or FailureCode.PROVIDER_FAILED
            await self._mover.move(job, JobStatus.FAILED, failure=failure)

    async def strand(self, job: Job) -> None:
        """Go on without a provider that has been switched off; a task of its own is looked at if it comes back."""
        if job.status is not JobStatus.QUEUED:
            await self._mover.move(job, JobStatus.UNKNOWN, failure=FailureCode.PROVIDER_UNAVAILABLE)
        elif not await self._hand_over(job):
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode.PROVIDER_UNAVAILABLE)

    async def give_up_waiting(self, job: Job) -> None:
        """Tell the requester that nobody waits any more; the task is still looked at now and then."""
        await self._mover.move(
            job, JobStatus.UNKNOWN, failure=FailureCode.TIMED_OUT, due_at=self._clock() + SLOW_LOOK_SECONDS
        )

    async def give_up_looking(self, job: Job) -> None:
        """Close a job of unknown outcome whose task never turned up."""
        await self._mover.move(job, JobStatus.FAILED, failure=job.failure or FailureCode.OUTCOME_UNKNOWN)

    # -- to the channel ----------------------------------------------------------------------------------------------

    async def deliver(self, job: Job) -> None:
        """Download the clip unless it is on disk, post it, and settle."""
        try:
            clip = await self._shelf.clip(job, self._link_seconds(job))
        except LinkExpired:
            await self._refresh_link(job)
            return
        except DownloadFailed:
            await self._retry_download(job)
            return
        except ClipUnusable:
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode.CLIP_UNUSABLE)
            return
        try:
            await self._post(job, clip)
        except DeliveryPostponed as error:
            await self._after_postponement(job.job_id, error)

    async def _post(self, job: Job, clip: Clip) -> None:
        deliverer = self._outlet.deliverer
        resumed = job.posting_at is not None
        job = await self._mover.move(job, JobStatus.DELIVERING, posting_at=job.posting_at or self._clock())
        try:
            try:
                message_id = await deliverer.post_clip(job, clip, resumed=resumed)
                kept = False
            except UploadTooLarge:
                message_id = await deliverer.post_link(job, clip, resumed=resumed)
                kept = True
        except DestinationGone:
            job = await self._mover.move(job, JobStatus.PARKED, failure=FailureCode.CHANNEL_GONE)
            await deliverer.tell_requester(job)
            return
        # The message is out: being stopped now must not leave the job to be posted a second time.
        await asyncio.shield(self._mover.move(job, JobStatus.DELIVERED, result_message_id=message_id))
        if not kept:
            await self._shelf.discard(job.job_id)

    async def _refresh_link(self, job: Job) -> None:
        if job.link_refreshed or job.task_id is None or job.provider not in self._router:
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode.CLIP_LOST)
            return
        try:
            task = (await self._router[job.provider].fetch([job.task_id]))[job.task_id]
        except ProviderError:
            await self._retry(job, JobStatus.DELIVERING, None)
            return
        url = task.video_url or job.video_url
        await self._mover.move(job, JobStatus.DELIVERING, video_url=url, link_refreshed=True, due_at=self._clock())

    async def _retry_download(self, job: Job) -> None:
        rendered = job.rendered_at or job.created_at
        if self._clock() - rendered > self._link_seconds(job):
            await self._mover.move(job, JobStatus.FAILED, failure=FailureCode.CLIP_LOST)
        else:
            await self._retry(job, JobStatus.DELIVERING, None)

    def _link_seconds(self, job: Job) -> float:
        known = job.provider in self._router
        return self._router[job.provider].capabilities.link_seconds if known else _SHORTEST_LINK_SECONDS

    async def _after_postponement(self, job_id: str, error: DeliveryPostponed) -> None:
        job = await self._mover.fresh(job_id)
        if job.status is not JobStatus.DELIVERING:
            return
        if job.attempts >= POST_ATTEMPTS and self._outlet.connected:
            await self._mover.move(job, JobStatus.PARKED, failure=FailureCode.CHANNEL_GONE)
        else:
            await self._retry(job, JobStatus.DELIVERING, error.retry_after)


def _submission(job: Job) -> Submission:
    request = job.request
    return Submission(
        job_id=job.job_id,
        prompt=request.prompt,
        resolution=request.resolution,
        duration_seconds=request.duration_seconds,
        optimize_prompt=request.optimize_prompt,
        first_image_url=job.image_urls[0] if job.image_urls else None,
        last_image_url=job.image_urls[1] if len(job.image_urls) > 1 else None,
    )
