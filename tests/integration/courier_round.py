"""A courier between a file server on loopback and a channel that writes down what it is given; the clock is ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import imageio_ffmpeg
from aiohttp import web

from bot.errors import DeliveryError, ProviderBusy
from bot.jobs.delivery.clip_delivery import ClipDelivery
from bot.jobs.delivery.fetching import Fetcher
from bot.jobs.job_transitions import JobTransitions
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.media.ffmpeg import Ffmpeg
from bot.models import FailureCode, Job, JobStatus
from bot.outlet import Alarm, Clip, Outlet, StatusView
from bot.providers.apiframe.client import CAPABILITIES
from bot.providers.base import Capabilities, RemoteTask, Submission, TaskState
from bot.providers.routing import Router
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from tests.integration.clip_host import Handler, Host, answers, downloader, running_host
from tests.reserving import allowance, reserve
from tests.silent import Silent
from tests.unit.jobs.samples import NOW, Clock, a_job

PAGE = b"<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"
JSON = b'{"success": false, "error": {"code": "no_such_key"}}'
FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())


@dataclass
class Vendor:
    """A provider that names the next of its links each time it is asked, and the last of them from then on."""

    links: list[str | None] = field(default_factory=list)
    asked: int = 0
    unwell: bool = False
    capabilities: Capabilities = CAPABILITIES

    async def submit(self, submission: Submission) -> RemoteTask:
        raise NotImplementedError

    async def fetch(self, task_ids: Sequence[str]) -> Mapping[str, RemoteTask]:
        self.asked += 1
        if self.unwell:
            raise ProviderBusy(FailureCode.PROVIDER_UNAVAILABLE)
        link = self.links.pop(0) if len(self.links) > 1 else self.links[0]
        return {name: RemoteTask(name, TaskState.SUCCEEDED, video_url=link) for name in task_ids}

    async def upload(self, image: bytes, content_type: str) -> str:
        raise NotImplementedError

    async def balance(self) -> float | None:
        return None


@dataclass
class Post(Silent):
    """A channel: what was posted, as (how, clip); `trouble` is raised in place of taking the next messages."""

    limit: int = 20 * 1024 * 1024
    posted: list[tuple[str, Clip]] = field(default_factory=list)
    trouble: list[DeliveryError] = field(default_factory=list)

    async def _take(self, how: str, clip: Clip) -> int:
        if self.trouble:
            raise self.trouble.pop(0)
        self.posted.append((how, clip))
        return 900 + len(self.posted)

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        return await self._take("clip", clip)

    async def post_link(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        return await self._take("link", clip)

    def upload_limit(self, job: Job) -> int:
        return self.limit

    async def tell_requester(self, job: Job) -> None:
        return

    async def find_clip(self, job: Job) -> int | None:
        return None

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        raise NotImplementedError

    async def show_status(self, job: Job, view: StatusView) -> None:
        raise NotImplementedError

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        raise NotImplementedError

    async def save_clip(self, job: Job, path: Path) -> None:
        raise NotImplementedError

    async def tell_owner(self, alarm: Alarm) -> None:
        raise NotImplementedError

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        raise NotImplementedError


class Round:
    """One job with a finished task, from its first look on. `restart` forgets everything but the rows and the disk."""

    def __init__(self, database: Database, directory: Path, host: Host, *, program: Path | None = FFMPEG) -> None:
        self.host = host
        self.clock = Clock()
        self.store = JobStore(database)
        self.vendor = Vendor([host.url()])
        self.providers: dict[str, Vendor] = {"apiframe": self.vendor}
        self.post = Post()
        self.job_id = ""
        self.clips = directory / "clips"
        self.clips.mkdir(exist_ok=True)
        self._program = program
        self.restart()

    def restart(self) -> None:
        """A new process on the same data, with the providers that are switched on now."""
        outlet, ffmpeg = Outlet(), Ffmpeg(self._program)
        outlet.attach(self.post)
        router = Router(self.providers, dict.fromkeys(self.providers, 5), self.clock)
        self.mover = JobTransitions(self.store, self.clock)
        self.shelf = ClipFiles(self.clips, downloader(self.host), ffmpeg)
        fetcher = Fetcher(self.mover, router, self.shelf, self.clock)
        self.courier = ClipDelivery(self.mover, fetcher, Fitter(ffmpeg, self.shelf), outlet, self.clock, self._open)

    async def _open(self, job: Job) -> Job:
        return replace(job, status_message_id=501)

    async def begin(self, link: str | None = None) -> Job:
        """Reserve a job, and have its task finished with this link, or the host's."""
        job = replace(a_job(), status_message_id=501)
        await reserve(self.store, job, day="2026-09-21", base=10, resets_at=NOW)
        for status in (JobStatus.SUBMITTING, JobStatus.RENDERING):
            job = await self.mover.move(job, status, task_id="t1")
        self.job_id = job.job_id
        return await self.mover.move(
            job, JobStatus.DELIVERING, video_url=link or self.host.url(), rendered_at=self.clock()
        )

    async def job(self) -> Job:
        """As it is stored."""
        found = await self.store.get(self.job_id)
        assert found is not None
        return found

    async def look(self) -> Job:
        """Wait until the next step is due, take it, and give the job as it is then."""
        job = await self.job()
        self.clock.now = max(self.clock.now, job.due_at)
        await self.courier.deliver(job)
        return await self.job()

    async def until_over(self, most: int = 60) -> Job:
        """Look until the job has left; it must."""
        for _ in range(most):
            job = await self.look()
            if job.status is not JobStatus.DELIVERING:
                return job
        raise AssertionError(f"still {job}")

    async def credits(self) -> tuple[int, int]:
        """(used, held) of its requester."""
        found = await allowance(self.store, 1, 7, day="2026-09-21", base=10, resets_at=NOW)
        return found.used, found.held

    @property
    def left(self) -> list[str]:
        """The files on the shelf."""
        return sorted(path.name for path in self.clips.iterdir())


@asynccontextmanager
async def a_round(database: Database, directory: Path, **options: Path | None) -> AsyncIterator[Round]:
    """A round with a host of its own."""
    async with running_host() as host:
        yield Round(database, directory, host, **options)


def says(body: bytes = b"", status: int = 200, kind: str = "video/mp4", **headers: str) -> Handler:
    """One answer to whoever asks."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers(lambda: web.Response(status=status, body=body, headers=named | {"Content-Type": kind}))


def breaks_off(movie: bytes) -> Handler:
    """Half of what was announced, and then a reset."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(movie)), "Content-Type": "video/mp4"})
        await response.prepare(request)
        await response.write(movie[: len(movie) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response

    return handle


def in_turn(*handlers: Handler) -> Handler:
    """Each of them once, and the last from then on."""
    left = list(handlers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return handle
