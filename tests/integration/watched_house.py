"""A whole application that can be started again, its clock skipped and its alarms heard; for tests of what is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import App, open_app
from bot.client.bot import Services
from bot.errors import DeliveryError
from bot.jobs.intake import Draft, Order
from bot.models import Job, ReplyTarget
from bot.outlet import Alarm, Clip
from sandbox.demo.stage import settings_for
from sandbox.drawing.render import PrebuiltRenderer
from sandbox.providers.faults import Fault
from sandbox.servers import Sandbox
from tests.integration.provider_outcomes import CHANNEL, GUILD, PATIENCE_SECONDS, SETTINGS, Channel, SkippingClock
from tests.resting import rest


class Listener(Channel):
    """A channel that hears alarms; `trouble` is raised in place of taking one, `closed` of taking a clip."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self.heard: list[Alarm] = []
        self.logged: list[tuple[int, int, str]] = []
        self.trouble: DeliveryError | None = None
        self.closed: DeliveryError | None = None

    async def post_clip(self, job: Job, clip: Clip, *, resumed: bool) -> int:
        if self.closed is not None:
            raise self.closed
        return await super().post_clip(job, clip, resumed=resumed)

    async def tell_owner(self, alarm: Alarm) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.heard.append(alarm)

    async def post_log(self, guild_id: int, channel_id: int, alarm: Alarm) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.logged.append((guild_id, channel_id, alarm.name))


@dataclass
class House:
    """An application that can be started again on the same rows."""

    box: Sandbox
    data: Path
    settings: dict[str, object]
    clock: SkippingClock = field(default_factory=SkippingClock)
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)
    _ids: int = 100

    async def start(self) -> None:
        settings = settings_for(self.box, self.data, **{**SETTINGS, **self.settings})
        self.app = await self._running.enter_async_context(open_app(settings, self.clock, self.clock))
        self.channel = Listener(self.app)
        self.app.services.outlet.attach(self.channel)
        await self.settle()

    async def stop(self) -> None:
        await self._running.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    @property
    def services(self) -> Services:
        return self.app.services

    async def settle(self) -> None:
        await asyncio.sleep(0.02)
        await rest(self.app.engine, self.clock)

    async def pass_time(self, seconds: float, stride: float = 20.0) -> None:
        end = self.clock() + seconds
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.clock() < end:
                await self.settle()
                self.clock.skip(min(stride, max(0.1, end - self.clock())))
        await self.settle()

    async def ask(self, provider: str | None = "apiframe") -> Job:
        self._ids += 1
        target = ReplyTarget(self._ids, 1000 + self._ids, GUILD, CHANNEL)
        order = Order(target, Draft(f"a fox, {self._ids}", provider=provider))
        return (await self.services.jobs.submit([order])).job

    async def make(self, provider: str | None = "apiframe") -> Job:
        """A clip from asking to its end."""
        job = await self.ask(provider)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while job.ended_at is None:
                await self.settle()
                self.clock.skip(2.0)
                job = await self.services.jobs.job(job.job_id, guild_id=GUILD)
        await self.settle()
        return job

    @property
    def told(self) -> list[str]:
        """What the owner of this process was told, but of the disk of the machine that runs the tests."""
        return [alarm.name for alarm in self.channel.heard if alarm.name != "disk_low"]


@asynccontextmanager
async def house(
    clip: Path, data: Path, *, credits: int = 1000, faults: Iterable[Fault] = (), **settings: object
) -> AsyncIterator[House]:
    box = Sandbox(render_seconds=0.05, renderer=PrebuiltRenderer(clip), credits=credits)
    for fault in faults:
        box.apiframe.faults.add(fault)
    async with box:
        here = House(box, data, settings)
        await here.start()
        try:
            yield here
        finally:
            await here.stop()
