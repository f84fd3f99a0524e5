"""A database of version 0.2.0, with jobs in every state, comes up, resumes and delivers; and its ledger is summed up.

Nothing is lost, and nothing is posted or paid twice.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text, update

from bot.models import Job, JobStatus, LedgerKind, ReplyTarget, Resolution, VideoRequest
from bot.storage.database import Database
from bot.storage.money import ledger
from bot.storage.owner_tables import spend, usage
from bot.storage.rows import to_row
from bot.storage.sqlite.upgrading import upgrade
from bot.storage.tables import jobs
from bot.storage.tables import ledger as entries
from tests.integration.first_release import FirstRelease, job_id_of
from tests.integration.second_release import SCHEMA, SecondRelease
from tests.integration.test_upgrade_journey import clips, until_jobs, updated, world
from tests.integration.upgrade_world import UpgradeWorld

__all__ = ["clips", "world"]  # fixtures

JOBS = {
    "queued": "delivered", "queued there": "delivered", "withdrawn": "cancelled", "never sent": "delivered",
    "sent": "delivered", "sent once": "unknown", "rendering": "delivered", "rendering2": "delivered",
    "unwanted": "cancelled", "delivering": "delivered", "posted": "delivered", "lost": "unknown",
    "found late": "delivered", "delivered": "delivered", "parked": "parked", "put aside": "cancelled",
    "failed": "failed", "cancelled": "cancelled",
}  # fmt: skip
"""The jobs by what they were, and what they become."""

RELEASED = {"withdrawn", "sent once", "lost", "found late", "failed", "cancelled"}
OPEN = {"parked"}
"""Its hold stays open until somebody fetches the clip."""


async def test_jobs_in_every_state_come_to_their_ends(world: UpgradeWorld) -> None:
    studio = world.studio
    tasks = {name: (await world.task(name), "") for name in ("sent", "rendering", "unwanted", "found late")}
    tasks |= {name: (await world.task(name, "acedata"), "") for name in ("sent once", "rendering2")}
    tasks |= {name: await world.link(name) for name in ("delivering", "posted")}
    messages = {name: await world.brought(name) for name in ("posted", "delivered")}
    kept = [studio.database.parent / "clips" / f"{job_id_of(name)}.mp4" for name in ("parked", "put aside")]
    async with updated(world, SecondRelease) as past:
        write_jobs(past, tasks, messages["delivered"])
        for path in kept:
            path.write_bytes(world.clip.read_bytes())
    await until_jobs(world, JOBS)

    assert world.clips_of() == Counter(job_id_of(name) for name, end in JOBS.items() if end == "delivered")
    noted = dict(world.rows("jobs", "job_id", "result_message_id"))
    assert {name: noted[job_id_of(name)] for name in messages} == messages, "what was posted is not posted again"
    at_apiframe = {"queued", "never sent", "sent", "rendering", "unwanted", "found late", "delivering", "posted"}
    at_acedata = {"queued there", "sent once", "rendering2"}
    assert (len(studio.box.apiframe.tasks), len(studio.box.acedata.tasks)) == (len(at_apiframe), len(at_acedata))
    assert studio.charged() == len(at_apiframe | at_acedata)
    closed = {name: "release" if name in RELEASED else "settle" for name in JOBS if name not in OPEN}
    assert sorted(world.rows("ledger", "job_id", "kind")) == sorted(
        [(job_id_of(name), "hold") for name in JOBS] + [(job_id_of(name), kind) for name, kind in closed.items()]
    )
    assert [path.exists() for path in kept] == [True, True], "what waits for its requester is kept"
    assert await studio.app.services.library.votes([job_id_of("delivered")]) == {job_id_of("delivered"): 2}
    check_sums(studio.database)


def write_jobs(past: FirstRelease, tasks: dict[str, tuple[str, str]], delivered: int) -> None:
    """A job in every state, of some several."""
    past.job("queued", "queued", turn_at=past.now)
    past.job("queued there", "queued", provider="acedata")
    past.job("withdrawn", "queued", cancelled_at=True)
    past.job("never sent", "submitting")
    past.job("sent", "submitting", strikes=1)
    past.job("sent once", "submitting", provider="acedata", strikes=1)
    past.job("rendering", "rendering", task_id=tasks["rendering"][0], shown="of an earlier release")
    past.job("rendering2", "rendering", task_id=tasks["rendering2"][0], provider="acedata")
    past.job("unwanted", "rendering", task_id=tasks["unwanted"][0], cancelled_at=True)
    for name, begun in (("delivering", None), ("posted", past.now)):
        task_id, link = tasks[name]
        past.job(name, "delivering", task_id=task_id, video_url=link, posting_at=begun)
    past.job("lost", "unknown", "release", provider="acedata", failure="outcome_unknown")
    past.job("found late", "unknown", "release", task_id=tasks["found late"][0], failure="timed_out")
    past.job("delivered", "delivered", "settle", result_message_id=delivered)
    past.job("parked", "parked", failure="channel_gone", video_url="https://gone.example/clip.mp4")
    past.job("put aside", "cancelled", "settle", cancelled_at=True, video_url="https://gone.example/clip.mp4")
    past.job("failed", "failed", "release", failure="moderation")
    past.job("cancelled", "cancelled", "release")
    past.vote(job_id_of("delivered"), 8, 9)


def check_sums(database: Path) -> None:
    """What the migration has summed up, and the bot has counted on with since, agrees with the ledger."""
    with closing(sqlite3.connect(database)) as connection:
        total = dict(connection.execute("SELECT kind, sum(credits) FROM ledger GROUP BY kind").fetchall())
        for scope in ("scope = 'all'", "scope != 'all'"):
            held, used = connection.execute(f"SELECT sum(held), sum(used) FROM spend WHERE {scope}").fetchone()
            assert (held, used) == (total["hold"] - total["settle"] - total["release"], total["settle"])
        query = "SELECT sum(asked), sum(delivered), sum(failed), sum(credits) FROM usage"
        asked, delivered, failed, credits_ = connection.execute(query).fetchone()
    came = {name for name, end in JOBS.items() if end == "delivered"} | {"unwanted", "put aside"}
    assert (asked, delivered, failed) == (len(JOBS), len(came), len(RELEASED - came))
    assert credits_ == total["settle"]


# -- the sums of a ledger, by themselves -----------------------------------------------------------------------------

ENDS: tuple[tuple[JobStatus, tuple[LedgerKind, ...]], ...] = (
    (JobStatus.QUEUED, ()),
    (JobStatus.RENDERING, ()),
    (JobStatus.PARKED, ()),
    (JobStatus.PARKED, (LedgerKind.SETTLE,)),
    (JobStatus.DELIVERED, (LedgerKind.SETTLE,)),
    (JobStatus.DELIVERED, (LedgerKind.RELEASE, LedgerKind.SETTLE)),
    (JobStatus.UNKNOWN, (LedgerKind.RELEASE,)),
    (JobStatus.FAILED, (LedgerKind.RELEASE,)),
    (JobStatus.CANCELLED, (LedgerKind.RELEASE,)),
    (JobStatus.CANCELLED, (LedgerKind.SETTLE,)),
)
"""How jobs stand, and what was done about their holds; a clip that comes after the credits went back is free."""


def any_job(random: Random, number: int) -> Job:
    target = ReplyTarget(number, random.choice((7, 8)), random.choice((1, 2)), random.choice((5, 6)))
    resolution = random.choice((None, *Resolution))
    request = VideoRequest("a fox", resolution, random.choice((None, 6, 10)))
    provider, price = random.choice(("apiframe", "acedata")), random.choice((0, 1, 1, 2, 5))
    return Job(f"{number:020x}", 1, JobStatus.QUEUED, request, target, provider, False, price, 1.0, 1.0)


def count_along(connection: Connection, random: Random) -> None:
    """Jobs as the bot of today counts them."""
    for number in range(150):
        job, (status, closings) = any_job(random, number), random.choice(ENDS)
        connection.execute(insert(jobs).values(to_row(job)))
        ledger.hold(connection, job, random.choice(("2026-11-30", "2026-12-01", "2026-12-02")), 1.0)
        for kind in closings:
            ledger.close(connection, job, kind, 2.0)
        connection.execute(update(jobs).where(jobs.c.job_id == job.job_id).values(status=status))


def sums(connection: Connection) -> tuple[list[Any], list[Any]]:
    """The rows of both tables, in one order."""
    return tuple(sorted(map(tuple, connection.execute(select(table)))) for table in (spend, usage))  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(4))
async def test_the_migration_sums_a_ledger_up_as_the_bot_counts_along(
    database: Database, tmp_path: Path, seed: int
) -> None:
    await database.write(lambda connection: count_along(connection, Random(seed)))
    expected = await database.read(sums)
    older = create_engine(f"sqlite:///{tmp_path / 'older.sqlite3'}")
    with older.begin() as connection:
        upgrade(connection, None, SCHEMA)
        for table in (jobs, entries):
            known = [row[1] for row in connection.execute(text(f"PRAGMA table_info({table.name})"))]
            rows = await database.read(lambda live, table=table: live.execute(select(table)).mappings().all())  # type: ignore[misc]
            older_rows = [{name: row[name] for name in known} for row in rows]
            connection.execute(insert(table), older_rows)
    with older.begin() as connection:
        upgrade(connection, SCHEMA)
        assert sums(connection) == expected
    assert len(expected[1]) > 50
