"""Stage: the two servers that outlive every bot, a starting point for its data, and bots as processes between them.

Both servers run in this process, so they take one of its cores now and then; bots and what they are compared with meet
the same servers.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from benchmarks.engine.process import Child
from benchmarks.engine.provider import KEY, Clips, Provider
from benchmarks.fit_clips import Recipe, film
from bot.media.ffmpeg import find_ffmpeg
from sandbox.ports import free_port
from sandbox.providers.hooks import call_back
from sandbox.servers import Sandbox
from tests.wire.interactions import Interaction
from tests.wire.mentions import texts
from tests.wire.server import Wire
from tests.wire.things import Message
from tests.wire.world import World

ROOT = Path(__file__).parents[2]
LARGE_BYTES = 6_900_000
CHANNELS = 20
"""As many channels, with a member each, as people ask in: what Discord allows a bot, it allows by channel."""

NOBODY = "http://127.0.0.1:9/api/v10"
"""A Discord that is not there."""

PATIENCE = 90.0
ENDLESS_JOB, WAITING_JOB, FINISHED_JOB = "an endless scene", "a scene that waits", "a scene that was made"
"""Prompts of the three jobs in the data that everything starts from."""


class Stage:
    """`async with Stage(directory) as stage: async with stage.bot(stage.copy("wake")) as bot: ...`"""

    def __init__(self, directory: Path, *, large: int = LARGE_BYTES, profiles: Path | None = None) -> None:
        self.directory = directory
        self.wire = Wire(World.standard())
        self.port = free_port()
        self.places = [f"room {number}" for number in range(CHANNELS)]
        self._profiles = profiles
        self._large = large
        self._stack = AsyncExitStack()
        self.provider: Provider

    async def __aenter__(self) -> Self:
        small, large = await asyncio.to_thread(_make_clips, self.directory, self._large)
        clips = Clips(small, large)
        self.provider = Provider(clips)
        box = Sandbox(renderer=clips)
        box.apiframe = self.provider
        await self._stack.enter_async_context(self.wire)
        await self._stack.enter_async_context(box)
        world = self.wire.world
        for name in self.places:
            world.add_channel(world.guild("The Cutting Room"), name)
            world.add_member(world.guild("The Cutting Room"), world.add_user(f"member of {name}"))
        await self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    # -- bots --------------------------------------------------------------------------------------------------------

    def variables(self, data: Path) -> dict[str, str]:
        """What every bot is told, but for what a part changes."""
        return {
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DISCORD_TOKEN": self.wire.world.token,
            "DISCORD_API_URL": self.wire.api_url,
            "APIFRAME_API_KEY": KEY,
            "APIFRAME_API_URL": self.provider.url,
            "APIFRAME_CONCURRENCY": "10",
            "QUOTA_DAILY_CREDITS": "1000000",
            "PENDING_PER_MEMBER": "1000000",
            "JOB_TIMEOUT_SECONDS": "86400",
            "DATA_DIR": str(data),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "HTTP_PORT": str(self.port),
            "PRIVATE_HOSTS_ALLOWED": self.provider.url.removeprefix("http://"),
        }

    @asynccontextmanager
    async def bot(self, data: Path, **changes: str) -> AsyncIterator[Child]:
        """A bot on this data, connected unless its Discord is NOBODY; stopped at the end of the block."""
        variables = self.variables(data) | changes
        if self._profiles is not None:
            variables["PROFILE"] = str(self._profiles / f"{data.name}.prof")
        async with self.child("benchmarks.engine.children.bot", variables, data.with_suffix(".log")) as child:
            if variables["DISCORD_API_URL"] == NOBODY:
                await self._answers(child, "/healthz")
            else:
                await self._answers(child, "/readyz")
                await self.until(lambda: self.wire.interactions.commands, "told of the commands", child)
            yield child

    @asynccontextmanager
    async def child(self, module: str, variables: Mapping[str, str], log: Path) -> AsyncIterator[Child]:
        """Another process of Python, stopped at the end of the block."""
        begun = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module), cwd=self.directory, env=dict(variables), stdout=output, stderr=output
            )
        child = Child(process, log, begun)
        try:
            yield child
        finally:
            await child.end()

    async def until(
        self,
        condition: Callable[[], object],
        what: str,
        child: Child | None = None,
        seconds: float = PATIENCE,
        *,
        step: float = 0.005,
    ) -> None:
        """Wait until something holds; TimeoutError with words otherwise, or when a process that it needs is dead."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline or (child is not None and not child.running):
                raise TimeoutError(f"not {what} within {seconds:.0f} s: {'' if child is None else child.said[-3000:]}")
            await asyncio.sleep(step)

    async def _answers(self, child: Child, path: str) -> None:
        """Wait until the bot's own web server says that all is well."""
        deadline = time.monotonic() + PATIENCE
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline and child.running:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{self.port}{path}") as reply:
                        if reply.status == HTTPStatus.OK:
                            return
                await asyncio.sleep(0.05)
        raise TimeoutError(f"{path} is not well: {child.said[-3000:]}")

    # -- the world ---------------------------------------------------------------------------------------------------

    async def ask(self, prompt: str, place: str | None = None) -> Interaction:
        """A member types /video."""
        where = place or self.places[0]
        options = {"prompt": prompt, "provider": "apiframe"}
        return await self.wire.interactions.command(f"member of {where}", where, "video", options)

    def posted(self, prompt: str, place: str | None = None) -> list[Message]:
        """The messages in a channel that brought the clip of a prompt."""
        found = self.wire.world.channel(place or self.places[0]).messages.values()
        return [m for m in found if m.attachments and prompt in texts(m.payload)]

    async def call_back(self, prompt: str) -> None:
        """Let the provider call the bot about a task in which nothing has changed; ValueError when it does not listen.

        The event says that the task is completed, which is not so and which the bot is not to believe.
        """
        task = self.provider.task(prompt)
        assert task is not None
        assert self.provider.book.session is not None
        event = {"event": "completed", "jobId": task.task_id, "status": "COMPLETED"}
        url = str(task.wish.body["webhookUrl"])
        if not await call_back(self.provider.book.session, url, event, sign_with=KEY):
            raise ValueError("the callback was not taken")

    async def quiet(self, seconds: float, most: float) -> None:
        """Wait until Discord has heard nothing from the bot for so long."""
        requests, deadline = self.wire.ledger.requests, time.monotonic() + most
        count, since = len(requests), time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - since < seconds:
            await asyncio.sleep(0.05)
            if len(requests) > count:
                count, since = len(requests), time.monotonic()

    # -- data --------------------------------------------------------------------------------------------------------

    def copy(self, name: str) -> Path:
        """A data directory with one finished, one rendering and one waiting job; the provider forgets other tasks."""
        self.provider.clear(but=ENDLESS_JOB)
        return Path(shutil.copytree(self.directory / "begun", self.directory / name))

    async def _begin(self) -> None:
        """Let a bot of one place make a clip, begin one that never ends, and leave one waiting."""
        data = self.directory / "begun"
        async with self.bot(data, APIFRAME_CONCURRENCY="1", POLL_MIN_SECONDS="0.2", POLL_MAX_SECONDS="0.4") as bot:
            await self.ask(FINISHED_JOB)
            await self.until(lambda: self.posted(FINISHED_JOB), "a first clip", bot)
            await self.ask(ENDLESS_JOB)
            await self.until(lambda: self.provider.task(ENDLESS_JOB), "a first task", bot)
            await self.ask(WAITING_JOB)
            await self.quiet(2.5, 10.0)


def _make_clips(directory: Path, size: int) -> tuple[Path, Path]:
    """A small clip and a large one, as a model would make them; the latter of so many bytes."""
    ffmpeg = find_ffmpeg(None)
    assert ffmpeg is not None
    small = Recipe("small", film("640x360", 1), ("-crf", "30")).make(ffmpeg, directory)
    large = Recipe("large", film("1366x768", 6), ("-b:v", f"{size}", "-maxrate", f"{size}", "-bufsize", "1M"))
    path = large.make(ffmpeg, directory)
    if (missing := size - path.stat().st_size - 8) > 0:
        with path.open("ab") as file:
            file.write((8 + missing).to_bytes(4, "big") + b"free" + bytes(missing))
    return small, path
