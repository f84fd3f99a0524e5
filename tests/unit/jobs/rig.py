"""The life of jobs put together as bot.app does it, between providers that do what the test says and a channel.

Rows are real; a clip is never fetched, so that tasks end by failing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.engine.engine import Engine, Step
from bot.errors import ProviderBusy, ProviderError
from bot.jobs.next_steps import JobStep
from bot.jobs.wiring import Foundation, assemble_jobs
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.media.clips.download import Downloader
from bot.media.ffmpeg import Ffmpeg
from bot.media.pictures.images import PictureStore
from bot.models import FailureCode, Job
from bot.outlet import Outlet
from bot.policy.gates import OwnerLimits
from bot.providers.apiframe import client as apiframe
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.routing import Router
from bot.storage.jobs import JobStore
from bot.storage.money.reservations import Reservations
from bot.storage.open_jobs import Head, OpenJobs
from bot.timings import Backoff, Timings
from tests.reserving import reserve
from tests.unit.jobs.channel import Channel
from tests.unit.jobs.samples import NOW, Clock, a_job

TIMINGS = Timings(backoff=Backoff(jitter=lambda: 0.0))


@dataclass
class Vendor:
    """A provider that takes what it is given; `trouble` is raised in place of taking it, `blind` of looking at it.

    `meanwhile` is what happens while it is being given something.
    """

    capabilities: Capabilities
    submitted: list[str] = field(default_factory=list)
    tasks: dict[str, RemoteTask] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    trouble: dict[str, Exception] = field(default_factory=dict)
    blind: Exception | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None
    most: int = 0

    async def submit(self, submission: Submission) -> RemoteTask:
        """Take it; the trouble under "" is everybody's."""
        await asyncio.sleep(0)
        if self.meanwhile is not None:
            await self.meanwhile()
        for who in ("", submission.job_id):
            if who in self.trouble:
                raise self.trouble[who]
        self.submitted.append(submission.job_id)
        task = self.tasks[submission.job_id] = RemoteTask(submission.job_id, TaskState.RUNNING)
        self.most = max(self.most, sum(task.under_way for task in self.tasks.values()))
        return task

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        """Say what is so."""
        self.asked.append(sorted(task_ids))
        await asyncio.sleep(0)
        if self.blind is not None:
            raise self.blind
        return {task_id: self.tasks[task_id] for task_id in task_ids}

    async def upload(self, image: bytes, content_type: str) -> str:
        """Nobody has pictures here."""
        raise NotImplementedError

    async def balance(self) -> float | None:
        """Nobody asks."""
        return None

    def end(self, job_id: str) -> None:
        """A task fails."""
        self.tasks[job_id] = RemoteTask(job_id, TaskState.FAILED, failure=FailureCode.MODERATION)


class Read(JobStore):
    """The rows, and which of them have been read whole."""

    def __init__(self, store: JobStore) -> None:
        super().__init__(store._database)
        self.ids: list[str] = []

    async def get(self, job_id: str) -> Job | None:
        """As ever."""
        self.ids.append(job_id)
        return await super().get(job_id)


class ReadHeads(OpenJobs):
    """The lines, and what has been read of them."""

    heads_read: int = 0

    async def heads(
        self,
        provider: str,
        now: float,
        members: Sequence[int],
        *,
        since: float,
        longest_wait: float,
        per_member: int = 1,
        started: Collection[str] = (),
    ) -> list[Head]:
        """As ever."""
        found = await super().heads(
            provider, now, members, since=since, longest_wait=longest_wait, per_member=per_member, started=started
        )
        self.heads_read += len(found)
        return found


class Rig:
    """Two providers with so many places each."""

    def __init__(self, store: JobStore, clock: Clock, directory: Path, places: int = 2) -> None:
        self.clock, self.store = clock, Read(store)
        self.open_jobs = ReadHeads(store._database)
        names = ("apiframe", "acedata")
        self.vendors = {name: Vendor(replace(apiframe.CAPABILITIES, name=name, idempotent=True)) for name in names}
        self.router = Router(self.vendors, dict.fromkeys(names, places), clock)
        self.engine, self.outlet, ffmpeg = Engine(clock, stop_seconds=0.05), Outlet(clock), Ffmpeg(None)
        self.channel = Channel(clock)
        self.outlet.attach(self.channel)
        clips = ClipFiles(directory, Downloader(), ffmpeg)
        base = Foundation(
            *(
                self.store,
                Reservations(store._database),
                self.open_jobs,
                self.router,
                self.outlet,
                self.engine,
                PictureStore(directory),
                clips,
            ),
            *(Fitter(ffmpeg, clips), OwnerLimits(10), clock, clock),
            timings=TIMINGS,
        )
        self.parts = assemble_jobs(base)
        self.line, self.pipeline, self.poller = self.parts.line, self.parts.pipeline, self.parts.callbacks._poller
        self.transitions = self.parts.pipeline._transitions

    async def put(
        self,
        number: int,
        *,
        user: int | None = None,
        auto: bool = False,
        due_in: float = 0.0,
        status_message: bool = True,
    ) -> Job:
        """A job comes in, in the order of the numbers; it wants the first provider."""
        job = a_job(number, user=number if user is None else user, created_at=NOW + number / 1000)
        job = replace(job, auto_provider=auto, due_at=NOW + due_in)
        job = replace(job, status_message_id=500 + number if status_message else None)
        await reserve(self.store, job, day="2026-09-21", base=1000, resets_at=NOW)
        self.parts.scheduler.accepted([job])
        return job

    async def job(self, job: Job) -> Job:
        """As it is now."""
        found = await JobStore(self.store._database).get(job.job_id)
        assert found is not None
        return found

    def due(self, kind: JobStep, key: str) -> float | None:
        """In how many seconds a step is due; None where it is not."""
        at = self.engine._due._times.get(Step(kind, key))
        return None if at is None else at - self.clock.now

    @property
    def first(self) -> Vendor:
        """The provider that all want."""
        return self.vendors["apiframe"]


def numbers(jobs: Sequence[str]) -> list[int]:
    """The numbers of jobs, by their ids."""
    return [int(job_id, 16) for job_id in jobs]


def busy(retry_after: float | None = None) -> ProviderError:
    """What a provider says that wants to be left alone."""
    return ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE, retry_after=retry_after)
