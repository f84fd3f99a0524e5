"""A channel that writes down what it is told, and jobs to tell it about."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import DeliveryError
from bot.jobs.job_transitions import JobTransitions
from bot.models import FailureCode, Job, JobStatus
from bot.outlet import Alarm, Clip, StatusView
from bot.storage.jobs import JobStore
from tests.reserving import reserve
from tests.silent import Silent
from tests.unit.jobs.samples import NOW, Clock, a_job


@dataclass
class Channel(Silent):
    """Where messages would appear: what they show, in order; `trouble` is raised in place of taking one."""

    clock: Clock
    shown: list[tuple[JobStatus, StatusView]] = field(default_factory=list)
    bare: list[bool] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    opened: list[list[Path]] = field(default_factory=list)
    trouble: DeliveryError | None = None
    takes: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.takes.set()

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        await self._take(job, view)
        self.opened.append(list(pictures))
        return 500 + len(self.opened)

    async def show_status(self, job: Job, view: StatusView) -> None:
        assert job.status_message_id is not None
        await self._take(job, view)

    async def _take(self, job: Job, view: StatusView) -> None:
        self.times.append(self.clock())
        self.heard.set()
        await self.takes.wait()
        if self.trouble is not None:
            raise self.trouble
        self.shown.append((job.status, view))
        self.bare.append(job.deleted_at is not None)
        self.heard.set()

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        raise NotImplementedError

    def upload_limit(self, job: Job) -> int:
        raise NotImplementedError

    async def save_clip(self, job: Job, path: Path) -> None:
        raise NotImplementedError

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        raise NotImplementedError

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        raise NotImplementedError

    async def find_clip(self, job: Job) -> int | None:
        """See bot.outlet.Deliverer."""
        return None

    async def tell_requester(self, job: Job) -> None:
        raise NotImplementedError

    async def tell_owner(self, alarm: Alarm) -> None:
        raise NotImplementedError

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        raise NotImplementedError


async def kept(store: JobStore, job: Job | None = None) -> Job:
    """A job that is in the database."""
    job = job or a_job()
    await reserve(store, job, day="2026-09-21", base=10, resets_at=NOW)
    return job


async def moved(store: JobStore, job: Job, *steps: JobStatus, failure: FailureCode | None = None) -> Job:
    """The job after these steps, and after a failure if there is one."""
    mover = JobTransitions(store, lambda: NOW)
    for step in steps:
        job = await mover.move(job, step)
    return job if failure is None else await mover.move(job, JobStatus.FAILED, failure=failure)


async def reached(channel: Channel, *, asked: int = 0, shown: int = 0) -> None:
    """Wait until the channel was asked so many times to show something, and has shown so much."""
    async with asyncio.timeout(5):
        while len(channel.times) < asked or len(channel.shown) < shown:
            channel.heard.clear()
            await channel.heard.wait()
