"""App, the composition root: opens every resource once, hands it down, and closes it in the opposite order.

The only file that knows all rooms. Nothing is decided here; what a part does is in the part.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot import data_dir
from bot.assemblies.assembler import ASSEMBLE, Assembler
from bot.assemblies.reel import ReelMaker
from bot.assemblies.takes import SideBySide
from bot.client.bot import RushesBot, Services
from bot.clocks import Clock, steady_clock
from bot.engine.engine import Engine
from bot.engine.later import LaterEdits
from bot.jobs.next_steps import JobStep
from bot.jobs.submission.callback_urls import CallbackUrls
from bot.jobs.wiring import Foundation, Jobs, assemble_jobs
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.library.housekeeping import Housekeeping
from bot.library.library import Library
from bot.library.stills import Stills
from bot.media.clips.download import Downloader
from bot.media.ffmpeg import Ffmpeg, find_ffmpeg
from bot.media.links import PictureLinks
from bot.media.pictures.images import PictureStore
from bot.outlet import Outlet
from bot.policy.quotas import QuotaPolicy
from bot.providers import registry
from bot.providers.http import open_session
from bot.settings import Settings
from bot.storage.assemblies import AssemblyStore
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.notes import Notes
from bot.storage.open_jobs import OpenJobs
from bot.storage.votes import VoteStore
from bot.timings import TIMINGS, Timings
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.pictures import PictureRoutes
from bot.web.server import WebServer
from bot.web.webhooks import WebhookRoutes

log = logging.getLogger(__name__)

_STALE_SECONDS = 120.0
_DIRECTORIES = ("images", "clips", "stills", "reels")


@dataclass(frozen=True, slots=True)
class App:
    """The running application without its Discord connection; jobs go on while no bot is attached."""

    settings: Settings
    services: Services
    store: JobStore
    engine: Engine
    jobs: Jobs
    assembler: Assembler
    metrics: Metrics
    web: WebServer

    def new_bot(self, *, shard_count: int | None = None) -> RushesBot:
        """A bot that speaks for this application."""
        return RushesBot(self.services, shard_count=shard_count)


@asynccontextmanager
async def open_app(
    settings: Settings, clock: Clock | None = None, wall: Clock = time.time, timings: Timings = TIMINGS
) -> AsyncIterator[App]:
    """Open everything, drive jobs inside the block, and stop within ten seconds when it ends.

    `clock` measures waits and timeouts, `wall` says which day credits count for.
    """
    async with AsyncExitStack() as stack:
        data = data_dir.prepare(settings.data_dir, _DIRECTORIES)
        stack.callback(data_dir.lock(data).close)
        data_dir.discard_unfinished(data, _DIRECTORIES)
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await database.migrate()
        session = await stack.enter_async_context(open_session())
        clocks = clock or steady_clock(data / "clock"), wall
        app = _assemble(settings, data, database, session, clocks, timings)
        await app.jobs.scheduler.recall()
        await app.assembler.recall()
        await app.web.start()
        stack.push_async_callback(app.web.stop)
        stack.push_async_callback(app.jobs.status.close)
        stack.push_async_callback(app.assembler.close)
        running = asyncio.create_task(app.engine.run(), name="engine")
        stack.push_async_callback(_stop, app.engine, running)
        yield app


def _assemble(
    settings: Settings,
    data: Path,
    database: Database,
    session: aiohttp.ClientSession,
    clocks: tuple[Clock, Clock],
    timings: Timings,
) -> App:
    clock, metrics, store = clocks[0], Metrics(), JobStore(database)
    engine, outlet, ffmpeg = Engine(clock), Outlet(clock, timings), Ffmpeg(find_ffmpeg(settings.ffmpeg_path))
    links, urls = _addresses(settings.public_url, data_dir.secret(data / "secret"), clock)
    clips = ClipFiles(data / "clips", Downloader(settings.private_hosts_allowed), ffmpeg)
    pictures, open_jobs = PictureStore(data / "images"), OpenJobs(database)
    assembler = Assembler(AssemblyStore(database), engine, outlet, clock, timings.backoff)
    base = Foundation(
        store=store,
        open_jobs=open_jobs,
        router=registry.open_router(settings, session, metrics.provider_called, clock),
        outlet=outlet,
        engine=engine,
        pictures=pictures,
        clips=clips,
        fitter=Fitter(ffmpeg, clips),
        clock=clock,
        wall=clocks[1],
        timings=timings,
        picture_links=links,
        callback_urls=urls,
        **_limits(settings),
    )
    jobs = assemble_jobs(base, metrics.job_moved, assembler.on_job)
    outlet.on_attach(lambda: engine.release([JobStep.SHOW, JobStep.DELIVER, ASSEMBLE]))
    _plug_housekeeping(engine, store, open_jobs, KeptClips(database), data, clocks)
    services = _services(base, jobs, assembler, database, ffmpeg, data, metrics)
    routes = Health(_problems(database, outlet, engine, clock)).routes() + metrics.routes(open_jobs, clock)
    if links is not None:
        webhooks = WebhookRoutes(registry.verifiers(settings), jobs.callbacks.called_back)
        routes += [*PictureRoutes(links, pictures).routes(), *webhooks.routes()]
    server = WebServer(settings.http_host, settings.http_port, routes)
    return App(settings, services, store, engine, jobs, assembler, metrics, server)


def _limits(settings: Settings) -> dict[str, Any]:
    """What an owner sets for jobs."""
    return {
        "policy": QuotaPolicy(settings.quota_daily_credits),
        "poll_seconds": (settings.poll_min_seconds, settings.poll_max_seconds),
        "poll_lateness_seconds": settings.poll_lateness_seconds,
        "timeout_seconds": settings.job_timeout_seconds,
        "most_pending": settings.pending_per_member,
    }


def _services(
    base: Foundation,
    jobs: Jobs,
    assembler: Assembler,
    database: Database,
    ffmpeg: Ffmpeg,
    data: Path,
    metrics: Metrics,
) -> Services:
    rows = base.store, KeptClips(database), VoteStore(database), Browser(database)
    stills = Stills(ffmpeg, data / "stills")
    library = Library(*rows, base.clips, stills, base.pictures, jobs.scheduler.show, base.outlet, base.clock)
    edits = LaterEdits(base.engine, base.outlet.edits, lambda: base.outlet.connected)
    base.outlet.on_attach(edits.release)
    reels, takes = ReelMaker(ffmpeg, data / "reels"), SideBySide(ffmpeg, data / "reels")
    return Services(
        jobs.service,
        library,
        assembler,
        reels,
        takes,
        base.outlet,
        edits,
        Notes(database),
        jobs.view,
        base.router.names,
        metrics.acknowledged,
        base.timings,
    )


def _plug_housekeeping(
    engine: Engine, store: JobStore, open_jobs: OpenJobs, kept: KeptClips, data: Path, clocks: tuple[Clock, Clock]
) -> None:
    files = [data / name for name in _DIRECTORIES]
    housekeeping = Housekeeping(store, open_jobs, kept, files, clocks[0], wall=clocks[1])
    engine.plug(JobStep.TIDY, housekeeping.tidy)


def _addresses(public_url: str | None, secret: bytes, clock: Clock) -> tuple[PictureLinks | None, CallbackUrls | None]:
    """What providers can be given where they reach us; nothing of it where they do not."""
    if public_url is None:
        return None, None
    return PictureLinks(secret, public_url, clock), CallbackUrls(secret, public_url)


def _problems(
    database: Database, outlet: Outlet, engine: Engine, clock: Clock
) -> Callable[[], Awaitable[Mapping[str, str]]]:
    async def problems() -> Mapping[str, str]:
        found = {}
        if not outlet.connected:
            found["discord"] = "not connected"
        elif outlet.shards_down:
            found["discord"] = f"connection lost, trying again: shards {sorted(outlet.shards_down)}"
        elif outlet.embargo.left:
            found["discord"] = f"turns this address away for {outlet.embargo.left:.0f} s"
        if clock() - engine.beat > _STALE_SECONDS:
            found["engine"] = "not moving"
        if not await database.answers():
            found["database"] = "does not answer"
        elif database.damage is not None:
            found["database"] = "is damaged"
        return found

    return problems


async def _stop(engine: Engine, running: asyncio.Task[None]) -> None:
    await engine.stop()
    await asyncio.gather(running, return_exceptions=True)
