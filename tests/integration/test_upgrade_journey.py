"""A database of version 0.1.0, with jobs and assemblies in every state, comes up, resumes and ends.

Nothing is lost, and nothing is posted or paid twice.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import discord
import pytest

from tests.acceptance.cutting_room import SmallRenderer, render_small
from tests.acceptance.studio import open_studio
from tests.integration.first_release import FirstRelease, assembly_id_of, choice, job_id_of
from tests.integration.upgrade_storms import CLIPS, STORMS, Storms, write_storms
from tests.integration.upgrade_world import UpgradeWorld

PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small clips, rendered once."""
    folder = tmp_path_factory.mktemp("small")
    asyncio.run(render_small(folder))
    return folder


@pytest.fixture
async def world(tmp_path: Path, clips: Path) -> AsyncIterator[UpgradeWorld]:
    """A studio without callbacks, as most installations of 0.1.0 had none."""
    opened = open_studio(
        tmp_path, renderer=SmallRenderer(clips), render_seconds=0.1, public_url=None, quota_daily_credits=100
    )
    async with opened as studio:
        world = UpgradeWorld(studio, clips / "wide.mp4")
        yield world
        await world.close()


@asynccontextmanager
async def updated(world: UpgradeWorld, release: type[FirstRelease] = FirstRelease) -> AsyncIterator[FirstRelease]:
    """Inside, the bot is stopped and its database is one of that release; afterwards the present one runs on it."""
    studio = world.studio
    now = studio.app.services.assembler.now()
    await studio.stop()
    past = release(studio.database, now, studio.guild.id, studio.channel.id, studio.ada.id)
    yield past
    past.save()
    await studio.start()
    await studio.env.restart_bot(studio.app.new_bot(shard_count=1))


async def until_jobs(world: UpgradeWorld, ends: dict[str, str]) -> None:
    """Wait until every job is what it should become."""
    await _until(
        lambda: dict(world.rows("jobs", "job_id", "status")), {job_id_of(name): end for name, end in ends.items()}
    )


async def until_stages(world: UpgradeWorld, stages: dict[str, str]) -> None:
    """Wait until every assembly is in its stage, and open or ended."""

    def found() -> dict[str, str]:
        rows = world.rows("assemblies", "assembly_id", "state", "ended_at")
        return {key: _stage(json.loads(state), ended_at) for key, state, ended_at in rows}

    await _until(found, {assembly_id_of(name): stage for name, stage in stages.items()})


def _stage(state: dict[str, str], ended_at: float | None) -> str:
    return f"{state.get('stage', 'takes')}, {'open' if ended_at is None else 'ended'}"


async def _until(found: Callable[[], dict[str, str]], expected: dict[str, str]) -> None:
    """Wait for these rows, and a moment longer, in which nothing may change any more."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (rows := found()) != expected:
        wrong = {bytes.fromhex(key): (rows.get(key), end) for key, end in expected.items() if rows.get(key) != end}
        assert time.monotonic() < until, wrong
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    assert found() == expected


# -- jobs --------------------------------------------------------------------------------------------------------------

JOBS = {
    "queued": "delivered", "queued there": "delivered", "never sent": "delivered", "sent": "delivered",
    "sent once": "unknown", "rendering": "delivered", "rendering2": "delivered", "delivering": "delivered",
    "posted": "delivered", "lost": "unknown", "found late": "delivered", "delivered": "delivered", "parked": "parked",
    "failed": "failed", "cancelled": "cancelled",
}  # fmt: skip
"""The jobs by what they were, and what they become."""

RELEASED = {"sent once", "lost", "found late", "parked", "failed", "cancelled"}
"""Those whose credits are given back: version 0.1.0 did so for what it parked, too."""


async def test_jobs_in_every_state_come_to_their_ends(world: UpgradeWorld) -> None:
    studio = world.studio
    tasks = {name: (await world.task(name), "") for name in ("sent", "rendering", "found late")}
    tasks |= {name: (await world.task(name, "acedata"), "") for name in ("sent once", "rendering2")}
    tasks |= {name: await world.link(name) for name in ("delivering", "posted")}
    messages = {name: await world.brought(name) for name in ("posted", "delivered")}
    kept = studio.database.parent / "clips" / f"{job_id_of('parked')}.mp4"
    async with updated(world) as past:
        write_jobs(past, tasks, messages["delivered"])
        kept.write_bytes(world.clip.read_bytes())
    await until_jobs(world, JOBS)

    assert world.clips_of() == Counter(job_id_of(name) for name, end in JOBS.items() if end == "delivered")
    noted = dict(world.rows("jobs", "job_id", "result_message_id"))
    assert {name: noted[job_id_of(name)] for name in messages} == messages, "what was posted is not posted again"
    at_apiframe = {"queued", "never sent", "sent", "rendering", "found late", "delivering", "posted"}
    at_acedata = {"queued there", "sent once", "rendering2"}
    assert (len(studio.box.apiframe.tasks), len(studio.box.acedata.tasks)) == (len(at_apiframe), len(at_acedata))
    assert studio.charged() == len(at_apiframe | at_acedata)
    assert sorted(world.rows("ledger", "job_id", "kind")) == sorted(
        (job_id_of(name), kind) for name in JOBS for kind in ("hold", "release" if name in RELEASED else "settle")
    )
    assert kept.exists(), "what waits for its requester is kept"
    assert await studio.app.services.library.votes([job_id_of("delivered")]) == {job_id_of("delivered"): 2}


def write_jobs(past: FirstRelease, tasks: dict[str, tuple[str, str]], delivered: int) -> None:
    """A job in every state, of some two."""
    past.job("queued", "queued")
    past.job("queued there", "queued", provider="acedata")
    past.job("never sent", "submitting")
    past.job("sent", "submitting", strikes=1)
    past.job("sent once", "submitting", provider="acedata", strikes=1)
    past.job("rendering", "rendering", task_id=tasks["rendering"][0])
    past.job("rendering2", "rendering", task_id=tasks["rendering2"][0], provider="acedata")
    for name, begun in (("delivering", None), ("posted", past.now)):
        task_id, link = tasks[name]
        past.job(name, "delivering", task_id=task_id, video_url=link, posting_at=begun)
    past.job("lost", "unknown", "release", provider="acedata", failure="outcome_unknown")
    past.job("found late", "unknown", "release", task_id=tasks["found late"][0], failure="timed_out")
    past.job("delivered", "delivered", "settle", result_message_id=delivered)
    past.job("parked", "parked", "release", failure="channel_gone", video_url="https://gone.example/clip.mp4")
    past.job("failed", "failed", "release", failure="moderation")
    past.job("cancelled", "cancelled", "release")
    past.vote(job_id_of("delivered"), 8, 9)


# -- takes and reels ---------------------------------------------------------------------------------------------------

TOGETHER = {
    "several": "takes, ended", "shown": "takes, ended", "forsaken": "takes, ended", "takes over": "takes, ended",
    "choosing": "choosing, open", "forgotten": "choosing, ended", "made": "ended, ended", "brought": "ended, ended",
    "halted": "ended, ended", "reel over": "ended, ended",
}  # fmt: skip


async def test_takes_and_reels_in_every_stage_come_to_their_ends(world: UpgradeWorld) -> None:
    studio = world.studio
    clips = {name: await world.brought(name) for name in ("one", "two", "three", "four")}
    task = await world.task("five")
    side_by_side = await world.board("2 takes, side by side", f"rushes:more:{assembly_id_of('shown')}")
    told = {
        name: await world.board("joining", f"rushes:reel-stop:{assembly_id_of(name)}") for name in ("brought", "halted")
    }
    reel = await world.message("a reel", None, f"rushes:reel-delete:{assembly_id_of('brought')}", clip=True)
    async with updated(world) as past:
        write_takes(past, clips, task)
        write_reels(past, told)
    await until_stages(world, TOGETHER)

    assert world.clips_of() == Counter(job_id_of(name) for name in (*clips, "five"))
    (several,) = world.showing(f"rushes:more:{assembly_id_of('several')}")
    assert "3 takes, side by side" in studio.readable(several)
    assert [one.id for one in world.showing(f"rushes:more:{assembly_id_of('shown')}")] == [side_by_side]
    for name in ("forsaken", "takes over"):
        assert world.showing(f"rushes:more:{assembly_id_of(name)}") == []
    (made,) = world.showing(f"rushes:reel-delete:{assembly_id_of('made')}")
    assert f"<@{studio.ada.id}>" in made.content
    assert [one.id for one in world.showing(f"rushes:reel-delete:{assembly_id_of('brought')}")] == [reel]
    assert f"/{reel})" in world.text(told["brought"])
    assert world.showing(f"rushes:reel-delete:{assembly_id_of('halted')}") == []
    assert (len(studio.box.apiframe.tasks), studio.charged()) == (1, 1)


def write_takes(past: FirstRelease, clips: dict[str, int], task: str) -> None:
    """Some of which one clip is still to come, some that were shown a moment ago, some without jobs, and some ended."""
    many = past.assembly("several", "takes", {"takes": 3}, due_at=None)
    pair = past.assembly("shown", "takes", {"takes": 2}, due_at=None)
    past.assembly("forsaken", "takes", {"takes": 2}, created_at=past.now - 700)
    past.assembly("takes over", "takes", {"takes": 2}, ended_at=past.now, due_at=None)
    first, second = ({"assembly_id": assembly_id_of(name)} for name in ("several", "shown"))
    for at, name in enumerate(("one", "two")):
        past.job(name, "delivered", "settle", interaction_id=many, take=at, result_message_id=clips[name], **first)
    for at, name in enumerate(("three", "four")):
        past.job(name, "delivered", "settle", interaction_id=pair, take=at, result_message_id=clips[name], **second)
    past.job("five", "rendering", interaction_id=many, take=2, task_id=task, **first)


def write_reels(past: FirstRelease, told: dict[str, int]) -> None:
    """One in every stage; of those that are made, one that nothing was posted of, and one that is in the channel."""
    ids, made_at = [job_id_of(name) for name in ("one", "two", "three")], past.now
    past.assembly("choosing", "reel", choice("choosing", ids))
    past.assembly("forgotten", "reel", choice("choosing", ids), created_at=past.now - 7200)
    past.assembly("made", "reel", choice("building", ids, made_at=made_at, captions=True))
    past.assembly("brought", "reel", choice("building", ids, made_at=made_at), message_id=told["brought"])
    past.assembly("halted", "reel", choice("stopped", ids, made_at=made_at), message_id=told["halted"])
    past.assembly("reel over", "reel", choice("ended", ids), ended_at=past.now, due_at=None)


# -- brainstorms -------------------------------------------------------------------------------------------------------


async def test_brainstorms_in_every_stage_come_to_their_ends(world: UpgradeWorld) -> None:
    studio = world.studio
    threads = {name: await world.thread(name) for name in STORMS if name != "new"}
    boards = {
        name: await world.board(name, f"storm:render:{assembly_id_of(name)}:0", thread)
        for name, thread in threads.items()
    }
    clips = {name: await world.brought(name, threads[of]) for name, of in CLIPS.items()}
    summary = await world.board("it is over", f"storm:prompts:{assembly_id_of('summed up')}:0", threads["summed up"])
    task = await world.task("r2")
    async with updated(world) as past:
        places = {name: (thread.id, boards[name]) for name, thread in threads.items()}
        write_storms(Storms(past, places, studio.ben.id), clips, task)
    await until_stages(world, STORMS)

    takes = dict(world.rows("jobs", "job_id", "take"))
    assert {name: takes[job_id_of(name)] for name in ("a1", "a4", "v1", "v2")} == {"a1": 1, "a4": 4, "v1": 1, "v2": 2}
    assert world.clips_of() == Counter(job_id_of(name) for name in ("a1", "a4", "r2", *clips))
    assert "take 2 by" in studio.readable(result_of(world, "voted"))
    assert result_of(world, "summed up").id == summary, "not posted again"
    assert f"takes of <@{studio.ben.id}>" in world.text(boards["asked"])
    assert len(studio.channel.threads) == len(STORMS), "one was opened for the one that had none"
    assert studio.charged() == len({"a1", "a4", "r2"})
    await go_on(world)
    assert studio.charged() == len({"a1", "a4", "r2"}) + 2


async def go_on(world: UpgradeWorld) -> None:
    """Render one that was open, and decide those that are voted on: their messages work as any."""
    studio = world.studio
    (board,) = world.showing(f"storm:render:{assembly_id_of('open')}:0")
    assert "2 takes are on their way" in await studio.press(studio.ada, board, "Render all")
    for name in ("asked", "rendered"):
        decide = f"storm:decide:{assembly_id_of(name)}:0"
        await studio.until(partial(world.showing, decide), f"{name} can be decided")
        await studio.press(studio.ada, world.showing(decide)[0], "Decide now")
    ended = {"open": "voting, open", "asked": "ended, ended", "rendered": "ended, ended"}
    await until_stages(world, STORMS | ended)
    for name in ("asked", "rendered"):
        assert "nobody voted" in studio.readable(result_of(world, name))


def result_of(world: UpgradeWorld, name: str) -> discord.Message:
    """The one message that sums a brainstorm up."""
    (found,) = world.showing(f"storm:prompts:{assembly_id_of(name)}:0")
    return found
