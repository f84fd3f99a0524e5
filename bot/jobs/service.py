"""JobService: submit, cancel, list, quotas - all that a cog may call. Nothing here knows Discord."""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.clocks import Clock
from bot.errors import Refused, StaleJob
from bot.failpoints import at
from bot.jobs.board import StatusBoard
from bot.jobs.clips import ClipShelf
from bot.jobs.delivery import StatusView
from bot.jobs.mover import Mover
from bot.jobs.rules import check_options, clean_prompt
from bot.jobs.transitions import CANCELLABLE
from bot.media.images import PictureStore
from bot.models import Allowance, Job, JobStatus, Picture, ReplyTarget, Resolution, VideoRequest
from bot.providers.routing import Router
from bot.quotas import QuotaPolicy
from bot.storage.jobs import JobStore

_PLACEHOLDER = Picture("", "", 0, 0)
"""Stands for a picture that has been announced but not read yet, so that providers can be chosen before."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed, before any picture is read. None means: not asked for; `provider` None means auto."""

    prompt: str
    resolution: Resolution | None = None
    duration_seconds: int | None = None
    optimize_prompt: bool | None = None
    provider: str | None = None
    has_first_frame: bool = False
    has_last_frame: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that holds its credits; `new` is False when the same interaction came twice."""

    job: Job
    allowance: Allowance
    new: bool


class JobService:
    """The verbs of the application."""

    def __init__(
        self,
        store: JobStore,
        mover: Mover,
        board: StatusBoard,
        router: Router,
        policy: QuotaPolicy,
        pictures: PictureStore,
        shelf: ClipShelf,
        clocks: tuple[Clock, Clock],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._mover = mover
        self._board = board
        self._router = router
        self._policy = policy
        self._pictures = pictures
        self._shelf = shelf
        self._clock, self._wall = clocks
        self._wake = wake
        self._load: Callable[[], Counter[str]] = Counter

    def watch_load(self, load: Callable[[], Counter[str]]) -> None:
        """Take the number of open jobs per provider from here when a provider is chosen."""
        self._load = load

    async def check(self, target: ReplyTarget, draft: Draft) -> int:
        """Refuse what can be refused before a picture is read or a row written; returns the price in credits."""
        request = self._request(draft, _PLACEHOLDER, _PLACEHOLDER)
        self._router.choose(request, draft.provider, self._load())
        price = self._policy.price(request)
        allowance = await at("check.allowance", self.allowance(target.guild_id, target.user_id))
        if allowance.left < price:
            raise Refused(
                "quota", price=price, left=allowance.left, limit=allowance.limit, resets_at=allowance.resets_at
            )
        return price

    async def submit(
        self, target: ReplyTarget, draft: Draft, *, first: bytes | None = None, last: bytes | None = None
    ) -> Accepted:
        """Check everything, hold the price and queue the job. Raises Refused; then nothing is held or kept."""
        job_id = secrets.token_hex(10)
        accepted = False
        try:
            first_frame = (
                await at("accept.first", self._pictures.take(first, job_id=job_id, slot="first"))
                if first is not None
                else None
            )
            last_frame = (
                await at("accept.last", self._pictures.take(last, job_id=job_id, slot="last"))
                if last is not None
                else None
            )
            job = self._new_job(job_id, target, draft, self._request(draft, first_frame, last_frame))
            stored, allowance, accepted = await at(
                "accept.reserve",
                self._store.reserve(
                    job,
                    day=self._policy.day(self._wall()),
                    base=self._policy.daily_credits,
                    resets_at=self._policy.resets_at(self._wall()),
                ),
            )
        finally:
            if not accepted:
                await at("accept.discard", self._pictures.discard(job_id))
        self._wake()
        return Accepted(stored, allowance, accepted)

    def _request(self, draft: Draft, first: Picture | None, last: Picture | None) -> VideoRequest:
        prompt = clean_prompt(draft.prompt)
        check_options(
            prompt,
            resolution=draft.resolution,
            duration_seconds=draft.duration_seconds,
            has_first_frame=draft.has_first_frame,
            has_last_frame=draft.has_last_frame,
        )
        return VideoRequest(
            prompt=prompt,
            resolution=draft.resolution,
            duration_seconds=draft.duration_seconds,
            optimize_prompt=draft.optimize_prompt,
            first_frame=first if draft.has_first_frame else None,
            last_frame=last if draft.has_last_frame else None,
        )

    def _new_job(self, job_id: str, target: ReplyTarget, draft: Draft, request: VideoRequest) -> Job:
        now = self._clock()
        return Job(
            job_id=job_id,
            version=1,
            status=JobStatus.QUEUED,
            request=request,
            target=target,
            provider=self._router.choose(request, draft.provider, self._load()),
            auto_provider=draft.provider is None,
            price=self._policy.price(request),
            created_at=now,
            due_at=now,
        )

    async def open_status(self, job: Job, view: StatusView) -> Job:
        """Post the status message now; DeliveryError when that fails, and then it is tried again later."""
        return await at("accept.status", self._board.open(job, view))

    async def cancel(self, job_id: str, *, guild_id: int, user_id: int, moderator: bool) -> Job:
        """Cancel a job for its requester or a moderator of its server. Raises Refused."""
        while True:
            job = await at("cancel.read", self.job(job_id, guild_id=guild_id))
            if job.target.user_id != user_id and not moderator:
                raise Refused("not_yours")
            if job.status not in CANCELLABLE:
                raise Refused("too_late_to_cancel", status=job.status)
            # A job that takes a step at this very moment is read again: its statuses run out, so this ends.
            with contextlib.suppress(StaleJob):
                return await at("cancel.write", self._mover.move(job, JobStatus.CANCELLED))

    async def job(self, job_id: str, *, guild_id: int) -> Job:
        """A job of this server; Refused("no_such_job") for any other id."""
        job = await at("job.read", self._store.get(job_id))
        if job is None or job.target.guild_id != guild_id:
            raise Refused("no_such_job")
        return job

    async def recent(self, guild_id: int, user_id: int, limit: int = 10) -> list[Job]:
        """A member's latest jobs in one server, newest first."""
        return await at("jobs.recent", self._store.recent(guild_id, user_id, limit))

    def clip_path(self, job: Job) -> str | None:
        """Where the job's clip is kept on disk, or None."""
        path = self._shelf.path(job.job_id)
        return str(path) if path.is_file() else None

    async def picture(self, picture: Picture) -> bytes:
        """The bytes of a request's picture; Refused("picture_not_kept") when it is gone."""
        try:
            return await at("picture.read", self._pictures.read(picture))
        except FileNotFoundError:
            raise Refused("picture_not_kept") from None

    def provider_title(self, name: str) -> str:
        """A provider's name as people write it."""
        return self._router[name].capabilities.title if name in self._router.names else name

    def concurrency(self, name: str) -> int:
        """How many tasks a provider works on at once."""
        return self._router.concurrency(name)

    async def allowance(self, guild_id: int, user_id: int) -> Allowance:
        """What a member has used, holds and has left today in one server."""
        now = self._wall()
        return await at(
            "allowance.read",
            self._store.allowance(
                guild_id,
                user_id,
                day=self._policy.day(now),
                base=self._policy.daily_credits,
                resets_at=self._policy.resets_at(now),
            ),
        )

    async def set_daily(self, admin: ReplyTarget, user_id: int | None, credits_: int) -> None:
        """Set the daily allowance of a member, or with None of everybody in the admin's server."""
        await at(
            "daily.write", self._store.set_daily(admin.guild_id, user_id, credits_, by=admin.user_id, at=self._clock())
        )

    async def grant(self, admin: ReplyTarget, user_id: int, credits_: int) -> bool:
        """Give a member extra credits for today; False when this very command has done so before."""
        now = self._wall()
        return await at("grant.write", self._store.grant(admin, user_id, self._policy.day(now), credits_, at=now))
