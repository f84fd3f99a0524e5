"""`python -m bot` as a process of its own, between the simulated Discord and the providers' stand-ins."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import aiohttp
import imageio_ffmpeg
import pytest
from PIL import Image

from sandbox.drawing.render import PrebuiltRenderer, Shot
from sandbox.ports import free_port
from sandbox.servers import Sandbox
from tests.wire.bodies import Upload
from tests.wire.faults import Fault
from tests.wire.server import Wire
from tests.wire.things import Message, Pings
from tests.wire.world import World

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 10.0
SECRETS = {
    "DISCORD_TOKEN": "canary-of-discord-5e1f",
    "APIFRAME_API_KEY": "canary-of-apiframe-77c2",
    "ACEDATA_API_TOKEN": "canary-of-acedata-0b9d",
}
CLIP_POST = Fault(method="POST", path="/messages", match="your clip is ready")


class Bot:
    """One `python -m bot`: its output goes to a file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, variables: Mapping[str, str], log: Path) -> Bot:
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot"),
                cwd=log.parent,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"} | dict(variables),
                stdout=output,
                stderr=output,
            )
        return cls(process, log)

    async def end(self, number: signal.Signals | None = None) -> tuple[int, float]:
        """(exit status, seconds until it was there), after a signal or of its own accord."""
        begun = time.monotonic()
        if number is not None:
            self._process.send_signal(number)
        status = await asyncio.wait_for(self._process.wait(), 2 * STOP_SECONDS)
        return status, time.monotonic() - begun

    async def kill(self) -> None:
        if self._process.returncode is None:
            await self.end(signal.SIGKILL)

    @property
    def said(self) -> str:
        return self._log.read_text()


class Gate(PrebuiltRenderer):
    """Renders everything at once, except that clips of "rendering ..." wait until it is opened."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.opened = asyncio.Event()

    async def render(self, shot: Shot) -> Path:
        if shot.prompt.startswith("rendering"):
            await self.opened.wait()
        return await super().render(shot)


class House:
    """The world around one bot, which may come and go: Discord, both providers, and a data directory."""

    def __init__(self, wire: Wire, box: Sandbox, gate: Gate, directory: Path) -> None:
        self.wire = wire
        self.gate = gate
        self.box = box
        self.data = directory / "data"
        self._directory = directory
        self._bots: list[Bot] = []

    @property
    def variables(self) -> dict[str, str]:
        hosts = [self.box.apiframe.url, self.box.acedata.url]
        return SECRETS | {
            "DISCORD_API_URL": self.wire.api_url,
            "APIFRAME_API_URL": self.box.apiframe.url,
            "ACEDATA_API_URL": self.box.acedata.url,
            "APIFRAME_CONCURRENCY": "1",
            "ACEDATA_CONCURRENCY": "1",
            "POLL_MIN_SECONDS": "0.1",
            "POLL_MAX_SECONDS": "0.2",
            "QUOTA_DAILY_CREDITS": "100",
            "DATA_DIR": str(self.data),
            "HTTP_PORT": "0",
            "PRIVATE_HOSTS_ALLOWED": ",".join(host.removeprefix("http://") for host in hosts),
        }

    async def start(self, name: str = "bot", **changes: str | None) -> Bot:
        """Start a bot; None takes a variable away."""
        wanted = self.variables | changes
        variables = {key: value for key, value in wanted.items() if value is not None}
        bot = await Bot.start(variables, self._directory / f"{name}.log")
        self._bots.append(bot)
        return bot

    async def ready(self, bot: Bot) -> None:
        """Wait until a bot says that it knows its servers, about two seconds after it has identified."""
        await self.wire.until(lambda: "connected as" in bot.said, 20)

    async def connected(self, identifies: int = 1) -> None:
        """Wait until a bot has identified so often."""
        record = self.wire.gateway.record
        await self.wire.until(lambda: len(record.identifies) >= identifies and self.wire.gateway.connected, 20)

    async def close(self) -> None:
        for bot in self._bots:
            await bot.kill()

    async def video(self, prompt: str, provider: str, **options: object) -> None:
        """ada types /video and has her private answer."""
        whole = {"prompt": prompt, "provider": provider} | options
        asked = await self.wire.interactions.command("ada", "brainstorm", "video", whole)
        await self.wire.until(lambda: asked.original is not None and asked.original.content)
        assert asked.original is not None
        assert asked.original.content.startswith("Accepted")

    def clips(self) -> list[Message]:
        return [message for message in self.wire.posted("brainstorm") if "your clip is ready" in message.content]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.data / 'rushes.sqlite3'}?mode=ro", uri=True) as database:
            return list(database.execute(query))

    def statuses(self) -> Counter[object]:
        return Counter(status for (status,) in self.rows("SELECT status FROM jobs"))

    @property
    def tasks(self) -> int:
        return len(self.box.apiframe.tasks) + len(self.box.acedata.tasks)

    def credits_charged(self) -> Counter[str]:
        """How often each task was charged."""
        return Counter(
            charge.task_id for stand_in in (self.box.apiframe, self.box.acedata) for charge in stand_in.charges
        )

    def leaks(self) -> list[str]:
        """Where a secret stands: in what any bot said, or in a file of the data directory."""
        files = [path for path in self._directory.rglob("*") if path.is_file()]
        return [f"{name} in {path.name}" for name, value in SECRETS.items() for path in files if _holds(path, value)]


def _holds(path: Path, value: str) -> bool:
    return value.encode() in path.read_bytes()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of video that plays."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=12:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *source, "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture
async def house(clip: Path, tmp_path: Path) -> AsyncIterator[House]:
    world = World.standard(token=SECRETS["DISCORD_TOKEN"])
    key, token = SECRETS["APIFRAME_API_KEY"], SECRETS["ACEDATA_API_TOKEN"]
    gate = Gate(clip)
    box = Sandbox(render_seconds=0.5, renderer=gate, key=key, token=token)
    async with Wire(world) as wire, box:
        house = House(wire, box, gate, tmp_path)
        try:
            yield house
        finally:
            await house.close()


def picture() -> Upload:
    Image.new("RGB", (512, 512), "teal").save(out := BytesIO(), "PNG")
    return Upload("start.png", out.getvalue(), "image/png")


async def test_a_command_becomes_a_clip_and_a_second_copy_is_turned_away(house: House) -> None:
    bot = await house.start()
    await house.ready(bot)
    await house.video("a fox in the snow", "apiframe", image=picture())
    second = await house.start("second")
    await house.wire.until(house.clips)
    status, message = house.wire.posted("brainstorm")
    ada = house.wire.world.user("ada").user_id
    assert (status.pings, message.pings) == (Pings(), Pings(frozenset({ada})))
    assert message.reference_id == status.message_id
    assert [attachment.content_type for attachment in message.attachments] == ["video/mp4"]
    assert house.wire.ledger.unknown_routes() == []
    assert house.wire.ledger.refused() == Counter()

    assert (await second.end())[0] == 1
    assert second.said == f"Rushes cannot start:\nDATA_DIR: another Rushes is running on {house.data}. Stop it first.\n"
    code, seconds = await bot.end(signal.SIGTERM)
    assert (code, seconds < STOP_SECONDS) == (0, True)
    assert "Traceback" not in bot.said
    assert house.leaks() == []


WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"DISCORD_TOKEN": None}, "DISCORD_TOKEN is missing"),
    ({"DISCORD_TOKEN": "canary-of-a-wrong-token"}, "DISCORD_TOKEN: Discord does not accept it"),
    ({"APIFRAME_API_KEY": None, "ACEDATA_API_TOKEN": None}, "set APIFRAME_API_KEY or ACEDATA_API_TOKEN"),
    ({"HTTP_PORT": "http"}, "HTTP_PORT:"),
]


async def test_a_wrong_setting_is_named_in_one_line(house: House) -> None:
    bots = [
        await house.start(f"wrong-{number}", **changes, DATA_DIR=str(house.data / str(number)))
        for number, (changes, _) in enumerate(WRONG)
    ]
    for bot, (_, sentence) in zip(bots, WRONG, strict=True):
        assert (await bot.end())[0] == 1
        line = bot.said.partition("Rushes cannot start:\n")[2].partition("\n")[0]
        assert line.startswith(sentence), bot.said
        assert "canary" not in bot.said
        assert "Traceback" not in bot.said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_jobs_in_flight_survive_their_process(house: House, how: signal.Signals) -> None:
    """Two jobs are being delivered, one of them already posted; two are rendering; two wait."""
    bot = await house.start()
    await house.connected()
    house.wire.faults.add(replace(CLIP_POST, delay=30, effect=True), replace(CLIP_POST, delay=30, reset=True))
    for provider in ("apiframe", "acedata"):
        await house.video(f"delivering by {provider}", provider)
    await house.wire.until(lambda: not house.wire.faults.waiting)
    for prompt in ("rendering", "waiting"):
        for provider in ("apiframe", "acedata"):
            await house.video(f"{prompt} by {provider}", provider)
    await house.wire.until(lambda: house.statuses() == {"delivering": 2, "rendering": 2, "queued": 2})
    assert (len(house.clips()), house.tasks) == (1, 4)
    code, seconds = await bot.end(how)
    assert (code, seconds < STOP_SECONDS) == (0 if how is signal.SIGTERM else -how, True)

    house.gate.opened.set()
    bot = await house.start()
    await house.connected(2)
    await house.wire.until(lambda: house.statuses() == {"delivered": 6}, 20)
    assert sorted(house.credits_charged().values()) == [1] * 6
    results = [str(result) for (result,) in house.rows("SELECT result_message_id FROM jobs")]
    assert sorted(results) == sorted(str(message.message_id) for message in house.clips())
    assert Counter(kind for (kind,) in house.rows("SELECT kind FROM ledger")) == {"hold": 6, "settle": 6}
    assert (await bot.end(signal.SIGTERM))[0] == 0
    assert "Traceback" not in bot.said
    assert house.leaks() == []


async def test_a_bot_that_hears_nothing_more_of_discord_says_that_it_is_not_ready(house: House) -> None:
    port = free_port()
    bot = await house.start(HTTP_PORT=str(port))
    await house.ready(bot)
    assert await ready_at(port) == (200, [])
    await house.wire.close()
    async with asyncio.timeout(20):
        while True:
            found = await ready_at(port)
            if found[0] != 200:
                break
            await asyncio.sleep(0.05)
    assert found == (503, ["discord"])


async def ready_at(port: int) -> tuple[int, list[str]]:
    """The status and the problems that /readyz names."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status, (await answer.json()).get("problems", [])
