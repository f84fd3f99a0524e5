"""Stage: the world around one bot that is killed and started again. Discord and the providers outlive every bot."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import imageio_ffmpeg
from PIL import Image

from sandbox.drawing.render import PrebuiltRenderer
from sandbox.ports import free_port
from sandbox.providers.faults import Ending, Outcome
from sandbox.providers.faults import Fault as ProviderFault
from sandbox.servers import Sandbox
from tests.stepping import Moment
from tests.torture.crash_nursery import Child, Launch, Nursery
from tests.wire.bodies import Upload
from tests.wire.faults import Fault
from tests.wire.interactions import GONE, Interaction
from tests.wire.server import Wire
from tests.wire.things import Limits
from tests.wire.world import World

PROVIDERS = ("apiframe", "acedata")
TOKEN, KEY = "wire", "afk_sandbox"
START_SECONDS, REST_SECONDS = 30.0, 45.0
OPEN = "status IN ('queued', 'submitting', 'rendering', 'delivering')"
UNTOLD = "shown_status IS NOT status"


class StuckError(Exception):
    """Something did not come about in time; the text says what."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One command that ada types."""

    prompt: str
    picture: bool = False
    provider: str = ""


PLAIN = (Wish("a fox in the snow"), Wish("a lighthouse at dusk", picture=True), Wish("rain on a tin roof"))
TROUBLED = (
    Wish("an answer that is lost"),
    Wish("a provider that is busy"),
    Wish("a task that goes wrong"),
    Wish("a link that has expired", picture=True),
    Wish("a post that fails"),
    Wish("a channel that is gone"),
    Wish("a clip that is too large"),
    Wish("a busy choice", provider="auto"),
)
BUSY_TIMES = {"a provider that is busy": 1, "a busy choice": 2}
"""How often a provider refuses to begin: a POST that was answered so may be sent again."""


def make_clip(directory: Path) -> Path:
    """A second of video that plays."""
    path = directory / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=12:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *source, "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def picture() -> Upload:
    """A start frame."""
    Image.new("RGB", (320, 320), "teal").save(out := BytesIO(), "PNG")
    return Upload("start.png", out.getvalue(), "image/png")


class Forgetful(dict[str, Any]):
    """An account of idempotency keys that remembers none."""

    def get(self, _key: str, _default: Any = None) -> None:
        """Never heard of it."""


class Stage:
    """`async with Stage(nursery, clip, directory) as stage:` - servers in this process, the bot in one of its own."""

    def __init__(
        self,
        nursery: Nursery,
        clip: Path,
        directory: Path,
        *,
        nonce_seconds: float = 180.0,
        render_seconds: float = 0.25,
        hooks: bool = False,
        without: tuple[str, ...] = (),
        at_once: int = 10,
    ) -> None:
        self.wire = Wire(World.standard(token=TOKEN, limits=Limits(nonce_seconds=nonce_seconds)))
        self.box = Sandbox(render_seconds=render_seconds, renderer=PrebuiltRenderer(clip), key=KEY)
        self.data = directory / "data"
        self.log = directory / "bot.log"
        self.asked: list[Interaction] = []
        self._port = free_port() if hooks else 0
        self._at_once = at_once
        self._nursery = nursery
        self._directory = directory
        self._without = tuple(name for name in without if name not in ("keys", "nonce"))
        self._child: Child | None = None
        self._identified = 0
        if "keys" in without:
            self.box.apiframe._replays = Forgetful()
        if "nonce" in without:
            self.wire.world.limits = Limits(nonce_seconds=-1.0)

    async def __aenter__(self) -> Self:
        self._directory.mkdir(parents=True)
        await self.wire.start()
        await self.box.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            await self._child.end(signal.SIGKILL)
        await self.box.close()
        await self.wire.close()

    @property
    def variables(self) -> dict[str, str]:
        """The bot's settings."""
        hosts = [self.box.apiframe.url, self.box.acedata.url]
        public = {"PUBLIC_URL": f"http://127.0.0.1:{self._port}"} if self._port else {}
        return public | {
            "DISCORD_TOKEN": TOKEN,
            "APIFRAME_API_KEY": KEY,
            "ACEDATA_API_TOKEN": "sandbox",
            "DISCORD_API_URL": self.wire.api_url,
            "APIFRAME_API_URL": hosts[0],
            "ACEDATA_API_URL": hosts[1],
            "POLL_MIN_SECONDS": "0.1",
            "POLL_MAX_SECONDS": "0.2",
            "QUOTA_DAILY_CREDITS": "100000",
            "PENDING_PER_MEMBER": "1000",
            "APIFRAME_CONCURRENCY": str(self._at_once),
            "DATA_DIR": str(self.data),
            "HTTP_PORT": str(self._port),
            "PRIVATE_HOSTS_ALLOWED": ",".join(host.removeprefix("http://") for host in hosts),
        }

    # -- the bot -----------------------------------------------------------------------------------------------------

    async def start(self, moment: Moment | None = None, passing: int = 1, trace: Path | None = None) -> Child:
        """Start a bot, which may be told where to die."""
        order = Launch(
            variables=self.variables,
            directory=str(self._directory),
            log=str(self.log),
            moment=moment,
            passing=passing,
            trace=None if trace is None else str(trace),
            without=self._without,
        )
        # One that died early has never identified: what counts is whether there is one more than before.
        self._identified = len(self.wire.gateway.record.identifies)
        self._child = await self._nursery.start(order)
        return self._child

    async def connected(self, child: Child) -> None:
        """Wait until the bot hears of commands, or has died."""
        wire = self.wire

        def there() -> bool:
            return len(wire.gateway.record.identifies) > self._identified and wire.gateway.connected

        await self.until(lambda: not child.alive or (there() and wire.interactions.commands), "connected")

    async def until(self, condition: Callable[[], Any], what: str, seconds: float = START_SECONDS) -> None:
        """Wait for a condition; StuckError with these words when it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise StuckError(f"not {what} within {seconds:.0f} s")
            await asyncio.sleep(0.03)

    # -- people ------------------------------------------------------------------------------------------------------

    async def ask(self, wishes: tuple[Wish, ...], provider: str, channel: str = "brainstorm") -> None:
        """Ada types commands, one right after the other."""
        for wish in wishes:
            options: dict[str, Any] = {"prompt": wish.prompt, "provider": wish.provider or provider}
            if wish.picture:
                options["image"] = picture()
            self.asked.append(await self.wire.interactions.command("ada", channel, "video", options))

    def heard(self) -> bool:
        """Whether every command was answered, or can be no more: a busy machine may be late, and was told so."""
        now = self.wire.world.now()
        return all(
            (asked.original is not None and asked.original.content) or asked.refused or now > asked.created_at + GONE
            for asked in self.asked
        )

    def make_trouble(self, provider: str) -> None:
        """What befalls the commands of TROUBLED, each by its prompt."""
        stand_in = self.box.apiframe if provider == "apiframe" else self.box.acedata
        busy = ProviderFault(status=429, body={"error": {"code": "too_many_requests", "message": "busy"}})
        stand_in.faults.add(
            ProviderFault(match="an answer that", reset=True, effect=True),
            ProviderFault(match="a provider that", status=busy.status, body=busy.body),
            ProviderFault(match="a task that", outcome=Outcome(Ending.FAILED, text="it broke")),
            ProviderFault(match="a link that", outcome=Outcome(Ending.LINK_FORBIDDEN)),
        )
        for each in (self.box.apiframe, self.box.acedata):
            each.faults.add(ProviderFault(match="a busy choice", status=busy.status, body=busy.body))
        ready = "your clip is ready.\\n> "
        post = Fault(method="POST", path="/messages")
        self.wire.faults.add(
            replace(post, match=f"{ready}a post that", reset=True, effect=True),
            replace(post, match=f"{ready}a channel that", times=None, status=404, code=10003),
            replace(post, match=f"{ready}a clip that", status=413, code=40005),
        )

    # -- what became of it -------------------------------------------------------------------------------------------

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says; nothing before there is one."""
        path = self.data / "rushes.sqlite3"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
            try:
                return list(database.execute(query))
            except sqlite3.OperationalError:
                return []

    def statuses(self) -> Counter[str]:
        """How many jobs there are of each status."""
        return Counter(status for (status,) in self.rows("SELECT status FROM jobs"))

    def in_flight(self) -> int:
        """How many jobs have not come to rest."""
        found = self.rows(f"SELECT count(*) FROM jobs WHERE {OPEN}")
        return int(found[0][0]) if found else 0

    def at_rest(self) -> bool:
        """Whether every job has ended and its end has been shown."""
        found = self.rows(f"SELECT count(*) FROM jobs WHERE {OPEN} OR {UNTOLD}")
        return bool(found) and found[0][0] == 0

    async def rest(self, child: Child, *, answers: bool = True) -> None:
        """Wait until nothing is left to do, or the bot is dead. `answers`: and until every command was answered,
        which the ones whose bot died will never be."""
        await self.until(
            lambda: not child.alive or ((self.heard() or not answers) and self.at_rest()), "at rest", REST_SECONDS
        )

    def submissions(self) -> Mapping[str, Counter[str]]:
        """How often each prompt was posted to each provider."""
        paths = {"apiframe": "/v2/videos/generate", "acedata": "/hailuo/videos"}
        boxes = {"apiframe": self.box.apiframe, "acedata": self.box.acedata}
        return {
            name: Counter(r.json["prompt"] for r in boxes[name].requests if r.path == path and isinstance(r.json, dict))
            for name, path in paths.items()
        }

    def tasks(self) -> Counter[str]:
        """How many tasks were charged for each prompt, at both providers together."""
        return Counter(
            stand_in.tasks[charge.task_id].wish.prompt
            for stand_in in (self.box.apiframe, self.box.acedata)
            for charge in stand_in.charges
            if charge.credits > 0
        )
