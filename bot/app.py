"""App, the composition root: opens every resource once, hands it down, and closes it in the opposite order.

The only file that knows all rooms. Nothing is decided here; what a part does is in the part.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import aiohttp
import discord
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket

from bot.client import RushesBot, Services
from bot.clocks import Clock, steady_clock
from bot.errors import ConfigurationError
from bot.jobs.board import StatusBoard
from bot.jobs.clips import ClipShelf
from bot.jobs.delivering import Courier
from bot.jobs.delivery import Outlet
from bot.jobs.estimates import Estimates
from bot.jobs.frames import Frames
from bot.jobs.hooks import Hooks
from bot.jobs.looks import Looks
from bot.jobs.mover import Mover
from bot.jobs.outlook import Outlook
from bot.jobs.pipeline import Pipeline
from bot.jobs.runner import Machinery, Runner
from bot.jobs.service import JobService
from bot.jobs.submitting import Submitter
from bot.jobs.transitions import ENDED
from bot.jobs.waking import Waking
from bot.media.download import Downloader
from bot.media.images import PictureStore
from bot.media.links import PictureLinks
from bot.models import Job, JobStatus
from bot.providers.acedata import AceData
from bot.providers.apiframe import Apiframe
from bot.providers.base import VideoProvider
from bot.providers.callbacks import AceDataCallbacks, ApiframeCallbacks, Callbacks
from bot.providers.counted import Counted
from bot.providers.http import open_session
from bot.providers.routing import Router
from bot.quotas import QuotaPolicy
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.pictures import PictureRoutes
from bot.web.server import WebServer
from bot.web.webhooks import WebhookRoutes

log = logging.getLogger(__name__)

_STALE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class App:
    """A running Rushes, but for its Discord connection: jobs go on while no bot is attached."""

    settings: Settings
    services: Services
    store: JobStore
    runner: Runner
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
        data = _prepare_directory(settings.data_dir)
        stack.callback(_lock(data).close)
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await database.migrate()
        session = await stack.enter_async_context(open_session())
        metrics = Metrics()
        app = _assemble(settings, data, database, session, metrics, (clock or steady_clock(), wall))
        await app.web.start()
        stack.push_async_callback(app.web.stop)
        running = asyncio.create_task(app.runner.run(), name="runner")
        stack.push_async_callback(_stop, app.runner, running)
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
    router = Router(_providers(settings, session, metrics), _concurrency(settings), clock)
    store, outlet, pictures = JobStore(database), Outlet(), PictureStore(data / "images")
    secret = _secret(data / "secret")
    links = None if settings.public_url is None else PictureLinks(secret, settings.public_url, clock)
    hooks = None if settings.public_url is None else Hooks(secret, settings.public_url)
    shelf = ClipShelf(data / "clips", Downloader(settings.private_hosts_allowed))
    mover = Mover(store, clock)
    board = StatusBoard(store, outlet, pictures.path, clock)
    estimates = Estimates(store, router, clock)
    submitter = Submitter(mover, router, Frames(pictures, links, outlet, clock), outlet, clock, hooks)
    pipeline = Pipeline(mover, submitter, Courier(mover, router, shelf, outlet, clock, board.reopen), clock)
    looks = _looks(settings, estimates, clock)
    outlook = Outlook(estimates, looks, router)
    kept = (data / "clips", data / "images")
    runner = Runner(Machinery(store, pipeline, router, board, outlook, looks, kept, outlet, clock, metrics.queue))
    for listener in (runner.ended, runner.wake, _measure(metrics)):
        mover.listen(listener)
    outlet.on_attach(runner.wake)
    board.on_edited(runner.wake)
    policy = QuotaPolicy(settings.quota_daily_credits)
    service = JobService(store, mover, board, router, policy, pictures, shelf, clocks, runner.wake)
    service.watch_load(lambda: outlook.load)
    services = Services(service, outlet, outlook.view, router.names, metrics.acknowledged)
    health = Health(_problems(database, outlet, runner, clock))
    routes = [*health.routes(), *metrics.routes()]
    if links is not None:
        waking = Waking(store, mover, looks, clock, runner.wake)
        routes += [*PictureRoutes(links, pictures).routes(), *_webhooks(settings, waking)]
    server = WebServer(settings.http_host, settings.http_port, routes)
    return App(settings, services, store, runner, metrics, server)


def _looks(settings: Settings, estimates: Estimates, clock: Clock) -> Looks:
    shortest, longest = settings.poll_min_seconds, settings.poll_max_seconds
    return Looks(estimates, clock, shortest=shortest, longest=longest, timeout=settings.job_timeout_seconds)


def _providers(settings: Settings, session: aiohttp.ClientSession, metrics: Metrics) -> Mapping[str, VideoProvider]:
    found: dict[str, VideoProvider] = {}
    if settings.apiframe_api_key is not None:
        provider: VideoProvider = Apiframe(settings.apiframe_api_url, settings.apiframe_api_key, session)
        found["apiframe"] = Counted(provider, metrics.provider_called)
    if settings.acedata_api_token is not None:
        provider = AceData(settings.acedata_api_url, settings.acedata_api_token, session)
        found["acedata"] = Counted(provider, metrics.provider_called)
    return found


def _webhooks(settings: Settings, waking: Waking) -> list[web.RouteDef]:
    found: dict[str, Callbacks] = {"acedata": AceDataCallbacks()} if settings.acedata_api_token else {}
    if settings.apiframe_api_key is not None:
        found["apiframe"] = ApiframeCallbacks(settings.apiframe_api_key)
    return WebhookRoutes(found, waking.called_back).routes()


def _concurrency(settings: Settings) -> Mapping[str, int]:
    return {"apiframe": settings.apiframe_concurrency, "acedata": settings.acedata_concurrency}


def _secret(path: Path) -> bytes:
    """Random bytes of this installation, made at the first start; links made before a restart hold after it."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def _prepare_directory(data: Path) -> Path:
    try:
        for directory in (data, data / "images", data / "clips"):
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"DATA_DIR: cannot use {data} ({error.strerror}).") from error
    return data


def _lock(data: Path) -> TextIO:
    """Hold the data directory for this process alone, as long as the returned file is open."""
    file = (data / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConfigurationError(f"DATA_DIR: another Rushes is running on {data}. Stop it first.") from error
    return file


def _measure(metrics: Metrics) -> Callable[[Job, Job], None]:
    def listener(before: Job, after: Job) -> None:
        if after.status is before.status:
            return
        if after.status in ENDED or after.status is JobStatus.UNKNOWN:
            metrics.job_ended(after.status, after.provider)
        if after.status is JobStatus.DELIVERING and after.submitted_at and after.rendered_at:
            metrics.rendered(after.provider, after.rendered_at - after.submitted_at)
        if after.status is JobStatus.DELIVERED and after.rendered_at and after.ended_at:
            metrics.delivered(after.ended_at - after.rendered_at)

    return listener


def _problems(
    database: Database, outlet: Outlet, runner: Runner, clock: Clock
) -> Callable[[], Awaitable[Mapping[str, str]]]:
    async def problems() -> Mapping[str, str]:
        found = {}
        if not outlet.connected:
            found["discord"] = "not connected"
        if clock() - runner.beat > _STALE_SECONDS:
            found["runner"] = "not moving"
        if not await database.answers():
            found["database"] = "does not answer"
        return found

    return problems


async def _stop(runner: Runner, running: asyncio.Task[None]) -> None:
    await runner.stop()
    await asyncio.gather(running, return_exceptions=True)


async def use_api(url: str, token: str) -> None:
    """Make discord.py speak to this REST base, and to the gateway that it names.

    The library dials its built-in gateway after an invalid session, so that is replaced as well.
    """
    default = "https://discord.com/api/v10"
    if url == default:
        return
    discord.http.Route.BASE = url
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{url}/gateway/bot", headers=headers) as reply:
        if reply.status == 200:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await reply.json())["url"])
