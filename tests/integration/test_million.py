"""The benchmarks of the storage still speak its language: they are run by hand, and would rot unseen."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks import million, million_rows, transactions
from benchmarks.plans import read_whole
from bot.jobs.trail import parse_trail
from bot.models import ClipScope, ClipSort
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.money.usage import Dimension, UsageStore
from bot.storage.open_jobs import OpenJobs

DAYS = [million_rows.NOW - back * million_rows.DAY for back in (2, 1, 0)]


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
    usage = await UsageStore(database).summary(
        million_rows.BUSY_GUILD, [million_rows.day_of(at) for at in DAYS], Dimension.DAY
    )
    assert sum(row.asked for row in usage) == 200
    assert len(parse_trail(await JobStore(database).trail(clips[0].job.job_id))) == 5
    assert await database.check() == []
    await database.close()


async def test_every_question_is_asked() -> None:
    figures = await asyncio.to_thread(million.survey, 300, times=1)
    assert {"heads of the lines", "board by votes", "unshown ends", "render times"} <= figures.questions.keys()
    assert {"usage of 365 days by member", "a job's trail", "the job of a message"} <= figures.rarer.keys()
    assert figures.plans.keys() == {**figures.questions, **figures.changes, **figures.rarer, **figures.swept}.keys()
    assert [name for name, plan in figures.plans.items() if read_whole(plan)] == []
    assert list(figures.starts) == ["start after a crash", "start"]
    groups = (figures.starts, figures.questions, figures.changes, figures.rarer, figures.swept)
    assert min(cost for group in groups for cost in group.values()) > 0


async def test_a_transaction_is_compared_with_its_floor() -> None:
    figures = await asyncio.to_thread(transactions.measure, 1, 20)
    assert figures["ratio"] == figures["ours"] / figures["bare"]
