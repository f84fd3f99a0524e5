"""JobService: submit, cancel, list, quotas - all that a cog may call. Nothing here knows Discord."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from bot.errors import DestinationGone, MessageGone, Refused, StaleJob
from bot.jobs.admission import Admission
from bot.jobs.intake import Accepted, Draft, Intake, Order
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.status.editor import StatusEditor
from bot.jobs.trail import Footprint, parse_trail
from bot.jobs.transitions import CANCELLABLE, STARTED, is_cancellable
from bot.media.pictures.images import PictureStore
from bot.models import Allowance, FailureCode, Job, JobStatus, Picture, ReplyTarget
from bot.outlet import StatusView
from bot.policy.asking import Asker
from bot.providers.routing import Router
from bot.storage.jobs import JobStore


class JobService:
    """What cogs do with jobs and credits."""

    def __init__(
        self,
        store: JobStore,
        transitions: JobTransitions,
        status: StatusEditor,
        router: Router,
        intake: Intake,
        admission: Admission,
        pictures: PictureStore,
    ) -> None:
        self._store = store
        self._transitions = transitions
        self._status = status
        self._router = router
        self._intake = intake
        self._admission = admission
        self._pictures = pictures

    async def check_free(self, asker: Asker, *texts: str) -> None:
        """Refuse whoever may not ask for what costs nothing: a form, a draft, a reel; `texts` are their words in it."""
        await self._admission.check_free(asker, *texts)

    async def check(self, orders: Sequence[Order]) -> int:
        """Refuse what can be refused before a picture is read or a row written; returns the price in credits."""
        return await self._intake.check(orders)

    def reading(self, target: ReplyTarget, takes: int = 1) -> AbstractAsyncContextManager[None]:
        """Hold places for jobs whose pictures are read inside. Raises Refused where the member has none left."""
        return self._intake.reading(target.user_id, takes)

    def price(self, draft: Draft) -> int:
        """Credits that a draft would cost. Raises Refused for one that cannot be made."""
        return self._intake.price(draft)

    async def submit(
        self,
        orders: Sequence[Order],
        *,
        first: bytes | None = None,
        last: bytes | None = None,
        of_version: int | None = None,
    ) -> Accepted:
        """Hold the prices of clips of one interaction and queue them: all are accepted, or none. Raises Refused.

        With `of_version`, StaleJob when the assembly that they are for has changed since it had this version.
        """
        return await self._intake.submit(orders, first, last, of_version=of_version)

    async def open_status(self, job: Job, view: StatusView) -> Job:
        """Post the status message now; DeliveryError when that fails, and then it is tried again later.

        Refused("place_closed") where nothing can ever be posted: then the job is not begun, and its credits go back.
        """
        try:
            return await self._status.open(job, view)
        except MessageGone:
            raise
        except DestinationGone:
            with contextlib.suppress(StaleJob):  # the same was found out just now when it was to be submitted
                await self._transitions.move(job, JobStatus.FAILED, failure=FailureCode.PLACE_CLOSED)
            raise Refused("place_closed") from None

    async def cancel(self, job_id: str, *, guild_id: int, user_id: int, moderator: bool, knowing: bool = False) -> Job:
        """Cancel a job for its requester or a moderator of its server; the job as it is then. Raises Refused.

        One that has not started is CANCELLED, its credits released. One that has started may be charged for by its
        provider: it is left alone unless that is known (`knowing`), and then merely not waited for any more.
        """
        while True:
            job = await self.job(job_id, guild_id=guild_id)
            if job.target.user_id != user_id and not moderator:
                raise Refused("not_yours")
            if job.status not in CANCELLABLE or not job.awaited:
                raise Refused("too_late_to_cancel", status=job.status, awaited=job.awaited)
            if job.status in STARTED and not knowing:
                return job
            # A job that takes a step at this very moment is read again: its statuses run out, so this ends.
            with contextlib.suppress(StaleJob):
                return await self._stop(job)

    async def let_go(self, job: Job) -> None:
        """Have nothing of a job reach its channel any more: it is cancelled, or if it has started, not waited for.

        One of unknown outcome is not looked for any longer. Where it has moved on since it was read, nothing is done.
        """
        with contextlib.suppress(StaleJob):
            if is_cancellable(job):
                await self._stop(job)
            elif job.status is JobStatus.UNKNOWN:
                failure = job.failure or FailureCode.OUTCOME_UNKNOWN
                await self._transitions.move(job, JobStatus.FAILED, failure=failure)

    async def _stop(self, job: Job) -> Job:
        if job.status not in STARTED:
            return await self._transitions.move(job, JobStatus.CANCELLED)
        return await self._transitions.stop_waiting(job)

    async def job(self, job_id: str, *, guild_id: int) -> Job:
        """A job of this server; Refused("no_such_job") for any other id."""
        job = await self._store.get(job_id)
        if job is None or job.target.guild_id != guild_id:
            raise Refused("no_such_job")
        return job

    async def of_message(self, message_id: int, *, guild_id: int) -> Job:
        """The job of this server that a message brought the clip of, or shows the status of; else as job()."""
        job = await self._store.of_message(message_id)
        if job is None or job.target.guild_id != guild_id:
            raise Refused("no_such_job")
        return job

    async def recent(self, guild_id: int, user_id: int, limit: int = 10) -> list[Job]:
        """A member's latest jobs in one server, newest first."""
        return await self._store.recent(guild_id, user_id, limit)

    async def picture(self, picture: Picture) -> bytes:
        """The bytes of a request's picture; Refused("picture_not_kept") when it is gone."""
        try:
            return await self._pictures.read(picture)
        except FileNotFoundError:
            raise Refused("picture_not_kept") from None

    async def keep_picture(self, data: bytes, owner_id: str, *, spoiler: bool = False) -> Picture:
        """Judge a picture, and keep it for what may become jobs later; raises ImageRefused."""
        kept = await self._pictures.take(data, job_id=owner_id, slot="first")
        return replace(kept, spoiler=spoiler)

    def provider_title(self, name: str) -> str:
        """A provider's name as people write it."""
        return self._router[name].capabilities.title if name in self._router.names else name

    def concurrency(self, name: str) -> int:
        """How many tasks a provider works on at once."""
        return self._router.concurrency(name)

    def serves(self, guild_id: int) -> bool:
        """Whether the bot's owner lets it work in this server."""
        allowed = self._admission.limits.guilds_allowed
        return not allowed or guild_id in allowed

    @property
    def usual_credits(self) -> int:
        """What members have a day where neither they, their roles nor their server have something else."""
        return self._admission.limits.daily_credits

    async def allowance(self, guild_id: int, user_id: int, roles: Collection[int] = ()) -> Allowance:
        """What a member with these roles has used, holds and has left today in one server."""
        return await self._admission.allowance(guild_id, user_id, roles)

    async def trail(self, job: Job) -> list[Footprint]:
        """Every transition of a job, oldest first, as far as it was written down."""
        return parse_trail(await self._store.trail(job.job_id))
