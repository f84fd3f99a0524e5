"""Stage: one bot as a process of its own between a simulated Discord and both providers, for hostile runs.

What a person saw is read from the messages, money from the ledger, memory from the process. Nothing is judged here.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.drawing.render import PrebuiltRenderer
from sandbox.ports import free_port
from sandbox.servers import Sandbox
from tests.torture.hostile_bot import Child
from tests.torture.hostile_middleman import Middleman
from tests.wire.interactions import GONE, Interaction
from tests.wire.mentions import texts
from tests.wire.server import Wire
from tests.wire.things import ChannelKind, Message
from tests.wire.world import World

ROOT = Path(__file__).parents[2]
CANARIES = {
    "DISCORD_TOKEN": "canary-of-discord-a41c9e77",
    "APIFRAME_API_KEY": "canary-of-apiframe-58d20b13",
    "ACEDATA_API_TOKEN": "canary-of-acedata-c6f3e940",
}
NAMES = {
    "inside.example": ["10.0.0.5"],
    "rebinding.example": ["93.184.215.14", "10.0.0.5"],
}
"""What the resolver says; the last address of a name is given for ever."""
OVER = frozenset({"delivered", "failed", "parked", "cancelled", "unknown"})
UNDER_WAY = ("in line", "Rendering", "Waiting for", "Bringing it here")
PATIENCE = 30.0


class Stage:
    """`async with Stage(directory, clip) as stage:` has a world; `stage.start()` puts the bot into it."""

    def __init__(
        self, directory: Path, clip: Path, *, prefix: Sequence[str] = (), variables: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "bot.log"
        self.dials = directory / "dials"
        self.clock = directory / "clock"
        # A gateway that is soon taken for dead has to be heard from more often.
        heartbeat = float((variables or {}).get("SILENCE_SECONDS", 4 * 41.25)) / 4
        self.wire = Wire(World.standard(token=CANARIES["DISCORD_TOKEN"]), heartbeat_seconds=heartbeat)
        self.box = Sandbox(
            render_seconds=0.3,
            renderer=PrebuiltRenderer(clip),
            key=CANARIES["APIFRAME_API_KEY"],
            token=CANARIES["ACEDATA_API_TOKEN"],
        )
        self.apiframe, self.acedata = Middleman(), Middleman()
        self.child: Child
        self.allowed: list[str] = []
        self.asked: list[Interaction] = []
        self.web_port = free_port()
        self._prefix = prefix
        self._variables = dict(variables or {})
        self._children: list[Child] = []
        self._stack = AsyncExitStack()
        self._lives = 0

    async def __aenter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.dials.touch()
        self.clock.write_text("0")
        for part in (self.wire, self.box, self.apiframe, self.acedata):
            await self._stack.enter_async_context(part)
        self.apiframe.target, self.acedata.target = self.box.apiframe.url, self.box.acedata.url
        servers = (self.box.apiframe.url, self.box.acedata.url, self.apiframe.url, self.acedata.url)
        self.allowed = [url.removeprefix("http://") for url in servers]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            if child.running:
                await child.end(signal.SIGKILL)
        await self._stack.aclose()

    # -- the bot -----------------------------------------------------------------------------------------------------

    def environment(self, changes: Mapping[str, str]) -> dict[str, str]:
        """Everything the bot is told."""
        discord = self.wire.world.base_url.removeprefix("http://")
        usual = {
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DISCORD_API_URL": self.wire.api_url,
            "APIFRAME_API_URL": self.apiframe.url,
            "ACEDATA_API_URL": self.acedata.url,
            "APIFRAME_CONCURRENCY": "10",
            "ACEDATA_CONCURRENCY": "10",
            "POLL_MIN_SECONDS": "0.1",
            "POLL_MAX_SECONDS": "0.2",
            "QUOTA_DAILY_CREDITS": "1000",
            "PENDING_PER_MEMBER": "1000",
            "DATA_DIR": str(self.data),
            "HTTP_PORT": str(self.web_port),
            "PRIVATE_HOSTS_ALLOWED": ",".join(self.allowed),
            "DIALS": str(self.dials),
            "DIALS_ALLOWED": ",".join([*self.allowed, discord]),
            "NAMES": json.dumps(NAMES),
            "CLOCK": str(self.clock),
        }
        whole = usual | CANARIES | self._variables | dict(changes)
        if whole.get("PUBLIC_URL") == "own":
            whole["PUBLIC_URL"] = f"http://127.0.0.1:{self.web_port}"
        return whole

    async def launch(self, **changes: str) -> Child:
        """Start a bot process, without waiting for anything."""
        command = [*self._prefix, sys.executable, "-m", "tests.torture.hostile_child"]
        begun = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=self.directory, env=self.environment(changes), stdout=output, stderr=output
            )
        child = Child(process, self.log, begun)
        self._children.append(child)
        return child

    async def start(self, **changes: str) -> None:
        """Start the bot and wait until it knows its servers."""
        self.child = await self.launch(**changes)
        await self.until(lambda: "connected as" in self.child.said or not self.child.running, "the bot is ready", 90.0)
        assert self.child.running, self.child.said

    def path(self, name: str) -> Path:
        """A file of the data directory, as the bot sees it."""
        return Path(f"/proc/{self.child.pid}/root{self.data}") / name if self._prefix else self.data / name

    def calm(self) -> None:
        """Let everything be well from now on."""
        self.box.apiframe.faults.clear()
        self.box.acedata.faults.clear()
        self.wire.faults.clear()
        self.apiframe.calm()
        self.acedata.calm()

    # -- people ------------------------------------------------------------------------------------------------------

    async def command(self, user: str, name: str, channel: str | int = "brainstorm", **options: object) -> Interaction:
        """Somebody types a command."""
        asked = await self.wire.interactions.command(user, channel, name, options)
        self.asked.append(asked)
        return asked

    async def answer(self, asked: Interaction, seconds: float = PATIENCE) -> str:
        """The private answer to a command or a press."""
        await self.until(lambda: self.reply(asked), "an answer", seconds)
        return self.reply(asked)

    def reply(self, asked: Interaction) -> str:
        """What has been answered so far."""
        said = [asked.original, *asked.followups]
        return "\n".join(texts(m.payload) for m in said if m is not None and m is not asked.message).strip()

    def too_late(self, asked: Interaction) -> bool:
        """Whether Discord's three seconds passed before the bot's first answer, as they may on a busy machine."""
        return asked.answer is None and self.wire.world.now() > asked.created_at + GONE

    async def video(self, prompt: str, provider: str = "apiframe", user: str = "ada", **options: object) -> str:
        """Somebody types /video in #brainstorm; the private answer."""
        channel = str(options.pop("channel", "brainstorm"))
        asked = await self.command(user, "video", channel, prompt=prompt, provider=provider, **options)
        return await self.answer(asked)

    # -- what can be seen --------------------------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        """Everything that the bot posted and that still stands."""
        return [m for m in self.wire.world.messages() if m.author is self.wire.world.bot and m.deleted_at is None]

    def status(self, prompt: str) -> str:
        """What the status message of a request says; empty while there is none."""
        for message in self.messages():
            text = texts(message.payload)
            if message.components and not message.content and prompt in text:
                return text
        return ""

    def clips(self, prompt: str) -> list[Message]:
        """The messages that brought the clip of a request."""
        found = [m for m in self.messages() if prompt in texts(m.payload)]
        return [m for m in found if "your clip is ready" in texts(m.payload)]

    def whispers(self) -> list[str]:
        """Private messages, oldest first."""
        return [texts(m.payload) for m in self.messages() if m.channel.kind is ChannelKind.DM]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says."""
        path = self._copied() if self._prefix else self.data / "rushes.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.2)) as database:
            return list(database.execute(query, values))

    def _copied(self) -> Path:
        # SQLite follows links to their end, and the end of /proc/<pid>/root is our own file system.
        for ending in ("", "-wal"):
            shutil.copyfile(self.path(f"rushes.sqlite3{ending}"), self.directory / f"copy{ending}")
        return self.directory / "copy"

    def job(self, prompt: str) -> tuple[str, str] | None:
        """(job id, status) of the latest request with this prompt."""
        query = "SELECT job_id, status FROM jobs WHERE prompt = ? ORDER BY created_at DESC LIMIT 1"
        try:
            found = self.rows(query, prompt)
        except (sqlite3.Error, OSError):  # locked, or not there yet: a test's own doing
            return None
        return found[0] if found else None

    def entries(self, prompt: str) -> list[str]:
        """The ledger's entries for a request."""
        query = "SELECT kind FROM ledger JOIN jobs USING (job_id) WHERE prompt = ? ORDER BY kind"
        return [str(kind) for (kind,) in self.rows(query, prompt)]

    def charged(self, prompt: str) -> int:
        """How many tasks both providers made for a request."""
        tasks = [*self.box.apiframe.tasks.values(), *self.box.acedata.tasks.values()]
        return sum(task.wish.prompt == prompt for task in tasks)

    async def over(self, prompt: str, seconds: float = PATIENCE) -> str:
        """Wait until a request has come to an end; its status."""
        await self.until(lambda: (self.job(prompt) or ("", ""))[1] in OVER, f"{prompt!r} ends", seconds)
        return (self.job(prompt) or ("", ""))[1]

    async def told(self, prompt: str, words: str = "", seconds: float = PATIENCE) -> str:
        """Wait until the status message shows the end of a request, or these words; its text."""

        def shown() -> bool:
            text = self.status(prompt)
            return words in text if words else bool(text) and not any(part in text for part in UNDER_WAY)

        await self.until(shown, f"{prompt!r} is told of its end; it shows {self.status(prompt)!r}", seconds)
        return self.status(prompt)

    async def until(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something holds; TimeoutError with words otherwise."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:.0f} s: {what}")
            await asyncio.sleep(0.03)

    async def alive(self, provider: str, seconds: float = PATIENCE) -> bool:
        """Whether the bot delivers one more clip, to somebody else."""
        self._lives += 1
        prompt = f"a sign of life {self._lives}"
        try:
            # What is typed while the bot is away never reaches it: that is Discord's own way.
            await self.until(lambda: self.wire.gateway.connected, "the bot is connected", 2 * seconds)
            said = await self.video(prompt, provider, user="ben", channel="lounge")
            await self.until(lambda: self.clips(prompt), f"one more clip ({said})", seconds)
        except TimeoutError:
            return False
        return self.child.running

    def strange_dials(self) -> list[str]:
        """Connections that the bot began to private addresses that nobody gave it; none of them was let through."""
        known = {*self.allowed, self.wire.world.base_url.removeprefix("http://")}
        lines = [line for line in self.dials.read_text().split("\n") if line and line.replace(" ", ":") not in known]
        return [line for line in lines if not ip_address(line.split(" ")[0]).is_global]
