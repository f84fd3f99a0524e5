"""Fetcher: from a task that has succeeded to its clip on our disk, or to the word that there is none to be had.

A clip is paid for, so no single answer of a link is the end: it is asked again, with growing waits and each time with a
fresh link of the provider. How often it has been asked is in the job's row, so a restart goes on where it was.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.clocks import Clock
from bot.errors import (
    ClipBroken,
    ClipError,
    ClipUnusable,
    DownloadFailed,
    LinkRefused,
    ProviderError,
)
from bot.jobs.job_transitions import JobTransitions
from bot.library.clip_files import ClipFiles
from bot.library.clip_links import shown_link
from bot.models import FailureCode, Job, JobStatus, LinkReason
from bot.outlet import Clip
from bot.providers.routing import Router
from bot.timings import BACKOFF, Backoff

log = logging.getLogger(__name__)

LOOKS = 17
"""Bad answers in a row after which a link is given up: the waits between them take ten minutes at least."""

GROWN = 6
"""Failures after which the waits grow no more. Another kind of trouble begins its own LOOKS with them full grown."""

SHORTEST_LINK_SECONDS = 24 * 3600.0
"""How long a link is taken to live where its provider is not there to say."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look that brought no clip; `asked` is whether the provider was there to name the link of today."""

    error: ClipError
    asked: bool

    @property
    def kind(self) -> FailureCode:
        """What `attempts` counts: troubles of one kind follow each other in the row under this code."""
        if isinstance(self.error, ClipUnusable) and not isinstance(self.error, ClipBroken):
            return FailureCode.CLIP_UNUSABLE
        if isinstance(self.error, DownloadFailed) or not self.asked:
            return FailureCode.PROVIDER_UNAVAILABLE
        return FailureCode.CLIP_LOST

    @property
    def verdict(self) -> FailureCode:
        """What people are told once it is given up."""
        if isinstance(self.error, LinkRefused):
            return FailureCode.LINK_REFUSED
        return FailureCode.CLIP_UNUSABLE if isinstance(self.error, ClipUnusable) else FailureCode.CLIP_LOST


class Fetcher:
    """Has one job's clip, and writes down what came of each try."""

    def __init__(
        self, transitions: JobTransitions, router: Router, shelf: ClipFiles, clock: Clock, backoff: Backoff = BACKOFF
    ) -> None:
        self._transitions = transitions
        self._router = router
        self._shelf = shelf
        self._clock = clock
        self._backoff = backoff

    async def fetch(self, job: Job) -> tuple[Job, Clip] | None:
        """The job, as it now is, and its clip, or the link where that is all there is to give.

        None where it is put off to a later look, or has failed for good.
        """
        asked = True
        if job.failure is not None and not await self._shelf.has(job.job_id):
            job, asked = await self._refresh(job)
        try:
            clip = await self._shelf.clip(job, self._link_seconds(job))
        except ClipError as error:
            log.info("job %s: look %d at its clip: %s", job.job_id, job.attempts + 1, error)
            return await self._after(job, _Look(error, asked))
        if job.failure is not None:
            # What comes now, posting, counts its own failures.
            job = await self._begin_anew(job, job.posting_at)
        return job, clip

    async def _begin_anew(self, job: Job, posting_at: float | None) -> Job:
        return await self._transitions.move(
            job, JobStatus.DELIVERING, failure=None, attempts=0, strikes=job.strikes, posting_at=posting_at
        )

    async def _refresh(self, job: Job) -> tuple[Job, bool]:
        """The job with the link that its provider names today, and whether the provider could be asked."""
        if job.task_id is None:
            return job, True
        if job.provider not in self._router:
            return job, False
        try:
            tasks = await self._router[job.provider].fetch([job.task_id])
        except ProviderError as error:
            log.info("job %s: %s cannot be asked for a fresh link: %s", job.job_id, job.provider, error.code)
            return job, False
        task = tasks.get(job.task_id)
        if task is None or task.video_url is None:
            return job, True
        return await self._transitions.move(
            job, JobStatus.DELIVERING, video_url=task.video_url, link_refreshed=True, strikes=job.strikes
        ), True

    async def _after(self, job: Job, look: _Look) -> tuple[Job, Clip] | None:
        before = self._before(job, look)
        if not self._is_last(job, look, before):
            await self._again(job, look, before)
            return None
        reason = look.error.reason if shown_link(job.video_url) is not None else None
        if reason is None:
            await self._transitions.move(job, JobStatus.FAILED, failure=look.verdict)
            return None
        # A link is decided on once: when its message is put off, the next look gives it without counting again.
        job = await self._begin_anew(job, job.posting_at or self._clock())
        return job, self._shelf.link(job, self._link_seconds(job), LinkReason(reason))

    def _before(self, job: Job, look: _Look) -> int:
        """Failures of the same kind before this one; of another kind, so many as keep the waits from starting over."""
        if job.failure is look.kind or self._is_old(job):
            return job.attempts
        return min(job.attempts, GROWN)

    def _is_last(self, job: Job, look: _Look, before: int) -> bool:
        if look.kind is FailureCode.CLIP_UNUSABLE:
            # What came whole comes no better: once more, with a fresh link, in case the provider named a wrong one.
            oversize = look.error.reason == LinkReason.OVERSIZE
            return job.failure is look.kind or oversize
        if look.error.reason is not None and job.posting_at is not None:
            return True
        waited = before + 1 >= LOOKS
        weather = look.kind is FailureCode.PROVIDER_UNAVAILABLE and look.error.reason is None
        return waited and (not weather or self._is_old(job))

    async def _again(self, job: Job, look: _Look, before: int) -> None:
        asked = look.error.retry_after if isinstance(look.error, DownloadFailed) else None
        wait = max(self._backoff.wait(before), asked or 0.0)
        await self._transitions.move(
            job, JobStatus.DELIVERING, failure=look.kind, attempts=before + 1, due_at=self._clock() + wait
        )

    def _is_old(self, job: Job) -> bool:
        """Whether even a link that is merely out of reach must be dead by now."""
        return self._clock() - (job.rendered_at or job.created_at) > self._link_seconds(job)

    def _link_seconds(self, job: Job) -> float:
        known = job.provider in self._router
        return self._router[job.provider].capabilities.link_seconds if known else SHORTEST_LINK_SECONDS
