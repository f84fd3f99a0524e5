"""Exceptions that nobody foresaw: no strike, no spin, and an end with a true word, whichever step they hit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.app import App, open_app
from bot.engine.retry import FAULTS
from bot.jobs.intake import Draft, Order
from bot.models import FailureCode, Job, JobStatus, ReplyTarget
from bot.outlet import Clip, StatusView
from bot.providers.base import RemoteTask
from sandbox.demo.stage import settings_for
from sandbox.drawing.render import FfmpegRenderer, PrebuiltRenderer, Shot
from sandbox.drawing.stills import still
from sandbox.servers import Sandbox
from tests.integration.provider_outcomes import CHANNEL, GUILD, SETTINGS, USER, Channel, SkippingClock
from tests.resting import rests

HOUR = 3600.0
OVER = {JobStatus.DELIVERED, JobStatus.PARKED, JobStatus.FAILED, JobStatus.UNKNOWN}


class Faulty(Channel):
    """A channel whose methods of these names have a fault of their own, some or all times."""

    def __init__(self, app: App, *faults: str, times: int = 10**6) -> None:
        super().__init__(app)
        self.faults, self.times, self.asked = faults, times, 0

    def _touch(self, name: str) -> None:
        if name in self.faults and self.times > 0:
            self.times -= 1
            self.asked += 1
            raise LookupError("nobody foresaw this")

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        """See bot.outlet.Deliverer."""
        self._touch("post_clip")
        return 501

    async def find_clip(self, job: Job) -> int | None:
        """See bot.outlet.Deliverer."""
        self._touch("find_clip")
        return None

    async def picture_urls(self, job: Job) -> tuple[str, ...]:
        """See bot.outlet.Deliverer."""
        self._touch("picture_urls")
        return ("https://example.com/a.png",)

    async def open_status(self, job: Job, view: StatusView, pictures: Sequence[Path]) -> int:
        """See bot.outlet.Deliverer."""
        self._touch("open_status")
        return await super().open_status(job, view, pictures)


@dataclass
class World:
    """An application whose time is skipped, and what was seen of its jobs meanwhile."""

    app: App
    box: Sandbox
    clock: SkippingClock
    strikes: set[int] = field(default_factory=set)

    async def until_ended(self, job: Job, *, most: float = 6 * HOUR) -> Job:
        """Skip through the waits until the job has an end."""
        until = self.clock() + most
        async with asyncio.timeout(60):
            while (job := await self._look(job)).status not in OVER:
                assert self.clock() < until, job
                if rests(self.app.engine, self.clock):
                    self.clock.skip(5.0)
                    self.app.engine.wake()
                await asyncio.sleep(0.01)
        return job

    async def _look(self, job: Job) -> Job:
        fresh = await self.app.services.jobs.job(job.job_id, guild_id=GUILD)
        self.strikes.add(fresh.strikes)
        return fresh

    async def ask(self, picture: bytes | None = None, **wanted: str) -> Job:
        draft = Draft("a fox in the snow", has_first_frame=picture is not None, **wanted)  # type: ignore[arg-type]
        target = ReplyTarget(99, USER, GUILD, CHANNEL)
        return (await self.app.services.jobs.submit([Order(target, draft)], first=picture)).job


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(FfmpegRenderer(tmp_path_factory.mktemp("film")).render(Shot("a calm sea")))


@pytest.fixture
async def world(tmp_path: Path, film: Path) -> AsyncIterator[World]:
    async with opened(tmp_path, film) as world:
        yield world


@asynccontextmanager
async def opened(data: Path, film: Path) -> AsyncIterator[World]:
    clock = SkippingClock()
    async with (
        Sandbox(render_seconds=0.05, renderer=PrebuiltRenderer(film)) as box,
        open_app(settings_for(box, data, **SETTINGS), clock) as app,
    ):
        yield World(app, box, clock)


async def test_a_clip_that_a_fault_of_ours_keeps_from_the_channel_is_kept(world: World) -> None:
    channel = Faulty(world.app, "post_clip")
    world.app.services.outlet.attach(channel)
    job = await world.until_ended(await world.ask())
    assert (job.status, job.failure) == (JobStatus.PARKED, FailureCode.NOT_BROUGHT)
    assert channel.asked == FAULTS
    assert (await world.app.services.library.file(job)).is_file()


async def test_what_passes_is_waited_for_and_is_no_crash(world: World) -> None:
    """Three exceptions are not three crashes: it said that the bot had to start again, which it had not."""
    world.app.services.outlet.attach(Faulty(world.app, "post_clip", times=FAULTS - 1))
    job = await world.until_ended(await world.ask())
    assert (job.status, job.failure) == (JobStatus.DELIVERED, None)
    assert max(world.strikes) <= 1


async def test_a_clip_is_kept_even_where_looking_for_its_message_is_what_fails(world: World) -> None:
    world.app.services.outlet.attach(Faulty(world.app, "post_clip", "find_clip"))
    job = await world.until_ended(await world.ask())
    assert (job.status, job.failure) == (JobStatus.PARKED, FailureCode.NOT_BROUGHT)


async def test_a_job_that_cannot_even_be_sent_fails_and_its_credits_come_back(world: World) -> None:
    world.app.services.outlet.attach(Faulty(world.app, "picture_urls"))
    job = await world.until_ended(await world.ask(still("a calm sea"), provider="acedata"))
    assert (job.status, job.failure) == (JobStatus.FAILED, FailureCode.BROKEN)
    assert (await world.app.services.jobs.allowance(GUILD, USER)).left == 10
    assert world.box.acedata.charges == []


class Unreadable:
    """A provider whose answers to looks nobody can read."""

    def __init__(self, inner: object) -> None:
        self._inner = inner
        self.looks = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def fetch(self, task_ids: Sequence[str]) -> dict[str, RemoteTask]:
        self.looks += 1
        raise LookupError("nobody foresaw this")


async def test_looks_that_fail_are_neither_repeated_at_once_nor_for_ever(world: World) -> None:
    providers = world.app.services.jobs._router._providers
    providers["apiframe"] = broken = Unreadable(providers["apiframe"])  # type: ignore[assignment]
    world.app.services.outlet.attach(Channel(world.app))
    job = await world.until_ended(await world.ask(provider="apiframe"))
    assert (job.status, job.failure) == (JobStatus.UNKNOWN, FailureCode.TIMED_OUT)
    assert broken.looks <= 1200 / 5 + 10


async def test_a_step_that_fails_does_not_spin(world: World) -> None:
    world.app.services.outlet.attach(Faulty(world.app, "post_clip"))
    job = await world.ask()
    channel = world.app.services.outlet.deliverer
    assert isinstance(channel, Faulty)
    await _until(lambda: channel.asked == 1, world)
    for _ in range(50):
        world.app.engine.wake()
        await asyncio.sleep(0.01)
    assert channel.asked == 1
    assert (await world.app.services.jobs.job(job.job_id, guild_id=GUILD)).status is JobStatus.DELIVERING


async def test_a_step_that_cannot_be_written_down_does_not_spin(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Steps that begin without a due time, because their provider is switched off, wait as the others do."""
    world.app.services.outlet.attach(Channel(world.app))
    job = await world.ask()
    refuse = "CREATE TRIGGER full BEFORE UPDATE OF version ON jobs BEGIN SELECT RAISE(ABORT, 'full'); END"
    await _told(world, refuse, "UPDATE jobs SET provider = 'gone'")
    await _until(lambda: any("step of" in record.message for record in caplog.records), world)
    for _ in range(60):
        world.app.engine.wake()
        await asyncio.sleep(0.02)
    # One may have been under way before the rows could not be written any more.
    assert 1 <= sum("step of" in record.message for record in caplog.records) <= 3
    await _told(world, "DROP TRIGGER full")
    assert (await world.until_ended(job)).status is JobStatus.DELIVERED


async def _until(condition: Callable[[], object], world: World) -> None:
    async with asyncio.timeout(20):
        while not condition():
            if rests(world.app.engine, world.clock):
                world.clock.skip(5.0)
                world.app.engine.wake()
            await asyncio.sleep(0.01)


async def _told(world: World, *statements: str) -> None:
    """Say something to the database that no store says."""

    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    await world.app.store._database.write(work)
