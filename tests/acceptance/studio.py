"""Studio: a server with one channel, the real application, and both providers' stand-ins; it can be restarted.

What a test reads is what a person would see: messages, buttons, answers. What the providers were asked and charged
is read from the stand-ins.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.app import App, open_app
from bot.clocks import Clock
from bot.models import Allowance, Job, JobStatus, ReplyTarget
from bot.timings import Timings
from sandbox.demo.stage import keep_time, settings_for
from sandbox.demo.transcript import Transcript
from sandbox.drawing.render import Renderer
from sandbox.ports import free_port
from sandbox.servers import Sandbox

PATIENCE_SECONDS = 20.0
NOTING_SECONDS = 3.0
LOOKS = 10
Clocks = tuple[Clock | None, Clock]
"""What waits are measured with, and what says which day it is."""
HURRIED = Timings(edit=1.0, overview=0.5, edits_apart=0.2, remember=0.2, edit_again=2.0, erasing=0.8)
"""Nobody has to read along here."""
QUICK = {"poll_min_seconds": 0.1, "poll_max_seconds": 0.3, "job_timeout_seconds": 60.0}


class Studio:
    """One channel and its people; `app` is replaced by a restart, the world around it stays."""

    def __init__(self, box: Sandbox, data: Path, *, clocks: Clocks = (None, time.time), **settings: object) -> None:
        self.box = box
        self.clocks = clocks
        self._data = data
        port = free_port()
        self._settings = QUICK | {"http_port": port, "public_url": f"http://127.0.0.1:{port}"} | settings
        self._running = AsyncExitStack()
        self.app: App
        self.env: simcord.Env
        self.guild: simcord.GuildHandle
        self.channel: simcord.ChannelHandle
        self.ada: simcord.MemberActor
        self.ben: simcord.MemberActor
        self.mod: simcord.MemberActor

    @property
    def database(self) -> Path:
        """The SQLite file, for what only a crash can do to it."""
        return self._data / "rushes.sqlite3"

    async def start(self) -> None:
        """Start the application alone, with nobody connected."""
        settings = settings_for(self.box, self._data, **self._settings)
        self.app = await self._running.enter_async_context(open_app(settings, *self.clocks, HURRIED))

    async def stop(self) -> None:
        """Stop it, as SIGTERM does."""
        await self._running.aclose()

    async def restart(self) -> None:
        """Stop, start again on the same data, and connect a new bot."""
        await self.stop()
        await self.start()
        await self.env.restart_bot(self.app.new_bot(shard_count=1))

    def furnish(self, env: simcord.Env) -> None:
        """A channel, two members and a moderator who manages the server."""
        self.env = env
        self.guild = env.create_guild("The Cutting Room")
        self.channel = self.guild.create_text_channel("brainstorm")
        role = self.guild.create_role(
            "Producers", permissions=discord.Permissions(manage_guild=True, manage_messages=True)
        )
        self.ada, self.ben = (self.guild.add_member(env.create_user(name)) for name in ("ada", "ben"))
        self.mod = self.guild.add_member(env.create_user("mod"), roles=[role])

    # -- what people do ----------------------------------------------------------------------------------------------

    async def video(self, member: simcord.MemberActor, prompt: str = "a fox in the snow", **options: Any) -> str:
        """Type /video; the private answer."""
        return await self.say(member, "video", prompt=prompt, **options)

    async def say(self, who: simcord.MemberActor, command: str, /, **options: Any) -> str:
        """Type a command; the private answer, which must be private."""
        result = await who.slash(self.channel, command, **options)
        assert result.response is not None
        assert result.ephemeral, "answers to commands are for whoever typed them"
        return self.readable(result.response.message)

    async def press(self, member: simcord.MemberActor, message: discord.Message, label: str) -> str:
        """Press a button; the private answer."""
        result = await member.click(message, label=label)
        assert result.response is not None
        assert result.ephemeral
        return self.readable(result.response.message)

    # -- what people see ---------------------------------------------------------------------------------------------

    def readable(self, message: discord.Message) -> str:
        """A message as text."""
        return Transcript(self.env, self.channel).readable(message)

    def messages(self) -> list[discord.Message]:
        """What everybody sees in the channel, oldest first."""
        return [message for message in self.channel.history() if not message.flags.ephemeral]

    def clips(self) -> list[discord.Message]:
        """The messages that brought a video."""
        return [m for m in self.messages() if any(a.filename.endswith(".mp4") for a in m.attachments)]

    def statuses(self) -> list[str]:
        """The texts of the status messages."""
        return [self.readable(message) for message in self.messages() if message.flags.components_v2]

    def status_of(self, prompt: str) -> discord.Message:
        """The status message of the job with this prompt."""
        return next(m for m in self.messages() if m.flags.components_v2 and prompt in self.readable(m))

    def _statuses_of(self, prompt: str) -> list[str]:
        return [text for text in self.statuses() if prompt in text]

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something can be seen."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > until:
                seen = "\n".join(self.readable(message) for message in self.messages())
                raise AssertionError(f"never happened: {what}\nthe channel shows:\n{seen}")
            await self._news()

    async def _news(self) -> None:
        """Wait for the bot's next request, or a moment: reading a whole channel again and again takes its time."""
        asked = len(self.env.http_requests)
        for _ in range(LOOKS):
            await asyncio.sleep(0.02)
            if len(self.env.http_requests) != asked:
                break

    async def until_status(self, prompt: str, words: str) -> None:
        """Wait until a job's status message says something."""
        await self.until(lambda: words in "".join(self._statuses_of(prompt)[:1]), f"{prompt!r} shows {words!r}")

    async def until_clips(self, count: int) -> list[discord.Message]:
        """Wait for so many clips in the channel, and a moment for their rows, which are written after."""
        await self.until(lambda: len(self.clips()) >= count, f"{count} clips")
        until = time.monotonic() + NOTING_SECONDS
        while await self._delivering() and time.monotonic() < until:
            await self._news()
        return self.clips()

    async def _delivering(self) -> bool:
        jobs = [job for member in (self.ada, self.ben, self.mod) for job in await self.jobs(member)]
        return any(job.status is JobStatus.DELIVERING for job in jobs)

    # -- what is true ------------------------------------------------------------------------------------------------

    async def jobs(self, member: simcord.MemberActor) -> list[Job]:
        """A member's jobs, newest first."""
        return await self.app.services.jobs.recent(self.guild.id, member.id, 100)

    async def until_jobs(self, member: simcord.MemberActor, *statuses: JobStatus) -> None:
        """Wait until a member's jobs, oldest first, have exactly these statuses."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (found := [job.status for job in reversed(await self.jobs(member))]) != list(statuses):
            assert time.monotonic() < until, f"expected {statuses}, found {found}"
            await asyncio.sleep(0.03)

    async def allowance(self, member: simcord.MemberActor) -> Allowance:
        """A member's credits."""
        return await self.app.services.jobs.allowance(self.guild.id, member.id)

    def target(self, member: simcord.MemberActor, interaction_id: int) -> ReplyTarget:
        """A command of this member in this channel, for what goes past Discord."""
        return ReplyTarget(interaction_id, member.id, self.guild.id, self.channel.id)

    def submissions(self) -> int:
        """POSTs that both providers were sent."""
        asked = [*self.box.apiframe.requests, *self.box.acedata.requests]
        return sum(r.method == "POST" and r.path in {"/v2/videos/generate", "/hailuo/videos"} for r in asked)

    def charged(self) -> int:
        """Tasks that both providers charged for."""
        return sum(c.credits > 0 for c in [*self.box.apiframe.charges, *self.box.acedata.charges])


@asynccontextmanager
async def open_studio(
    data: Path,
    *,
    renderer: Renderer | None = None,
    render_seconds: float = 0.3,
    clocks: Clocks = (None, time.time),
    **settings: object,
) -> AsyncIterator[Studio]:
    """Open everything and connect the bot."""
    async with Sandbox(render_seconds=render_seconds, renderer=renderer) as box:
        studio = Studio(box, data, clocks=clocks, **settings)
        await studio.start()
        try:
            env = simcord.Env(studio.app.new_bot(shard_count=1), shard_count=1)
            await env.start()
            try:
                await keep_time(env)
                studio.furnish(env)
                yield studio
            finally:
                await env.shutdown()
            env.raise_errors()
        finally:
            await studio.stop()
