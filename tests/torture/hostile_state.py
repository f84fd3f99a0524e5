"""What the machine can do to the bot: a locked, damaged or foreign database, a wrong clock, crashes, a twin."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.torture.hostile_bot import Child
from tests.torture.hostile_middleman import Trick
from tests.torture.hostile_run import Story, Trouble, judged
from tests.torture.hostile_stage import Stage
from tests.wire.faults import Fault

READY = "your clip is ready"
SORRY = "Something went wrong on my side. Nothing was charged for it"
DAY = 86_400


# -- the database ------------------------------------------------------------------------------------------------------


def database() -> list[Trouble]:
    """Locked, damaged, or of another version."""
    own = Trouble("", alone=True, measured=False)
    return [
        Trouble("SQLite: locked by another process for 3 s", words=READY, act=locked_briefly, cheap=True),
        Trouble("SQLite: locked for 8 s", act=locked_long, alone=True, slow=True, seconds=60.0),
        replace(own, name="SQLite: a page is overwritten before the start", act=damaged, words="is damaged"),
        replace(own, name="SQLite: the file is no database", act=no_database, words="cannot be opened"),
        replace(own, name="SQLite: written by a newer Rushes", act=newer, words="newer Rushes", cheap=True),
        replace(own, name="A second copy on the same data", act=second_copy, words="another Rushes is running"),
    ]


async def _hold_lock(stage: Stage, seconds: float) -> None:
    with closing(sqlite3.connect(stage.path("rushes.sqlite3"), timeout=5, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await asyncio.sleep(seconds)
        other.execute("ROLLBACK")


async def locked_briefly(stage: Stage, trouble: Trouble) -> Story:
    """Shorter than the bot waits: the command is accepted late, and nothing else happens."""
    lock = asyncio.create_task(_hold_lock(stage, 3.0))
    await asyncio.sleep(0.1)
    prompt = "a scene behind a lock"
    said = await stage.video(prompt)
    await lock
    story = await judged(stage, trouble, prompt)
    story.wrong += [] if said.startswith("Accepted") else [f"answered {said!r}"]
    return story


async def locked_long(stage: Stage, trouble: Trouble) -> Story:
    """Longer than it waits: a new command is refused without charge; a job under way goes on half a minute later."""
    before = "a scene from before the lock"
    stage.apiframe.alter = lambda job: job | {"status": "PROCESSING"} if "status" in job else job
    await stage.video(before)
    await stage.until(lambda: (stage.job(before) or ("", ""))[1] == "rendering", "a task")
    lock = asyncio.create_task(_hold_lock(stage, 8.0))
    await asyncio.sleep(0.1)
    stage.apiframe.alter = None
    said = await stage.video("a scene that finds a lock", user="ben")
    await lock
    story = await judged(stage, replace(trouble, ends="delivered", words=READY), before)
    kept = stage.entries("a scene that finds a lock")
    story.wrong += [] if SORRY in said and not kept else [f"answered {said!r}, ledger {kept}"]
    return Story(f"{said} / the clip under way: {story.seen}", "nothing held / " + story.credits_back, story.wrong)


async def _refuses_to_start(stage: Stage, words: str) -> Story:
    child: Child = await stage.launch()
    code = await child.end()
    last = child.said.partition("Rushes cannot start:")[2].strip()
    story = Story(f"(on the terminal) {last}", "nothing held")
    story.wrong += [] if code == 1 else [f"exit status {code}"]
    story.wrong += [] if words in last else [f"{words!r} was not said: {child.said[-500:]!r}"]
    story.wrong += ["a traceback on the terminal"] if "Traceback" in child.said else []
    return story


async def _spoiled(stage: Stage, trouble: Trouble, spoil: Callable[[Path], object]) -> Story:
    """Stop, keep a copy, spoil the file, try to start; then put the copy back and start in earnest."""
    await stage.child.end(signal.SIGTERM)
    path = stage.data / "rushes.sqlite3"
    good = path.read_bytes()
    spoil(path)
    story = await _refuses_to_start(stage, trouble.words)
    for left in stage.data.glob("rushes.sqlite3-*"):
        left.unlink()
    path.write_bytes(good)
    await stage.start()
    return story


async def damaged(stage: Stage, trouble: Trouble) -> Story:
    """Every other page is overwritten with noise, as a dying disk does."""

    def spoil(path: Path) -> None:
        pages = bytearray(path.read_bytes())
        for start in range(2 * 4096, len(pages), 2 * 4096):
            pages[start : start + 4096] = os.urandom(4096)
        path.write_bytes(pages)

    return await _spoiled(stage, trouble, spoil)


async def no_database(stage: Stage, trouble: Trouble) -> Story:
    """Something else lies where the database should be."""
    return await _spoiled(stage, trouble, lambda path: path.write_bytes(b"not a database at all" * 500))


async def newer(stage: Stage, trouble: Trouble) -> Story:
    """A newer version was here."""

    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
            other.commit()

    return await _spoiled(stage, trouble, spoil)


async def second_copy(stage: Stage, trouble: Trouble) -> Story:
    """The second one says so and goes; the first does not notice."""
    return await _refuses_to_start(stage, trouble.words)


# -- the clock ---------------------------------------------------------------------------------------------------------


def clock() -> list[Trouble]:
    """The wall clock jumps by a day while a clip is rendered; the task itself takes a second."""
    ways = (("forward", DAY), ("back", -DAY))
    jumps = [
        Trouble(f"Clock: set {word} a day while a clip is rendered", words=READY, alone=True, act=_jump(by))
        for word, by in ways
    ]
    starts = [
        Trouble(f"Clock: set {word} a day, and the bot killed, while a clip is rendered", words=READY, alone=True,
                act=_jump(by, restart=True), cheap=by > 0, measured=False, seconds=60.0)
        for word, by in ways
    ]  # fmt: skip
    return [*jumps, *starts]


def _jump(by: int, *, restart: bool = False) -> Callable[[Stage, Trouble], Awaitable[Story]]:
    async def act(stage: Stage, trouble: Trouble) -> Story:
        stage.apiframe.alter = lambda job: job | {"status": "PROCESSING"} if "status" in job else job
        prompt = "a scene in another time"
        await stage.video(prompt)
        await stage.until(lambda: (stage.job(prompt) or ("", ""))[1] == "rendering", "a task")
        stage.clock.write_text(str(by))
        if restart:
            await stage.child.end(signal.SIGKILL)
            await stage.start()
        await asyncio.sleep(1)
        stage.apiframe.alter = None
        return await judged(stage, trouble, prompt)

    return act


# -- crashes -----------------------------------------------------------------------------------------------------------


def crashes() -> list[Trouble]:
    """A job that brings the process down each time it is touched."""
    return [
        Trouble("A job that kills the process each time", ends="unknown", words="put aside", act=poison, alone=True,
                cheap=True, measured=False, seconds=60.0),
    ]  # fmt: skip


def _put_aside(stage: Stage) -> bool:
    return (stage.job("a drop of poison") or ("", ""))[1] == "unknown"


async def poison(stage: Stage, trouble: Trouble) -> Story:
    """Whenever this job's POST arrives, the bot is killed; somebody else's job must get through all the same."""
    killed = 0

    def deadly() -> Trick:
        async def trick(request: web.Request) -> web.StreamResponse:
            nonlocal killed
            if "poison" in await request.text() and stage.child.running:
                killed += 1
                stage.child.process.kill()
            return await stage.apiframe.pass_on(request)

        return trick

    stage.apiframe.play("POST /v2/videos/generate", deadly(), 20)
    await stage.video("a drop of poison")
    await stage.until(lambda: not stage.child.running, "the first death")
    for _ in range(8):
        stage.child = await stage.launch()
        await stage.until(lambda: not stage.child.running or _put_aside(stage), "the next one", 60.0)
        if stage.child.running:
            break
    await stage.until(lambda: "connected as" in stage.child.said, "the bot is ready")
    story = await judged(stage, trouble, "a drop of poison")
    story.wrong += [] if killed == 3 else [f"the process died {killed} times"]
    return story


# -- who keeps others waiting ------------------------------------------------------------------------------------------


def crowds() -> list[Trouble]:
    """A channel that Discord limits, and connections that say nothing."""
    return [
        Trouble("Nine jobs in a channel whose edits Discord limits for 20 s each; one elsewhere", words="Delivered",
                act=limited_channel, alone=True, measured=False, seconds=60.0),
        Trouble("300 connections that say nothing to the web server", words=READY, act=silent_sockets, alone=True,
                cheap=True, measured=False, seconds=60.0),
    ]  # fmt: skip


async def limited_channel(stage: Stage, trouble: Trouble) -> Story:
    """The job in the other channel is shown as delivered while the library sleeps in the edits of the first."""
    first = next(c.channel_id for c in stage.wire.world.channels.values() if c.name == "brainstorm")
    stage.wire.faults.add(Fault(method="PATCH", path=f"/channels/{first}/messages/", retry_after=20.0, times=None))
    for number in range(9):
        await stage.video(f"a scene in a crowd {number}")
    prompt = "a scene apart"
    await stage.video(prompt, user="ben", channel="lounge")
    seen = await stage.told(prompt, "Delivered", seconds=15.0)
    story = await judged(stage, replace(trouble, words=READY), prompt)
    story.seen = seen.strip().split("\n")[0]
    return story


async def silent_sockets(stage: Stage, trouble: Trouble) -> Story:
    """More of them than the server bears; whoever asks whether the bot is well hears that it is."""
    writers = []
    for _ in range(300):
        _, writer = await asyncio.open_connection("127.0.0.1", stage.web_port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost:")
        writers.append(writer)
    prompt = "a scene behind a crowd"
    await stage.video(prompt)
    story = await judged(stage, trouble, prompt)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
        reply = await session.get(f"http://127.0.0.1:{stage.web_port}/healthz")
        story.wrong += [] if reply.status == 200 else [f"/healthz says {reply.status}"]
    for writer in writers:
        writer.transport.abort()
    return story


# -- memory ------------------------------------------------------------------------------------------------------------


def memory() -> list[Trouble]:
    """The control of all figures about memory."""
    return [Trouble("A bot that keeps memory for good", words=READY, act=hoarding, cheap=True, control=True)]


async def hoarding(stage: Stage, trouble: Trouble) -> Story:
    """The process is told to keep memory while it makes a clip like any other."""
    stage.child.process.send_signal(signal.SIGUSR1)
    prompt = "a scene worth keeping"
    await stage.video(prompt)
    return await judged(stage, trouble, prompt)


def troubles() -> list[Trouble]:
    """All of them."""
    return [*database(), *clock(), *crashes(), *crowds(), *memory()]
