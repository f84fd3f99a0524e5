"""ClipDelivery: from a finished task's link to the message in the channel, or to a clip kept for its requester."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.clocks import Clock
from bot.errors import (
    DeliveryPostponed,
    DestinationGone,
    MessageGone,
    UploadTooLarge,
)
from bot.jobs.delivery.fetching import Fetcher
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.transitions import STRIKES
from bot.library.fitting import SMALLEST, Fitter
from bot.models import FailureCode, Job, JobStatus
from bot.outlet import Clip, Outlet
from bot.timings import BACKOFF, Backoff

log = logging.getLogger(__name__)

POST_ATTEMPTS = 40
"""Failed deliveries in a row after which a clip is parked; about an hour."""


class ClipDelivery:
    """Brings one job's clip; `posting_at` is committed before the message, so that no second one is sent blindly."""

    def __init__(
        self,
        transitions: JobTransitions,
        fetcher: Fetcher,
        fitter: Fitter,
        outlet: Outlet,
        clock: Clock,
        open_status: Callable[[Job], Awaitable[Job]],
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._transitions = transitions
        self._fetcher = fetcher
        self._fitter = fitter
        self._outlet = outlet
        self._clock = clock
        self._open_status = open_status
        self._backoff = backoff

    @property
    def possible(self) -> bool:
        """Whether anything can be posted just now."""
        return self._outlet.connected

    async def deliver(self, job: Job, *, begun: bool = False) -> None:
        """Download the clip unless it is on disk, post it, and settle; `begun` is whether that was written down."""
        if job.strikes >= STRIKES:
            await self._put_aside(job, FailureCode.QUARANTINED)
            return
        if not begun:
            job = await self._transitions.move(job, JobStatus.DELIVERING, strikes=job.strikes + 1)
        found = await self._fetcher.fetch(job)
        if found is None:
            return
        job, clip = found
        if not job.awaited:
            await self._transitions.move(job, JobStatus.CANCELLED)
            return
        try:
            await self._post(job, clip)
        except MessageGone as error:
            log.info("job %s: its clip is refused: %s", job.job_id, error)
            await self._park(job.job_id, FailureCode.MESSAGE_REFUSED)
        except DestinationGone:
            await self._park(job.job_id, FailureCode.CHANNEL_GONE)
        except DeliveryPostponed as error:
            await self._after_postponement(job.job_id, error)

    async def _post(self, job: Job, clip: Clip) -> None:
        limit = self._outlet.deliverer.upload_limit(job)
        fitted = await self._fitter.fitted(job.job_id, clip, limit) if clip.reason is None else clip
        if job.status_message_id is None:
            # One that is refused, for the words in it perhaps, keeps no clip back.
            with contextlib.suppress(MessageGone, UploadTooLarge):
                job = await self._open_status(job)
        resumed = job.posting_at is not None
        posting_at = job.posting_at or self._clock()
        job = await self._transitions.move(job, JobStatus.DELIVERING, posting_at=posting_at, strikes=job.strikes)
        message_id = await self._bring(job, clip, fitted, resumed=resumed)
        # The message is out: being stopped now must not leave the job to be posted a second time.
        await asyncio.shield(self._transitions.move(job, JobStatus.DELIVERED, result_message_id=message_id))

    async def _bring(self, job: Job, clip: Clip, fitted: Clip, *, resumed: bool) -> int:
        """Post the clip, smaller if it must be, and the provider's link where no file is taken; the message's id."""
        deliverer = self._outlet.deliverer
        if clip.reason is not None:
            return await deliverer.post_link(job, clip, resumed=resumed)
        try:
            return await deliverer.post_clip(job, fitted, resumed=resumed)
        except UploadTooLarge:
            smaller = await self._fitter.fitted(job.job_id, clip, SMALLEST)
        if smaller.size < fitted.size:
            try:
                return await deliverer.post_clip(job, smaller, resumed=resumed)
            except UploadTooLarge:
                log.info("job %s: even %d bytes are not taken", job.job_id, smaller.size)
        return await deliverer.post_link(job, clip, resumed=resumed)

    async def _park(self, job_id: str, failure: FailureCode) -> None:
        """Keep the clip for its requester, and say so in private: the channel cannot be told."""
        job = await self._transitions.fresh(job_id)
        job = await self._transitions.move(job, JobStatus.PARKED, failure=failure)
        if self._outlet.connected:
            await self._outlet.deliverer.tell_requester(job)

    async def abandon(self, job: Job, *, unseen: bool) -> None:
        """Stop working on a job whose delivery fails by a fault of ours; its clip, or its link, is kept.

        Nothing is charged for it before somebody has it, though it was cancelled.
        """
        await self._put_aside(job, FailureCode.NOT_BROUGHT, unseen=unseen)

    async def _put_aside(self, job: Job, failure: FailureCode, *, unseen: bool = False) -> None:
        """Stop working on a job that cannot be delivered, unless its clip is in the channel already."""
        if job.posting_at is not None and not unseen:
            try:
                posted = await self._outlet.deliverer.find_clip(job)
            except DestinationGone:
                posted = None
            except DeliveryPostponed as error:
                await self._after_postponement(job.job_id, error)
                return
            if posted is not None:
                await self._transitions.move(job, JobStatus.DELIVERED, result_message_id=posted)
                return
        await self._park(job.job_id, failure)

    async def _retry(self, job: Job, retry_after: float | None) -> None:
        wait = self._backoff.wait(job.attempts, retry_after)
        await self._transitions.move(job, JobStatus.DELIVERING, attempts=job.attempts + 1, due_at=self._clock() + wait)

    async def _after_postponement(self, job_id: str, error: DeliveryPostponed) -> None:
        job = await self._transitions.fresh(job_id)
        if job.status is not JobStatus.DELIVERING:
            return
        if job.attempts >= POST_ATTEMPTS and self._outlet.connected:
            await self._park(job_id, FailureCode.CHANNEL_GONE)
        else:
            await self._retry(job, error.retry_after)
