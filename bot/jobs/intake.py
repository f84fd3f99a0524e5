"""Intake: from what somebody typed to queued jobs that hold their credits. Nothing is spent before this says so."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.clocks import Clock
from bot.jobs.submission.line import Line
from bot.media.pictures.images import PictureStore, Slot
from bot.models import Allowance, Job, JobStatus, Picture, Relation, ReplyTarget, Resolution, VideoRequest
from bot.policy.mentions import spelled_out
from bot.policy.quotas import QuotaPolicy
from bot.policy.rules import check_options
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.limits import crowded, short_of

READ_AT_ONCE = 4
"""Requests whose pictures are read at the same time: each may have two of 20 MiB in memory."""

_PLACEHOLDER = Picture("", "", 0, 0)
"""Stands for a picture that has been announced but not read yet, so that providers can be chosen before."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed, before any picture is read. None means: not asked for; `provider` None means auto.

    `first_spoiler` and `last_spoiler` say that a picture was posted as a spoiler.
    `parent_id` and `relation` say which clip it was made from, `assembly_id` what its clip will be a part of.
    """

    prompt: str
    resolution: Resolution | None = None
    duration_seconds: int | None = None
    optimize_prompt: bool | None = None
    provider: str | None = None
    has_first_frame: bool = False
    has_last_frame: bool = False
    first_spoiler: bool = False
    last_spoiler: bool = False
    parent_id: str | None = None
    relation: Relation | None = None
    assembly_id: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One clip of several that are asked for together: for whom, what, and as which take; by default, by its place."""

    target: ReplyTarget
    draft: Draft
    take: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """Jobs that hold their credits, and what the first one's requester has left; `new` is False when the same
    interaction came twice."""

    jobs: tuple[Job, ...]
    allowance: Allowance
    new: bool

    @property
    def job(self) -> Job:
        """The first of them, mostly the only one."""
        return self.jobs[0]

    @property
    def price(self) -> int:
        """Credits that they hold together."""
        return sum(job.price for job in self.jobs)


class Intake:
    """Checks requests, keeps their pictures and reserves their price: all jobs of one interaction, or none."""

    def __init__(
        self,
        store: JobStore,
        router: Router,
        policy: QuotaPolicy,
        pictures: PictureStore,
        clocks: tuple[Clock, Clock],
        most_pending: int,
        line: Line,
        accepted: Callable[[Sequence[Job]], None],
    ) -> None:
        self._store = store
        self._router = router
        self._policy = policy
        self._pictures = pictures
        self._clock, self._wall = clocks
        self._line = line
        self._accepted = accepted
        self._most_pending = most_pending
        self._reading: Counter[int] = Counter()
        self._readers = asyncio.Semaphore(READ_AT_ONCE)

    async def check(self, orders: Sequence[Order]) -> int:
        """Refuse what can be refused before a picture is read or a row written; returns the price in credits."""
        prices: Counter[int] = Counter()
        counts = Counter(order.target.user_id for order in orders)
        for order in orders:
            request = _request(order.draft, _PLACEHOLDER, _PLACEHOLDER)
            self._router.choose(request, order.draft.provider, self._line.load)
            prices[order.target.user_id] += self._policy.price(request)
        for user_id, price in prices.items():
            allowance = await self.allowance(orders[0].target.guild_id, user_id)
            if allowance.left < price:
                raise short_of(allowance, price, **({"user_id": user_id} if len(prices) > 1 else {}))
            if await self._pending(user_id) + counts[user_id] > self._most_pending:
                raise crowded(self._most_pending, user_id if len(prices) > 1 else None)
        return prices.total()

    @asynccontextmanager
    async def reading(self, user_id: int, jobs: int = 1) -> AsyncIterator[None]:
        """Hold places for jobs whose pictures are read inside; Refused("too_many_pending") where there are none left.

        Nothing is reserved yet, so it is this that bounds what requests take of the memory: a member's by the limit
        of jobs under way, and everybody's by how many read at once; the others wait for their turn.
        """
        self._reading[user_id] += jobs
        try:
            if await self._pending(user_id) > self._most_pending:
                raise crowded(self._most_pending, None)
            async with self._readers:
                yield
        finally:
            self._reading[user_id] -= jobs
            if self._reading[user_id] <= 0:
                del self._reading[user_id]

    async def _pending(self, user_id: int) -> int:
        """Jobs of a member that are under way, and those whose pictures are being read."""
        return await self._store.pending(user_id) + self._reading[user_id]

    def price(self, draft: Draft) -> int:
        """Credits that a draft would cost. Raises Refused for one that cannot be made."""
        return self._policy.price(_request(draft, _PLACEHOLDER, _PLACEHOLDER))

    async def submit(
        self, orders: Sequence[Order], first: bytes | None, last: bytes | None, *, of_version: int | None = None
    ) -> Accepted:
        """Check everything, hold the prices and queue the jobs. Raises Refused; then nothing is held or kept.

        With `of_version`, StaleJob when the assembly that they are for has changed since. Whoever is cut off meanwhile
        leaves a whole request behind, or none.
        """
        return await asyncio.shield(self._submit(orders, first, last, of_version))

    async def _submit(
        self, orders: Sequence[Order], first: bytes | None, last: bytes | None, of_version: int | None
    ) -> Accepted:
        job_ids = [secrets.token_hex(10) for _ in orders]
        accepted = False
        try:
            firsts = await self._take(first, job_ids, "first")
            lasts = await self._take(last, job_ids, "last")
            batch = [
                self._new_job(job_id, number, order, _request(order.draft, firsts[number], lasts[number]))
                for number, (job_id, order) in enumerate(zip(job_ids, orders, strict=True))
            ]
            stored, left, accepted = await self._reserve(batch, of_version)
        finally:
            if not accepted:
                for job_id in job_ids:
                    await self._pictures.discard(job_id)
        return Accepted(tuple(stored), left[orders[0].target.user_id], accepted)

    async def _reserve(self, batch: list[Job], of_version: int | None) -> tuple[list[Job], dict[int, Allowance], bool]:
        now = self._wall()
        stored, left, new = await self._store.reserve_all(
            batch,
            day=self._policy.day(now),
            base=self._policy.daily_credits,
            resets_at=self._policy.resets_at(now),
            most_pending=self._most_pending,
            of_version=of_version,
        )
        if new:
            self._accepted(stored)
        return stored, left, new

    async def _take(self, data: bytes | None, job_ids: Sequence[str], slot: Slot) -> list[Picture | None]:
        """One copy of a picture for each job; it is judged and cleaned once."""
        if data is None:
            return [None] * len(job_ids)
        picture = await self._pictures.take(data, job_id=job_ids[0], slot=slot)
        copies = [await self._pictures.copy(picture, job_id=job_id, slot=slot) for job_id in job_ids[1:]]
        return [picture, *copies]

    def _new_job(self, job_id: str, number: int, order: Order, request: VideoRequest) -> Job:
        now, draft = self._clock(), order.draft
        return Job(
            job_id=job_id,
            version=1,
            status=JobStatus.QUEUED,
            request=request,
            target=order.target,
            provider=self._router.choose(request, draft.provider, self._line.load),
            auto_provider=draft.provider is None,
            price=self._policy.price(request),
            created_at=now,
            due_at=now,
            take=number if order.take is None else order.take,
            parent_id=draft.parent_id,
            relation=draft.relation,
            assembly_id=draft.assembly_id,
        )

    async def allowance(self, guild_id: int, user_id: int) -> Allowance:
        """What a member has used, holds and has left today in one server."""
        now = self._wall()
        return await self._store.allowance(
            guild_id,
            user_id,
            day=self._policy.day(now),
            base=self._policy.daily_credits,
            resets_at=self._policy.resets_at(now),
        )

    async def grant(self, admin: ReplyTarget, user_id: int, credits_: int, *, apart: float = 0.0) -> bool:
        """Give a member extra credits for today; False when this very command, or the same not so long ago, did so."""
        now = self._wall()
        day = self._policy.day(now)
        return await self._store.grant(admin, user_id, day, credits_, at=now, apart=apart)


def again(job: Job) -> Draft:
    """A draft that asks for what a job asked for, as its child."""
    request = job.request
    return Draft(
        prompt=request.prompt,
        resolution=request.resolution,
        duration_seconds=request.duration_seconds,
        optimize_prompt=request.optimize_prompt,
        provider=None if job.auto_provider else job.provider,
        has_first_frame=request.first_frame is not None,
        has_last_frame=request.last_frame is not None,
        first_spoiler=request.first_frame is not None and request.first_frame.spoiler,
        last_spoiler=request.last_frame is not None and request.last_frame.spoiler,
        parent_id=job.job_id,
        relation=Relation.AGAIN,
    )


def _request(draft: Draft, first: Picture | None, last: Picture | None) -> VideoRequest:
    prompt = spelled_out(draft.prompt)
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
        first_frame=_shown_as(first, draft.first_spoiler) if draft.has_first_frame else None,
        last_frame=_shown_as(last, draft.last_spoiler) if draft.has_last_frame else None,
    )


def _shown_as(picture: Picture | None, spoiler: bool) -> Picture | None:
    return None if picture is None else replace(picture, spoiler=spoiler)
