"""The benchmarks of the storage still speak its language: they are run by hand, and would rot unseen."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks import million, million_rows, transactions
from bot.models import ClipScope, ClipSort
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.open_jobs import OpenJobs


async def test_its_rows_are_rows_that_the_stores_read(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite3"
    await asyncio.to_thread(million_rows.fill, path, 2000)
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    here = ClipScope(million_rows.BUSY_GUILD, channel_id=million_rows.BUSY_CHANNEL)
    clips, total = await Browser(database).counted_clips(here, ClipSort.VOTES, limit=9)
    assert (clips[0].votes, total > 150) == (2, True)
    open_jobs = OpenJobs(database)
    assert (await open_jobs.backlog())["apiframe"].waiting == million_rows.WAITING
    heads = await open_jobs.heads("apiframe", million_rows.NOW, range(1000), since=0.0, longest_wait=3600.0)
    assert len(heads) == million_rows.MEMBERS_WAITING
    assert await database.check() == []
    await database.close()


async def test_every_question_is_asked() -> None:
    figures = await asyncio.to_thread(million.survey, 300, times=1)
    assert {"heads of the lines", "board by votes", "unshown ends", "render times"} <= figures.questions.keys()
    assert list(figures.starts) == ["start after a crash", "start"]
    assert min([*figures.starts.values(), *figures.questions.values(), *figures.changes.values()]) > 0


async def test_a_transaction_is_compared_with_its_floor() -> None:
    figures = await asyncio.to_thread(transactions.measure, 1, 20)
    assert figures["ratio"] == figures["ours"] / figures["bare"]
