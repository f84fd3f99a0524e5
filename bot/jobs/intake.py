"""Intake: from what somebody typed to queued jobs that hold their credits. Nothing is spent before this says so."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from bot.clocks import Clock
from bot.errors import Refused
from bot.jobs.admission import Admission
from bot.jobs.submission.line import Line
from bot.media.pictures.images import PictureStore, Slot
from bot.models import Allowance, Job, JobStatus, Picture, Relation, ReplyTarget, Resolution, VideoRequest
from bot.policy.asking import NO_STANDING, Standing
from bot.policy.gates import Asked
from bot.policy.mentions import spelled_out
from bot.policy.prices import PriceTable
from bot.policy.rules import check_options
from bot.providers.routing import Router

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
    """One clip of several that are asked for together: for whom, what, and as which take; by default, by its place.

    `standing` is what Discord says of whoever pays, at the moment of the command or the press.
    """

    target: ReplyTarget
    draft: Draft
    take: int | None = None
    standing: Standing = NO_STANDING


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


class Accepting(Protocol):
    """Is told of jobs that have come in, and whether somebody is to be told that a cap is near."""

    def __call__(self, jobs: Sequence[Job], *, near_cap: bool) -> None: ...


class Intake:
    """Checks requests, keeps their pictures and reserves their price: all jobs of one interaction, or none."""

    def __init__(
        self,
        admission: Admission,
        router: Router,
        prices: PriceTable,
        pictures: PictureStore,
        clock: Clock,
        line: Line,
        accepted: Accepting,
    ) -> None:
        self._admission = admission
        self._router = router
        self._prices = prices
        self._pictures = pictures
        self._clock = clock
        self._line = line
        self._accepted = accepted
        self._reading: Counter[int] = Counter()
        self._readers = asyncio.Semaphore(READ_AT_ONCE)

    async def check(self, orders: Sequence[Order]) -> int:
        """Refuse what can be refused before a picture is read or a row written; returns the price in credits."""
        asked: dict[int, Asked] = {}
        for order in orders:
            request = _request(order.draft, _PLACEHOLDER, _PLACEHOLDER)
            provider = await self._provider(order, request)
            price, user_id = self._prices.price(request, provider), order.target.user_id
            before = asked.get(user_id) or Asked(user_id, order.target.channel_id, order.standing)
            texts = tuple(dict.fromkeys((*before.texts, request.prompt)))
            asked[user_id] = replace(before, prices=(*before.prices, price), texts=texts)
        await self._admission.check(orders[0].target.guild_id, list(asked.values()), self._reading)
        return sum(sum(one.prices) for one in asked.values())

    async def _provider(self, order: Order, request: VideoRequest) -> str:
        """Who would make it; whoever may not ask at all is told that, and not what providers lack just now."""
        try:
            return self._router.choose(request, order.draft.provider, self._line.load)
        except Refused:
            target = order.target
            asked = Asked(target.user_id, target.channel_id, order.standing, texts=(request.prompt,))
            await self._admission.check(target.guild_id, [asked])
            raise

    @asynccontextmanager
    async def reading(self, user_id: int, jobs: int = 1) -> AsyncIterator[None]:
        """Hold places for jobs whose pictures are read inside; Refused("too_many_pending") where there are none left.

        Nothing is reserved yet, so it is this that bounds what requests take of the memory: a member's by the limit
        of jobs under way, and everybody's by how many read at once; the others wait for their turn.
        """
        self._reading[user_id] += jobs
        limit = self._admission.limits.pending
        try:
            if await self._admission.pending(user_id) + self._reading[user_id] > limit:
                raise Refused("too_many_pending", limit=limit)
            async with self._readers:
                yield
        finally:
            self._reading[user_id] -= jobs
            if self._reading[user_id] <= 0:
                del self._reading[user_id]

    def price(self, draft: Draft) -> int:
        """Credits that a draft would cost. Raises Refused for one that cannot be made."""
        return self._prices.price(_request(draft, _PLACEHOLDER, _PLACEHOLDER), draft.provider)

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
            standings = {order.target.user_id: order.standing for order in orders}
            reserved = await self._admission.reserve(batch, standings, of_version=of_version)
            accepted = reserved.new
        finally:
            if not accepted:
                for job_id in job_ids:
                    await self._pictures.discard(job_id)
        if accepted:
            self._accepted(reserved.jobs, near_cap=reserved.verdict.near_cap)
        return Accepted(tuple(reserved.jobs), await self._left(orders[0], reserved.verdict.left), accepted)

    async def _left(self, order: Order, left: Mapping[int, Allowance]) -> Allowance:
        target = order.target
        if target.user_id in left:
            return left[target.user_id]
        return await self._admission.allowance(target.guild_id, target.user_id, order.standing.roles)

    async def _take(self, data: bytes | None, job_ids: Sequence[str], slot: Slot) -> list[Picture | None]:
        """One copy of a picture for each job; it is judged and cleaned once."""
        if data is None:
            return [None] * len(job_ids)
        picture = await self._pictures.take(data, job_id=job_ids[0], slot=slot)
        copies = [await self._pictures.copy(picture, job_id=job_id, slot=slot) for job_id in job_ids[1:]]
        return [picture, *copies]

    def _new_job(self, job_id: str, number: int, order: Order, request: VideoRequest) -> Job:
        now, draft = self._clock(), order.draft
        provider = self._router.choose(request, draft.provider, self._line.load)
        return Job(
            job_id=job_id,
            version=1,
            status=JobStatus.QUEUED,
            request=request,
            target=order.target,
            provider=provider,
            auto_provider=draft.provider is None,
            price=self._prices.price(request, provider),
            created_at=now,
            due_at=now,
            take=number if order.take is None else order.take,
            parent_id=draft.parent_id,
            relation=draft.relation,
            assembly_id=draft.assembly_id,
            age_restricted=order.standing.age_restricted,
        )


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
