"""Submitter: from a queued job to a task at a provider, or to the word that there will be none.

The intent is committed before the POST, so that a process that dies in between knows afterwards what it may repeat.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.clocks import Clock
from bot.errors import (
    AccountProblem,
    DeliveryPostponed,
    DestinationGone,
    MessageGone,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    RequestRejected,
    StaleJob,
    StorageFailed,
    UploadTooLarge,
)
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.submission.callback_urls import CallbackUrls
from bot.jobs.submission.frames import RequestFrames
from bot.jobs.submission.waiting import WaitingLine
from bot.jobs.transitions import STRIKES, in_a_row
from bot.models import FailureCode, Job, JobStatus
from bot.outlet import Outlet
from bot.providers.base import RemoteTask, Submission, TaskState, VideoProvider
from bot.providers.routing import Router
from bot.timings import BACKOFF, Backoff

log = logging.getLogger(__name__)

BUSY_ATTEMPTS = 11
"""Refusals in a row after which a job that no provider takes is given up; about ten minutes, and more
where the provider is left alone in between."""

REPEAT_SECONDS = 23 * 3600.0
"""How long a POST may be repeated with its key: Apiframe honours it for 24 h."""

_ROUNDING_SECONDS = 60.0


class Submitter:
    """Sends one job's POST, once, or again where the provider takes an idempotency key.

    Nothing is sent for a job whose place cannot be answered.
    """

    def __init__(
        self,
        transitions: JobTransitions,
        router: Router,
        frames: RequestFrames,
        outlet: Outlet,
        clock: Clock,
        hooks: CallbackUrls | None,
        *,
        line: WaitingLine,
        open_status: Callable[[Job], Awaitable[Job]],
        turned_away: Callable[[str], None],
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._transitions = transitions
        self._router = router
        self._frames = frames
        self._outlet = outlet
        self._clock = clock
        self._hooks = hooks
        self._line = line
        self._open_status = open_status
        self._turned_away = turned_away
        self._backoff = backoff

    async def submit(self, job: Job) -> tuple[Job, RemoteTask] | None:
        """Hand a queued job over, or repeat a POST whose answer was lost where that is safe.

        Returns the job with its task only when the provider answered with the finished clip at once.
        """
        provider = self._router[job.provider]
        repeated = job.status is JobStatus.SUBMITTING
        if repeated and (job.strikes >= STRIKES or not self._repeatable(job)):
            failure = FailureCode.QUARANTINED if job.strikes >= STRIKES else FailureCode.OUTCOME_UNKNOWN
            await self._transitions.move(job, JobStatus.UNKNOWN, failure=failure)
            return None
        try:
            if not repeated:
                job = await self._placed(job)
            job = await self._claim_submission(job, provider)
            task = await provider.submit(self._submission(job))
        except (FileNotFoundError, MessageGone):
            # With the status message went the copy of the pictures that the provider was to fetch.
            await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode.IMAGES_LOST)
        except DestinationGone:
            await self._nowhere(job)
        except DeliveryPostponed as error:
            await self._retry(job, JobStatus.QUEUED, error.retry_after, None)
        except ProviderError as error:
            self._router.report_failure(job.provider, error)
            await self._after_refusal(job, error, repeated=repeated)
        else:
            self._router.report_success(job.provider)
            job = await self._taken(job, task)
            if task.state not in {TaskState.WAITING, TaskState.RUNNING}:
                return job, task
        return None

    async def _taken(self, job: Job, task: RemoteTask) -> Job:
        now, task_id = self._clock(), task.task_id
        return await self._transitions.move(
            job, JobStatus.RENDERING, task_id=task_id, submitted_at=now, failure=None, attempts=0
        )

    async def _placed(self, job: Job) -> Job:
        """The job with its status message; DestinationGone where it can have none, so that nobody could be answered.

        Where it cannot be posted or noted just now it comes later: Discord's bad days keep no clip back.
        """
        if job.status_message_id is None and self._outlet.connected:
            with contextlib.suppress(DeliveryPostponed, MessageGone, UploadTooLarge, StorageFailed):
                placed = await self._open_status(job)
                if placed.version != job.version:
                    raise StaleJob(job.job_id)  # cancelled meanwhile
                return placed
        return job

    async def _nowhere(self, job: Job) -> None:
        job = await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode.PLACE_CLOSED)
        if self._outlet.connected:
            await self._outlet.deliverer.tell_requester(job)

    async def _claim_submission(self, job: Job, provider: VideoProvider) -> Job:
        """Commit the intent to POST: only whoever wins this may send, and a repeated POST is equal to the first."""
        now = self._clock()
        if job.status is JobStatus.SUBMITTING:
            return await self._transitions.move(job, JobStatus.SUBMITTING, due_at=now, strikes=job.strikes + 1)
        urls = await self._frames.urls(job, provider)
        hooks = self._hooks
        return await self._transitions.move(
            job,
            JobStatus.SUBMITTING,
            image_urls=urls,
            webhook_base=None if hooks is None else hooks.base,
            webhook_hash=None if hooks is None else hooks.kept(job),
            turn_at=job.turn_at or now,
            submitting_at=now,
            due_at=now,
            strikes=1,
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
        ago = self._clock() - (job.submitting_at or self._clock())
        # From the future it cannot be: then the clock is another, and nobody knows how long ago that was.
        return self._router[job.provider].capabilities.idempotent and -_ROUNDING_SECONDS < ago < REPEAT_SECONDS

    async def _after_refusal(self, job: Job, error: ProviderError, *, repeated: bool) -> None:
        if isinstance(error, RequestRejected):
            await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode(error.code))
        elif isinstance(error, OutcomeUnknown) or repeated:
            # Once an answer was lost the task may exist: the job stays with its provider, whatever is refused later.
            kind = FailureCode.OUTCOME_UNKNOWN
            if self._repeatable(job) and in_a_row(job, kind) < BUSY_ATTEMPTS:
                await self._retry(job, JobStatus.SUBMITTING, error.retry_after, kind)
            else:
                await self._transitions.move(job, JobStatus.UNKNOWN, failure=FailureCode.OUTCOME_UNKNOWN)
        elif in_a_row(job, FailureCode.PROVIDER_UNAVAILABLE) >= BUSY_ATTEMPTS:
            await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode(error.code))
        elif not await self._line.hand_over(job):
            if isinstance(error, AccountProblem):
                await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode(error.code))
            elif isinstance(error, ProviderBusy):
                kind = FailureCode.PROVIDER_UNAVAILABLE
                await self._retry(job, JobStatus.QUEUED, error.retry_after, kind)
        if isinstance(error, AccountProblem):
            self.tell_owner(job.provider, error.code)

    def tell_owner(self, provider: str, code: str) -> None:
        """Say in the log, and to whoever tells the owner, that a provider's account needs attention.

        A task that ended for want of money says as much as a submission refused for it: nothing more is sent there.
        """
        self._router.report_account(provider, AccountProblem(code))
        log.error("%s turned our account away (%s): check its key, balance and plan", provider, code)
        self._turned_away(provider)

    async def _retry(self, job: Job, to: JobStatus, retry_after: float | None, kind: FailureCode | None) -> None:
        """Try again later, or end what was tried for long enough; without a `kind` its pictures were waited for."""
        now = self._clock()
        turn_at = job.turn_at or now
        if self._line.is_overdue(job):
            unstarted = to is JobStatus.QUEUED
            end = JobStatus.FAILED if unstarted else JobStatus.UNKNOWN
            failure = kind or FailureCode.IMAGES_LOST
            await self._transitions.move(job, end, failure=failure)
            return
        # A provider's own Retry-After is a least time; ours grows with every refusal in a row.
        before = in_a_row(job, kind)
        wait = self._backoff.wait(before, retry_after)
        await self._transitions.move(job, to, failure=kind, attempts=before + 1, turn_at=turn_at, due_at=now + wait)
