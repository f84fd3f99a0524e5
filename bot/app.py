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

import aiohttp
from aiohttp import web

from bot import data_dir
from bot.assemblies.assembler import Assembler
from bot.assemblies.reel import ReelMaker
from bot.assemblies.takes import SideBySide
from bot.client.bot import RushesBot, Services
from bot.clocks import Clock, steady_clock
from bot.jobs.callback_handler import CallbackHandler
from bot.jobs.callback_urls import CallbackUrls
from bot.jobs.clip_delivery import ClipDelivery
from bot.jobs.estimates import Estimates
from bot.jobs.fetching import Fetcher
from bot.jobs.forecast import StatusForecast
from bot.jobs.frames import RequestFrames
from bot.jobs.intake import Intake
from bot.jobs.job_transitions import JobTransitions
from bot.jobs.machinery import Machinery
from bot.jobs.pipeline import Pipeline
from bot.jobs.poll_schedule import PollSchedule
from bot.jobs.polling.curve import Bounds
from bot.jobs.polling.plans import Pace
from bot.jobs.runner import Runner
from bot.jobs.service import JobService
from bot.jobs.status_editor import StatusEditor
from bot.jobs.submitting import Submitter
from bot.jobs.waiting import WaitingLine
from bot.library.clip_files import ClipFiles
from bot.library.fitting import Fitter
from bot.library.housekeeping import Housekeeping
from bot.library.library import Library
from bot.library.stills import Stills
from bot.media.download import Downloader
from bot.media.ffmpeg import Ffmpeg, find_ffmpeg
from bot.media.images import PictureStore
from bot.media.links import PictureLinks
from bot.models import Job
from bot.outlet import Outlet
from bot.policy.quotas import QuotaPolicy
from bot.providers.acedata import AceData
from bot.providers.apiframe import Apiframe
from bot.providers.base import VideoProvider
from bot.providers.callbacks import AceDataCallbacks, ApiframeCallbacks, Callbacks
from bot.providers.counted import Counted
from bot.providers.http import open_session
from bot.providers.patient import Patient
from bot.providers.routing import Router
from bot.settings import Settings
from bot.storage.assemblies import AssemblyStore
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.notes import Notes
from bot.storage.votes import VoteStore
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
    """A running Rushes, but for its Discord connection: jobs go on while no bot is attached."""

    settings: Settings
    services: Services
    store: JobStore
    runner: Runner
    assembler: Assembler
    metrics: Metrics
    web: WebServer

    def new_bot(self, *, shard_count: int | None = None) -> RushesBot:
        """A bot that speaks for this application."""
        return RushesBot(self.services, shard_count=shard_count)


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock | None = None, wall: Clock = time.time) -> AsyncIterator[App]:
    """Open everything, drive jobs inside the block, and stop within ten seconds when it ends.

    `clock` measures waits and timeouts, `wall` says which day credits count for.
    """
    async with AsyncExitStack() as stack:
        data = data_dir.prepare(settings.data_dir, _DIRECTORIES)
        stack.callback(data_dir.lock(data).close)
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await database.migrate()
        session = await stack.enter_async_context(open_session())
        metrics = Metrics()
        app = _assemble(settings, data, database, session, metrics, (clock or steady_clock(data / "clock"), wall))
        await app.web.start()
        stack.push_async_callback(app.web.stop)
        for machine in (app.runner, app.assembler):
            running = asyncio.create_task(machine.run(), name=type(machine).__name__.lower())
            stack.push_async_callback(_stop, machine, running)
        yield app


def _assemble(
    settings: Settings,
    data: Path,
    database: Database,
    session: aiohttp.ClientSession,
    metrics: Metrics,
    clocks: tuple[Clock, Clock],
) -> App:
    clock = clocks[0]
    router = Router(_providers(settings, session, metrics, clock), _concurrency(settings), clock)
    store, outlet, pictures = JobStore(database), Outlet(clock), PictureStore(data / "images")
    links, hooks = _addresses(settings.public_url, data_dir.secret(data / "secret"), clock)
    mover, ffmpeg = JobTransitions(store, clock), Ffmpeg(find_ffmpeg(settings.ffmpeg_path))
    shelf = ClipFiles(data / "clips", Downloader(settings.private_hosts_allowed), ffmpeg)
    board, estimates = StatusEditor(store, outlet, pictures.path, clock), Estimates(store, router, clock)
    line = WaitingLine(mover, router, clock, timeout=settings.job_timeout_seconds)
    frames = RequestFrames(pictures, links, outlet, clock)
    submitter = Submitter(mover, router, frames, outlet, clock, hooks, line=line, open_status=board.reopen)
    courier = ClipDelivery(
        mover, Fetcher(mover, router, shelf, clock), Fitter(ffmpeg, shelf), outlet, clock, board.reopen
    )
    pipeline = Pipeline(mover, line, submitter, courier, clock)
    looks = _looks(settings, estimates, clock)
    outlook = StatusForecast(estimates, looks, router)
    files = [data / name for name in _DIRECTORIES]
    housekeeping = Housekeeping(store, KeptClips(database), files, clock, wall=clocks[1])
    machinery = Machinery(store, pipeline, router, board, outlook, looks, housekeeping, outlet, clock, metrics.queue)
    runner = _runner(machinery, mover, metrics)
    intake = Intake(store, router, _policy(settings), pictures, clocks, settings.pending_per_member)
    intake.watch_load(lambda: outlook.load)
    service = JobService(store, mover, board, router, intake, pictures, clock, runner.wake)
    library = _library(database, shelf, Stills(ffmpeg, data / "stills"), pictures, board.clear, outlet, clock)
    assembler, reels = _assembler(database, mover, outlet, clock), ReelMaker(ffmpeg, data / "reels")
    takes, notes = SideBySide(ffmpeg, data / "reels"), Notes(database)
    services = Services(
        service, library, assembler, reels, takes, outlet, notes, outlook.view, router.names, metrics.acknowledged
    )
    waking = CallbackHandler(store, mover, looks, clock, runner.wake)
    routes = Health(_problems(database, outlet, runner, clock)).routes() + metrics.routes()
    routes += _public_routes(settings, links, pictures, waking)
    server = WebServer(settings.http_host, settings.http_port, routes)
    return App(settings, services, store, runner, assembler, metrics, server)


def _policy(settings: Settings) -> QuotaPolicy:
    return QuotaPolicy(settings.quota_daily_credits)


def _library(
    database: Database,
    shelf: ClipFiles,
    stills: Stills,
    pictures: PictureStore,
    clear_status: Callable[[Job], None],
    outlet: Outlet,
    clock: Clock,
) -> Library:
    rows = JobStore(database), KeptClips(database), VoteStore(database), Browser(database)
    return Library(*rows, shelf, stills, pictures, clear_status, outlet, clock)


def _addresses(public_url: str | None, secret: bytes, clock: Clock) -> tuple[PictureLinks | None, CallbackUrls | None]:
    """What providers can be given where they reach us; nothing of it where they do not."""
    if public_url is None:
        return None, None
    return PictureLinks(secret, public_url, clock), CallbackUrls(secret, public_url)


def _runner(machinery: Machinery, mover: JobTransitions, metrics: Metrics) -> Runner:
    runner = Runner(machinery)
    for listener in (runner.ended, runner.wake, metrics.job_moved):
        mover.listen(listener)
    machinery.outlet.on_attach(runner.wake)
    machinery.board.on_edited(runner.wake)
    return runner


def _assembler(database: Database, mover: JobTransitions, outlet: Outlet, clock: Clock) -> Assembler:
    assembler = Assembler(AssemblyStore(database), outlet, clock)
    mover.listen(assembler.on_job)
    outlet.on_attach(assembler.wake)
    return assembler


def _looks(settings: Settings, estimates: Estimates, clock: Clock) -> PollSchedule:
    bounds = Bounds(settings.poll_min_seconds, settings.poll_max_seconds)
    return PollSchedule(
        estimates.past, clock, Pace(bounds, settings.poll_lateness_seconds, settings.job_timeout_seconds)
    )


def _providers(
    settings: Settings, session: aiohttp.ClientSession, metrics: Metrics, clock: Clock
) -> Mapping[str, VideoProvider]:
    found: dict[str, VideoProvider] = {}
    if settings.apiframe_api_key is not None:
        provider: VideoProvider = Apiframe(settings.apiframe_api_url, settings.apiframe_api_key, session)
        found["apiframe"] = Counted(provider, metrics.provider_called)
    if settings.acedata_api_token is not None:
        provider = AceData(settings.acedata_api_url, settings.acedata_api_token, session)
        found["acedata"] = Counted(provider, metrics.provider_called)
    return {name: Patient(provider, clock) for name, provider in found.items()}


def _public_routes(
    settings: Settings, links: PictureLinks | None, pictures: PictureStore, waking: CallbackHandler
) -> list[web.RouteDef]:
    if links is None:
        return []
    found: dict[str, Callbacks] = {"acedata": AceDataCallbacks()} if settings.acedata_api_token else {}
    if settings.apiframe_api_key is not None:
        found["apiframe"] = ApiframeCallbacks(settings.apiframe_api_key)
    return [*PictureRoutes(links, pictures).routes(), *WebhookRoutes(found, waking.called_back).routes()]


def _concurrency(settings: Settings) -> Mapping[str, int]:
    return {"apiframe": settings.apiframe_concurrency, "acedata": settings.acedata_concurrency}


def _problems(
    database: Database, outlet: Outlet, runner: Runner, clock: Clock
) -> Callable[[], Awaitable[Mapping[str, str]]]:
    async def problems() -> Mapping[str, str]:
        found = {}
        if not outlet.connected:
            found["discord"] = "not connected"
        elif outlet.deaf:
            found["discord"] = f"connection lost, trying again: shards {sorted(outlet.deaf)}"
        elif outlet.embargo.left:
            found["discord"] = f"turns this address away for {outlet.embargo.left:.0f} s"
        if clock() - runner.beat > _STALE_SECONDS:
            found["runner"] = "not moving"
        if not await database.answers():
            found["database"] = "does not answer"
        return found

    return problems


async def _stop(machine: Runner | Assembler, running: asyncio.Task[None]) -> None:
    await machine.stop()
    await asyncio.gather(running, return_exceptions=True)
