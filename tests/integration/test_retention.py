"""What is too old is deleted, and never anything that is open, kept, held, or that a cap needs."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine.engine import Engine
from bot.models import JobStatus
from bot.outlet import Outlet
from bot.privacy.erasing import Eraser
from bot.privacy.retention import AUDIT_DAYS, BLOCK_DAYS, EVERY_SECONDS, LEDGER_DAYS, Retention
from bot.privacy.servers import Presence
from bot.storage.database import Database
from bot.storage.kept import KeptClips
from bot.storage.privacy.erasures import Erasure, ErasureStore
from bot.storage.privacy.retention import JOBS_AT_ONCE, KINDS, RetentionStore
from bot.storage.privacy.servers import ServerStore
from bot.timings import TIMINGS

NOW = datetime(2026, 9, 21, 12, tzinfo=UTC).timestamp()
DAY = 24 * 3600.0
KEEP = 365
_JOB = (
    "INSERT INTO jobs (job_id, version, status, interaction_id, user_id, guild_id, channel_id, provider, auto_provider,"
    " price, prompt, image_urls, attempts, strikes, link_refreshed, created_at, due_at, ended_at, deleted_at,"
    " cancelled_at, video_url, task_id, assembly_id)"
    " VALUES (?, 1, ?, ?, 7, 1, 5, 'apiframe', 1, 1, 'p', '[]', 0, 0, 0, ?, 0, ?, ?, ?, ?, ?, ?)"
)
_ASSEMBLY = (
    "INSERT INTO assemblies (assembly_id, version, kind, interaction_id, user_id, guild_id, channel_id, locale, state,"
    " attempts, created_at, ended_at) VALUES (?, 1, 'takes', ?, 7, 1, 5, 'en', '{}', 0, 0, ?)"
)


@dataclass(frozen=True, slots=True)
class Past:
    """A job as it may lie there; `age` in days since it ended."""

    status: JobStatus
    age: float
    closed: bool = True
    deleted: bool = False
    cancelled: bool = False
    clip: bool = False
    task: bool = False
    part_of_open: bool = False

    @property
    def open(self) -> bool:
        """Whether it has a next step, as the engine sees it."""
        way = {JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING}
        return self.status in way or (self.status is JobStatus.UNKNOWN and self.task)

    @property
    def kept(self) -> bool:
        """Whether its requester can still have its clip."""
        unwanted = self.status is JobStatus.CANCELLED and self.cancelled and self.clip
        return not self.deleted and (self.status is JobStatus.PARKED or unwanted)

    @property
    def goes(self) -> bool:
        """What the promise says."""
        return self.age > KEEP and self.closed and not (self.open or self.kept or self.part_of_open)


def write(path: Path, past: list[Past]) -> None:
    with sqlite3.connect(path) as connection:
        for table in ("votes", "jobs", "ledger", "assemblies"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute(_ASSEMBLY, ("open", 1, None))
        for number, job in enumerate(past):
            job_id, ended = f"job{number}", NOW - job.age * DAY
            when = datetime.fromtimestamp(ended, UTC).date().isoformat()
            flags = (
                ended if job.deleted else None,
                ended if job.cancelled else None,
                "https://x" if job.clip else None,
                "t" if job.task else None,
                "open" if job.part_of_open else None,
            )
            connection.execute(_JOB, (job_id, job.status, number, ended - 60, ended, *flags))
            connection.execute("INSERT INTO votes VALUES (?, 8, 1.0)", (job_id,))
            for kind in ["hold", *(["settle"] if job.closed else [])]:
                connection.execute("INSERT INTO ledger VALUES (?, ?, 1, 7, ?, 1, 1.0)", (job_id, kind, when))
    connection.close()


def ids(path: Path, question: str) -> set[str]:
    with sqlite3.connect(path) as connection:
        found = {str(row[0]) for row in connection.execute(question)}
    connection.close()
    return found


def retention(database: Database) -> Retention:
    engine, outlet, clock = Engine(lambda: NOW), Outlet(lambda: NOW), lambda: NOW

    async def never(_: Erasure) -> float | None:
        raise AssertionError

    presence = Presence(ServerStore(database), clock)
    eraser = Eraser(ErasureStore(database), never, never, engine, outlet, clock, TIMINGS)
    return Retention(RetentionStore(database), presence, eraser, engine, (clock, clock), keep_prompts_days=KEEP)


async def clear(database: Database) -> int:
    """Clear until there is nothing more to do; in how many batches."""
    for batch in range(1, 100):
        if await retention(database).clear() >= NOW + EVERY_SECONDS:
            return batch
    raise AssertionError("there is no end to it")


def check(path: Path, past: list[Past]) -> None:
    stays = {f"job{number}" for number, job in enumerate(past) if not job.goes}
    assert ids(path, "SELECT job_id FROM jobs") == stays
    assert ids(path, "SELECT job_id FROM votes") == stays
    # Credits outlive their jobs, or go before them; those that are held do neither.
    first = (datetime.fromtimestamp(NOW, UTC) - timedelta(days=LEDGER_DAYS)).date()
    young = {
        f"job{number}"
        for number, job in enumerate(past)
        if not job.closed or datetime.fromtimestamp(NOW - job.age * DAY, UTC).date() >= first
    }
    assert ids(path, "SELECT job_id FROM ledger") == young


def every_kind() -> Iterator[Past]:
    for status, age, closed, part in product(JobStatus, (1.0, KEEP - 1.0, KEEP + 1.0), (True, False), (True, False)):
        yield Past(status, age, closed=closed, part_of_open=part)
        for deleted in (True, False):
            yield Past(status, age, closed, deleted, cancelled=True, clip=True, task=True, part_of_open=part)


async def test_of_every_kind_of_job_just_the_old_and_finished_go(database: Database, tmp_path: Path) -> None:
    past, path = list(every_kind()), tmp_path / "r.sqlite3"
    write(path, past)
    assert sum(job.goes for job in past) > 5
    await clear(database)
    check(path, past)


_PAST = st.builds(
    Past,
    status=st.sampled_from(JobStatus),
    age=st.sampled_from([0.0, 29.0, 61.0, 63.5, 364.0, 366.0, 4000.0]),
    closed=st.booleans(),
    deleted=st.booleans(),
    cancelled=st.booleans(),
    clip=st.booleans(),
    task=st.booleans(),
    part_of_open=st.booleans(),
)


@given(past=st.lists(_PAST, max_size=12))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_open_kept_or_held_is_ever_deleted(migrated: Path, tmp_path: Path, past: list[Past]) -> None:
    path = tmp_path / "h.sqlite3"
    if not path.exists():
        path.write_bytes(migrated.read_bytes())
    write(path, past)

    async def go() -> None:
        database = Database(f"sqlite:///{path}")
        try:
            await clear(database)
        finally:
            await database.close()

    asyncio.run(go())
    check(path, past)


def put(path: Path, statement: str, *rows: tuple[object, ...]) -> None:
    with sqlite3.connect(path) as connection:
        connection.executemany(statement, rows)
    connection.close()


def ago(days: float) -> float:
    return NOW - days * DAY


def day(days: int) -> str:
    return (datetime.fromtimestamp(NOW, UTC) - timedelta(days=days)).date().isoformat()


async def test_what_an_erasure_still_needs_to_know_is_left_to_it(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite3"
    write(path, [Past(JobStatus.DELIVERED, 400.0)])
    erasures, new = ErasureStore(database), Erasure("e", 0, 7, NOW)
    await erasures.begin(new)
    await clear(database)
    assert ids(path, "SELECT job_id FROM jobs") == {"job0"}
    await erasures.end(new)
    await clear(database)
    assert ids(path, "SELECT job_id FROM jobs") == set()


async def test_a_clip_that_was_kept_over_a_long_rest_is_let_go_of_all_the_same(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "r.sqlite3"
    write(
        path, [Past(JobStatus.CANCELLED, 90.0, cancelled=True, clip=True), Past(JobStatus.PARKED, 90.0, closed=False)]
    )
    await clear(database)
    assert ids(path, "SELECT job_id FROM ledger") == {"job1"}, "what is held stays"
    assert set(await KeptClips(database).expire(NOW, NOW)) == {"job0", "job1"}
    assert ids(path, "SELECT kind FROM ledger") == {"hold", "release"}


async def test_everything_else_has_its_time(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite3"
    put(path, _ASSEMBLY, ("old", 1, ago(KEEP + 1)), ("young", 2, ago(KEEP - 1)), ("open", 3, None))
    put(path, "INSERT INTO spend VALUES (?, ?, 0, 1)", ("all", day(LEDGER_DAYS + 1)), ("all", day(31)), ("all", day(0)))
    put(path, "INSERT INTO usage VALUES (1, ?, 7, 5, 'p', 'm', 1, 1, 0, 1, 0, 0)", (day(801),), (day(799),))
    put(path, "INSERT INTO grants VALUES (?, 1, 7, ?, 1, 9, 0)", (1, day(1)), (2, day(0)))
    put(
        path,
        "INSERT INTO audit (guild_id, at, actor_id, action, facts) VALUES (1, ?, 9, 'block', '{}')",
        (ago(AUDIT_DAYS + 1),),
        (ago(AUDIT_DAYS - 1),),
    )
    put(
        path,
        "INSERT INTO blocks VALUES (1, ?, ?, '', ?, 9, 0, ?)",
        (1, True, ago(BLOCK_DAYS + 1), None),
        (2, True, ago(BLOCK_DAYS - 1), None),
        (3, True, None, None),
        (4, False, None, ago(BLOCK_DAYS + 1)),
        (5, False, None, ago(1)),
    )
    put(path, "INSERT INTO alarms VALUES (?, 1, ?)", ("old", ago(63)), ("young", ago(61)))
    put(
        path,
        "INSERT INTO ledger VALUES (?, 'hold', 1, ?, ?, 1, 0)",
        ("erased before", -5, day(1)),
        ("erased today", -5, day(0)),
    )
    await clear(database)
    assert ids(path, "SELECT assembly_id FROM assemblies") == {"young", "open"}
    assert ids(path, "SELECT day FROM spend") == {day(31), day(0)}
    assert ids(path, "SELECT day FROM usage") == {day(799)}
    assert ids(path, "SELECT interaction_id FROM grants") == {"2"}
    assert ids(path, "SELECT at FROM audit") == {str(ago(AUDIT_DAYS - 1))}
    assert ids(path, "SELECT user_id FROM blocks") == {"2", "3", "5"}
    assert ids(path, "SELECT name FROM alarms") == {"young"}
    assert ids(path, "SELECT job_id FROM ledger WHERE user_id = -5") == {"erased today"}
    assert ids(path, "SELECT user_id FROM ledger WHERE job_id = 'erased before'") == {"0"}


async def test_more_than_a_batch_goes_batch_by_batch(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite3"
    write(path, [Past(JobStatus.DELIVERED, 400.0)] * (JOBS_AT_ONCE * 2 + 1))
    began = time.monotonic()
    first = await retention(database).clear()
    assert NOW < first < NOW + 2.0, "it goes on soon"
    assert len(ids(path, "SELECT job_id FROM jobs")) == JOBS_AT_ONCE + 1
    assert await clear(database) == 2
    assert ids(path, "SELECT job_id FROM jobs") == set()
    assert time.monotonic() - began < 10
    assert set(KINDS) >= {"jobs", "ledger"}


@pytest.mark.parametrize("days", [1, 31, 62])
async def test_no_credits_that_a_cap_of_this_month_or_day_counts_are_deleted(
    database: Database, tmp_path: Path, days: int
) -> None:
    path = tmp_path / "r.sqlite3"
    write(path, [Past(JobStatus.DELIVERED, float(days))])
    await clear(database)
    assert ids(path, "SELECT kind FROM ledger") == {"hold", "settle"}
