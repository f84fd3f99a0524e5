"""A clock that is wrong, or set, changes nothing about what is done, how often, and what comes of it.

The application's two clocks are passed in and differ by a day from each other and from the machine's: whatever reads
the wrong one of the three waits for a day, or not at all.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from time import monotonic  # SimCord has its own in the module, for what the bot does

import pytest

from bot.assemblies.choice import CHOOSING_SECONDS
from bot.models import JobStatus
from sandbox.drawing.render import PrebuiltRenderer
from tests.acceptance.cutting_room import SmallRenderer, open_builder, until_reel
from tests.acceptance.making import make
from tests.acceptance.studio import Studio, open_studio
from tests.acceptance.test_restart import forget_the_delivery
from tests.stepping import DONE, Moment, task_factory

DAY = 86_400.0


class Wall:
    """A wall clock that somebody sets at every step: a day ahead, a day behind, and right again."""

    def __init__(self, by: float) -> None:
        self._by = by
        self.passed: Counter[str] = Counter()

    def __call__(self) -> float:
        return time.time() + self._by * (self.passed.total() % 3 - 1)

    def step(self, moment: Moment) -> None:
        """A moment at which a task of the application waited."""
        if moment.side == DONE:
            self.passed[moment.place] += 1


async def lives(folder: Path, small: Path, *, ahead: float, by: float) -> tuple[Counter[str], list[int]]:
    """A clip, two side by side, and a reel of them: how often each step was taken, and what came of it."""
    wall = Wall(by)
    began = time.time() - monotonic() + ahead
    clocks = (lambda: began + monotonic()), wall
    asyncio.get_running_loop().set_task_factory(task_factory(wall.step))
    renderer = SmallRenderer(small)
    async with open_studio(folder, renderer=renderer, render_seconds=0.1, clocks=clocks) as studio:
        await make(studio, studio.ada, "one")
        await studio.video(studio.ada, "two", takes=2)
        await studio.until(lambda: any(len(clip.attachments) == 2 for clip in studio.clips()), "both side by side")
        builder = await open_builder(studio, studio.ada)
        await asyncio.sleep(1)
        await builder.press("Make the reel")
        await until_reel(studio)
        await studio.until(lambda: open_assemblies(studio) == 0, "nothing is left to be done")
        done = [studio.submissions(), studio.charged(), len(studio.messages()), len(studio.clips())]
        assert {job.status for job in await studio.jobs(studio.ada)} == {JobStatus.DELIVERED}
    return wall.passed, done


def open_assemblies(studio: Studio) -> int:
    with closing(sqlite3.connect(studio.database)) as database:
        return int(database.execute("SELECT count(*) FROM assemblies WHERE ended_at IS NULL").fetchone()[0])


def versions(studio: Studio) -> int:
    """How often assemblies were written: each step writes one."""
    with closing(sqlite3.connect(studio.database)) as database:
        return int(database.execute("SELECT sum(version) FROM assemblies").fetchone()[0])


@pytest.mark.parametrize("ahead", [DAY, -DAY], ids=["the machine's a day behind", "the machine's a day ahead"])
async def test_a_clock_set_at_every_step_changes_neither_steps_nor_ends(
    tmp_path: Path, small: Path, ahead: float
) -> None:
    steps, done = await lives(tmp_path / "right", small, ahead=0.0, by=0.0)
    bent, done_bent = await lives(tmp_path / "bent", small, ahead=ahead, by=DAY)
    assert done_bent == done
    often = {step: (steps[step], times) for step, times in bent.items() if times > 1.5 * steps[step] + 15}
    assert often == {}


async def test_a_builder_that_was_left_open_is_closed_in_one_step(tmp_path: Path, small: Path) -> None:
    """Its hour is over by the clock that it was opened by, whatever the machine's says."""
    skipped = 0.0
    clocks = (lambda: time.time() + skipped), time.time
    async with open_studio(tmp_path, renderer=SmallRenderer(small), render_seconds=0.1, clocks=clocks) as studio:
        await make(studio, studio.ada, "one", "two")
        await open_builder(studio, studio.ada)
        before = versions(studio)
        skipped = CHOOSING_SECONDS + 1
        studio.app.engine.wake()
        await studio.until(lambda: open_assemblies(studio) == 0, "the builder is closed")
        await asyncio.sleep(0.5)
        assert versions(studio) - before <= 2


@pytest.mark.parametrize("wrong", [DAY, -DAY], ids=["ahead", "behind"])
async def test_a_clip_posted_by_a_wrong_clock_is_found_and_not_posted_again(
    tmp_path: Path, clip: Path, wrong: float
) -> None:
    """The process died before the message was noted, and its successor's clock is right again."""
    clocks = (lambda: time.time() + wrong), time.time
    async with open_studio(tmp_path, renderer=PrebuiltRenderer(clip), clocks=clocks) as studio:
        await studio.video(studio.ada, "posted already")
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        (job,) = await studio.jobs(studio.ada)
        await studio.stop()
        await forget_the_delivery(studio, job.job_id, 0)
        # Minutes pass: Discord has forgotten the nonce.
        await studio.env.advance_time(3600)
        studio.clocks = None, time.time
        await studio.start()
        await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
        await studio.until_jobs(studio.ada, JobStatus.DELIVERED)
        assert len(studio.clips()) == 1
        assert (await studio.jobs(studio.ada))[0].result_message_id == studio.clips()[0].id
