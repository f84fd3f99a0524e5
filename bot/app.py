"""App, the composition root: opens every resource once, hands it down, and closes it in the opposite order.

The only file that knows all rooms. Nothing is decided here; what a part does is in the part.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
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
from bot.moderation.announcer import Announcer
from bot.moderation.desk import Desk
from bot.moderation.drain import Drain
from bot.moderation.usage import UsageDesk
from bot.moderation.watchman import Bells
from bot.moderation.wiring import set_watch
from bot.outlet import Outlet
from bot.policy.aliases import Aliases
from bot.policy.gates import OwnerLimits
from bot.privacy.wiring import PrivacyGround, PrivacyRoom, assemble_privacy
from bot.providers import registry
from bot.providers.http import open_session
from bot.settings import Settings
from bot.storage.assemblies import AssemblyStore
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.guilds.audit import AuditStore
from bot.storage.guilds.desk import DeskStore
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.money.reservations import Reservations
from bot.storage.money.usage import UsageStore
from bot.storage.notes import Notes
from bot.storage.open_jobs import OpenJobs
from bot.storage.votes import VoteStore
from bot.timings import TIMINGS, Timings
from bot.web.health import Health
from bot.web.metrics import Metrics
from bot.web.pictures import PictureRoutes
from bot.web.reach import ReachRoutes
from bot.web.server import WebServer
from bot.web.webhooks import WebhookRoutes
from bot.web.wellbeing import problems_of

log = logging.getLogger(__name__)

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
    privacy: PrivacyRoom
    metrics: Metrics
    web: WebServer

    def new_bot(self, *, shard_count: int | None = None) -> RushesBot:
        """A bot that speaks for this application."""
        return RushesBot(self.services, shard_count=shard_count)


@asynccontextmanager
async def open_app(
    settings: Settings,
    clock: Clock | None = None,
    wall: Clock = time.time,
    timings: Timings = TIMINGS,
    drained: Callable[[], None] = lambda: None,
) -> AsyncIterator[App]:
    """Open everything, drive jobs inside the block, and stop within ten seconds when it ends.

    `clock` measures waits and timeouts, `wall` says which day credits count for. `drained` is
    called when the bot is to end because its last job has.
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
        drain = Drain(database, app.engine, clocks[0], drained)
        stack.push_async_callback(drain.over)
        await drain.begin()
        await app.jobs.scheduler.recall()
        await app.assembler.recall()
        await app.privacy.recall()
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
    clock, metrics, store, engine = clocks[0], Metrics(), JobStore(database), Engine(clocks[0])
    outlet, ffmpeg = _outlet(engine, timings, clock), Ffmpeg(find_ffmpeg(settings.ffmpeg_path))
    secret = data_dir.secret(data / "secret")
    alias, (links, urls) = Aliases(secret), _addresses(settings.public_url, secret, clock)
    clips = ClipFiles(data / "clips", Downloader(settings.private_hosts_allowed), ffmpeg)
    assembler = Assembler(AssemblyStore(database), engine, outlet, clock, timings.backoff)
    base = Foundation(
        store=store,
        reservations=Reservations(database, alias),
        open_jobs=OpenJobs(database),
        router=registry.open_router(settings, session, metrics.provider_called, clock),
        outlet=outlet,
        engine=engine,
        pictures=PictureStore(data / "images"),
        clips=clips,
        fitter=Fitter(ffmpeg, clips),
        clock=clock,
        wall=clocks[1],
        timings=timings,
        picture_links=links,
        callback_urls=urls,
        **_limits(settings, Bells(engine, clock)),
    )
    rows = DeskStore(database, alias), AuditStore(database)
    announcer = Announcer(*rows, store, engine, outlet, clock)
    jobs = assemble_jobs(base, metrics.job_moved, assembler.on_job, announcer.job_moved)
    set_watch(base, jobs.admission, database, data, settings.low_balance_clips, metrics.seen)
    desk = Desk(*rows, jobs.admission, clocks, announcer.noted)
    _plug_housekeeping(engine, store, base.open_jobs, KeptClips(database), data, clocks)
    services, privacy = _services(base, jobs, assembler, desk, database, alias, ffmpeg, data, metrics, settings)
    server = _web_server(settings, base, database, metrics, jobs, secret)
    return App(settings, services, store, engine, jobs, assembler, privacy, metrics, server)


def _outlet(engine: Engine, timings: Timings, clock: Clock) -> Outlet:
    """Where what needs Discord is held until there is a connection."""
    outlet = Outlet(clock, timings)
    outlet.on_attach(lambda: engine.release([JobStep.SHOW, JobStep.DELIVER, ASSEMBLE]))
    return outlet


def _web_server(
    settings: Settings, base: Foundation, database: Database, metrics: Metrics, jobs: Jobs, secret: bytes
) -> WebServer:
    problems = problems_of(database, base.outlet, base.engine, base.clock)
    routes = Health(problems).routes() + metrics.routes(base.open_jobs, base.clock)
    if base.picture_links is not None:
        webhooks = WebhookRoutes(registry.verifiers(settings), jobs.callbacks.called_back)
        pictures = PictureRoutes(base.picture_links, base.pictures)
        routes += [*pictures.routes(), *ReachRoutes(secret).routes(), *webhooks.routes()]
    return WebServer(settings.http_host, settings.http_port, routes)


def _limits(settings: Settings, bells: Bells) -> dict[str, Any]:
    """What an owner sets for jobs, and what they pull where it is reached."""
    return {
        "near_cap": bells.near_cap,
        "turned_away": bells.turned_away,
        "limits": OwnerLimits(
            settings.quota_daily_credits,
            settings.pending_per_member,
            settings.spend_daily_credits,
            settings.spend_monthly_credits,
            frozenset(settings.guilds_allowed),
        ),
        "poll_seconds": (settings.poll_min_seconds, settings.poll_max_seconds),
        "poll_lateness_seconds": settings.poll_lateness_seconds,
        "timeout_seconds": settings.job_timeout_seconds,
    }


def _services(
    base: Foundation,
    jobs: Jobs,
    assembler: Assembler,
    desk: Desk,
    database: Database,
    alias: Aliases,
    ffmpeg: Ffmpeg,
    data: Path,
    metrics: Metrics,
    settings: Settings,
) -> tuple[Services, PrivacyRoom]:
    rows = base.store, KeptClips(database), VoteStore(database), Browser(database)
    stills = Stills(ffmpeg, data / "stills")
    library = Library(*rows, base.clips, stills, base.pictures, jobs.scheduler.show, base.outlet, base.clock)
    edits = LaterEdits(base.engine, base.outlet.edits, lambda: base.outlet.connected)
    base.outlet.on_attach(edits.release)
    reels, takes = ReelMaker(ffmpeg, data / "reels"), SideBySide(ffmpeg, data / "reels")
    kept_days = settings.keep_prompts_days
    ground = PrivacyGround(base, jobs.service, library, assembler, reels, database, alias, data, kept_days)
    privacy = assemble_privacy(ground)
    services = Services(
        jobs.service,
        library,
        assembler,
        desk,
        UsageDesk(UsageStore(database), (base.clock, base.wall)),
        privacy.service,
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
    return services, privacy


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


async def _stop(engine: Engine, running: asyncio.Task[None]) -> None:
    await engine.stop()
    await asyncio.gather(running, return_exceptions=True)
