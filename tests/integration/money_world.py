"""Everything that moves a job, put together as bot.app does it, around a till that charges and a channel that can be
closed.

Providers, Discord, the download and both clocks are the outside world and are played here; all between them is real.
Steps are taken one at a time, in the order in which a test asks for them, unless it has the engine run.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.engine.engine import Engine
from bot.errors import DeliveryError, DestinationGone, OutcomeUnknown, ProviderBusy, Refused
from bot.jobs.intake import Draft, Order
from bot.jobs.wiring import Foundation, assemble_jobs
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.library.housekeeping import Housekeeping
from bot.library.library import Library
from bot.library.stills import Stills
from bot.media.clips.download import Downloader
from bot.media.ffmpeg import Ffmpeg
from bot.media.pictures.images import PictureStore
from bot.models import FailureCode, Job, JobStatus, ReplyTarget, Resolution
from bot.outlet import Alarm, Clip, Outlet, StatusView
from bot.policy.gates import OwnerLimits
from bot.providers.acedata import client as acedata
from bot.providers.apiframe import client as apiframe
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.routing import Router
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.money.reservations import Reservations
from bot.storage.open_jobs import OpenJobs
from bot.storage.votes import VoteStore
from tests.silent import Silent

GUILD, CHANNEL = 1, 5
DAY_SECONDS = 24 * 3600.0
TIMEOUT_SECONDS = 1200.0


class Fate(StrEnum):
    """What a provider makes of a request."""

    CLIP = "clip"
    FAILS_FREE = "fails, charges nothing"
    FAILS_CHARGED = "fails after charging"
    NEVER = "never ends"
    BUSY = "is not taken"
    LOST_BEFORE = "answer lost, nothing begun"
    LOST_AFTER = "answer lost, begun all the same"


@dataclass
class Till:
    """A provider that writes down what it charges for; `fates` are those of the next requests, a clip when empty."""

    capabilities: Capabilities
    fates: list[Fate] = field(default_factory=list)
    tasks: dict[str, Fate] = field(default_factory=dict)
    charged: set[str] = field(default_factory=set)

    async def submit(self, submission: Submission) -> RemoteTask:
        if submission.job_id not in self.tasks or not self.capabilities.idempotent:
            fate = self.fates.pop() if self.fates else Fate.CLIP
            if fate is Fate.BUSY:
                raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE)
            if fate is Fate.LOST_BEFORE:
                raise OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN)
            assert submission.job_id not in self.tasks, "submitted twice"
            self.tasks[submission.job_id] = Fate.CLIP if fate is Fate.LOST_AFTER else fate
            if fate in {Fate.CLIP, Fate.LOST_AFTER, Fate.FAILS_CHARGED, Fate.NEVER}:
                self.charged.add(submission.job_id)
            if fate is Fate.LOST_AFTER:
                raise OutcomeUnknown(FailureCode.OUTCOME_UNKNOWN)
        return RemoteTask(submission.job_id, TaskState.WAITING)

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        return {task_id: self._look(task_id) for task_id in task_ids}

    def _look(self, task_id: str) -> RemoteTask:
        fate = self.tasks[task_id]
        if fate is Fate.NEVER:
            return RemoteTask(task_id, TaskState.RUNNING)
        if fate is Fate.CLIP:
            return RemoteTask(task_id, TaskState.SUCCEEDED, video_url=f"https://clips.example/{task_id}.mp4")
        return RemoteTask(task_id, TaskState.FAILED, failure=FailureCode.PROVIDER_FAILED)

    async def upload(self, image: bytes, content_type: str) -> str:
        raise NotImplementedError

    async def balance(self) -> float | None:
        return None


@dataclass
class Channel(Silent):
    """Where status messages and clips appear unless it is closed; `had` are the jobs whose clips were posted.

    `trouble` is what asking for the pictures of a status message ends in, and posting one; `told` are private messages.
    """

    closed: bool = False
    had: list[str] = field(default_factory=list)
    messages: int = 100
    trouble: DeliveryError | None = None
    told: list[FailureCode | None] = field(default_factory=list)

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        if self.trouble is not None:
            raise self.trouble
        return self._post()

    async def show_status(self, job: Job, view: StatusView) -> None:
        self._post()

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        assert self.trouble is not None
        raise self.trouble

    def upload_limit(self, job: Job) -> int:
        return 10**9

    async def save_clip(self, job: Job, path: Path) -> None:
        raise DestinationGone

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        message_id = self._post()
        self.had.append(job.job_id)
        return message_id

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        raise NotImplementedError

    async def find_clip(self, job: Job) -> int | None:
        return None

    async def tell_requester(self, job: Job) -> None:
        self.told.append(job.failure)

    async def tell_owner(self, alarm: Alarm) -> None:
        raise NotImplementedError

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        raise NotImplementedError

    def _post(self) -> int:
        if self.closed:
            raise DestinationGone
        self.messages += 1
        return self.messages


class Download(Downloader):
    """Serves one clip for every link."""

    def __init__(self, clip: Path) -> None:
        super().__init__()
        self._clip = clip

    async def fetch(self, url: str, to: Path) -> int:
        shutil.copy(self._clip, to)
        return to.stat().st_size


class World:
    """A bot for members of one server, step by step."""

    def __init__(self, data: Path, database: Database, clip: Path, start: float) -> None:
        self.now = self.today = start
        clock, wall = (lambda: self.now), (lambda: self.today)
        self.database, self.store = database, JobStore(database)
        self.channel, outlet, self.engine = Channel(), Outlet(), Engine(clock)
        outlet.attach(self.channel)
        self.tills = {module.CAPABILITIES.name: Till(module.CAPABILITIES) for module in (apiframe, acedata)}
        self.router = Router(self.tills, dict.fromkeys(self.tills, 100), clock)
        for name in ("images", "clips", "stills"):
            (data / name).mkdir(parents=True)
        pictures, ffmpeg, open_jobs = PictureStore(data / "images"), Ffmpeg(None), OpenJobs(database)
        clips, limits = ClipFiles(data / "clips", Download(clip), ffmpeg), OwnerLimits(10)
        base = Foundation(
            *(
                self.store,
                Reservations(database),
                open_jobs,
                self.router,
                outlet,
                self.engine,
                pictures,
                clips,
                Fitter(ffmpeg, clips),
            ),
            *(limits, clock, wall),
            timeout_seconds=TIMEOUT_SECONDS,
        )
        self.parts = assemble_jobs(base)
        self.jobs, self.pipeline, self.poller = self.parts.service, self.parts.pipeline, self.parts.callbacks._poller
        kept, stills = KeptClips(database), Stills(ffmpeg, data / "stills")
        rows = (self.store, kept, VoteStore(database), Browser(database))
        self.library = Library(*rows, clips, stills, pictures, self.parts.scheduler.show, outlet, clock)
        self.housekeeping = Housekeeping(self.store, open_jobs, kept, [data / "clips"], clock, wall=wall)
        self.fetched: set[str] = set()
        self.interactions = 1000

    # -- what members do ---------------------------------------------------------------------------------------------

    async def ask(self, user: int, provider: str, price: int) -> str | None:
        """/video; None when it is refused."""
        self.interactions += 1
        target = ReplyTarget(self.interactions, user, GUILD, CHANNEL)
        resolution = Resolution.P1080 if price == 2 else None
        provider = "apiframe" if price == 2 else provider
        try:
            accepted = await self.jobs.submit([Order(target, Draft("a fox", resolution=resolution, provider=provider))])
            await self.jobs.open_status(accepted.job, StatusView())
        except Refused:
            return None
        return accepted.job.job_id

    async def cancel(self, job_id: str) -> None:
        """Cancel, and Stop waiting where that is asked."""
        job = await self.job(job_id)
        try:
            await self.jobs.cancel(job_id, guild_id=GUILD, user_id=job.target.user_id, moderator=False, knowing=True)
        except Refused:
            return

    async def fetch(self, job_id: str) -> None:
        """Send again, in /jobs or /history, where it is offered."""
        job = await self.job(job_id)
        if not job.kept:
            return
        try:
            await self.library.file(job)
            await self.library.claim(job)
        except Refused:
            return
        self.fetched.add(job_id)

    async def job(self, job_id: str) -> Job:
        """The row."""
        job = await self.store.get(job_id)
        assert job is not None
        return job

    # -- what the bot does -------------------------------------------------------------------------------------------

    async def step(self, job_id: str) -> None:
        """The step that is due for a job by its row; one that waits for another try does not wait here."""
        job = await self.job(job_id)
        if job.status is JobStatus.QUEUED and not job.awaited:
            await self.pipeline.withdraw(job_id)
        elif job.status is JobStatus.QUEUED:
            self.parts.line.grant(job.provider, job_id, job.target.user_id)
            await self.pipeline.submit(job_id)
        elif job.status is JobStatus.SUBMITTING:
            self.pass_(max(0.0, job.due_at - self.now))
            await self.pipeline.submit(job_id)
        elif job.status in {JobStatus.RENDERING, JobStatus.UNKNOWN} and job.task_id is not None:
            self.poller.wake(job)
            await self.poller.poll(job.provider)
            if self.poller.found(job_id) is not None:
                await self.pipeline.take(job_id)
        elif job.status is JobStatus.DELIVERING:
            self.pass_(max(0.0, job.due_at - self.now))
            await self.pipeline.deliver(job_id)

    def pass_(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self.now += seconds
        self.today += seconds
