"""A database with years of use in it, for benchmarks.million: rows written as plain as SQLite takes them.

A tenth of the jobs is in one busy channel, one in a hundred by one busy member; a thousand jobs of 200 members wait at
each provider, and some are at work.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.storage.database import Database

WAITING, MEMBERS_WAITING, AT_WORK = 1000, 200, 20
PROVIDERS = ("apiframe", "acedata")
BUSY_GUILD, BUSY_CHANNEL, BUSY_MEMBER = 1, 1, 1
NOW = 1_800_000_000.0
APART_SECONDS = 60.0
DAY = 24 * 3600.0
_ENDS = ("delivered",) * 93 + ("failed",) * 4 + ("cancelled",) * 2 + ("unknown",)
_WORDS = ("fox", "lantern", "harbour", "snow", "glass", "market", "tram", "heron", "dune", "kettle", "orchard", "storm")
_JOBS = (
    "job_id, version, status, shown_status, interaction_id, user_id, guild_id, channel_id, provider, auto_provider,"
    " price, prompt, folded, image_urls, task_id, video_url, attempts, strikes, link_refreshed, created_at, due_at,"
    " submitting_at, submitted_at, rendered_at, ended_at, vote_count, resolution, duration_seconds, status_message_id,"
    " result_message_id, failure, trail"
)
_FORMATS = (("768p", 6), ("768p", 10), ("1080p", 6), (None, None))
_SUMS = (
    "INSERT INTO spend SELECT 'guild:' || guild_id, day, 0, sum(kind = 'settle') FROM ledger GROUP BY guild_id, day",
    "INSERT INTO spend SELECT 'all', day, 0, sum(kind = 'settle') FROM ledger GROUP BY day",
    "INSERT INTO usage SELECT j.guild_id, l.day, j.user_id, j.channel_id, j.provider,"
    " coalesce(j.resolution, '') || '/' || coalesce(j.duration_seconds, '') AS model, count(*), sum(l.kind = 'settle'),"
    " sum(l.kind = 'release'), sum(l.kind = 'settle'), 5.0 * sum(l.kind = 'settle'), sum(l.kind = 'settle')"
    " FROM jobs AS j JOIN ledger AS l ON l.job_id = j.job_id AND l.kind != 'hold'"
    " GROUP BY j.guild_id, l.day, j.user_id, j.channel_id, j.provider, model",
)
"""As the transactions that write the ledger would have counted."""


def fill(path: Path, rows: int) -> None:
    """A database of the newest version with so many finished jobs, and a few thousand that have not ended."""
    asyncio.run(_migrated(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN")
        indices = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        found = indices.fetchall()
        for name, _ in found:
            connection.execute(f"DROP INDEX {name}")
        _insert(connection, "jobs", _JOBS, (_finished(number, rows) for number in range(rows)))
        _insert(connection, "jobs", _JOBS, _unfinished(rows))
        _insert(connection, "votes", "job_id, user_id, at", _votes(rows))
        _insert(connection, "ledger", "job_id, kind, guild_id, user_id, day, credits, at", _entries(rows))
        for statement in _SUMS:
            connection.execute(statement)
        for _, definition in found:
            connection.execute(definition)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _migrated(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    await database.close()


def _insert(connection: sqlite3.Connection, table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
    places = ", ".join("?" for _ in columns.split(","))
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608 - our own names


def day_of(at: float) -> str:
    """The day of a moment."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def _place(number: int) -> tuple[int, int, int]:
    """(user, guild, channel) of a job: 40 servers with five channels each, 50 members in a channel, and a busy one."""
    if number % 10:
        guild, channel = 2 + number % 40, number % 5
        return 10_000 + guild * 1000 + (number * 7 + channel) % 50, guild, channel
    return BUSY_MEMBER if number % 100 == 0 else 2 + (number // 10) % 500, BUSY_GUILD, BUSY_CHANNEL


def _prompt(number: int) -> str:
    chosen = (_WORDS[(number // 12**place) % 12] for place in range(4))
    return f"{' and '.join(chosen)} in the evening light, seen from a slowly moving boat, take {number}"


def _finished(number: int, rows: int) -> tuple[object, ...]:
    user, guild, channel = _place(number)
    status = _ENDS[(number * 37 + number // 100) % 100]
    at = NOW - (rows - number) * APART_SECONDS
    prompt, provider = _prompt(number), PROVIDERS[number % 2]
    made = at + 95.0 if status == "delivered" else None
    task = None if status in {"unknown", "cancelled"} else f"task-{number:032x}"
    link = None if made is None else f"https://cdn.example.com/files/{number:032x}/video.mp4"
    head = (f"{number:020x}", 6, status, status, number, user, guild, channel, provider, True, 1, prompt, prompt)
    times = (at, at, at + 1.0, at + 2.0, made, at + 100.0)
    failure, resolution = "moderation" if status == "failed" else None, _FORMATS[number % 4]
    messages = (rows + number, number if made else None)
    said = (*resolution, *messages, failure, _trail(at, status, provider))
    return (*head, "[]", task, link, 0, 0, False, *times, _count(number, status), *said)


def _trail(at: float, status: str, provider: str) -> str:
    steps = ((0, "queued"), (1, "submitting"), (2, "rendering"), (95, "delivering"), (100, status))
    return "".join(f"{at + after:.3f} {step} {provider}\n" for after, step in steps)


def _count(number: int, status: str) -> int:
    return number % 4 if status == "delivered" and number % 30 == 0 else 0


def _votes(rows: int) -> Iterator[tuple[object, ...]]:
    for number in range(0, rows, 30):
        for user in range(_count(number, _ENDS[(number * 37 + number // 100) % 100])):
            yield f"{number:020x}", user, NOW


def _entries(rows: int) -> Iterator[tuple[object, ...]]:
    for number in range(rows):
        user, guild, _ = _place(number)
        at = NOW - (rows - number) * APART_SECONDS
        kind = "settle" if _ENDS[(number * 37 + number // 100) % 100] == "delivered" else "release"
        day = day_of(at)
        for entry in ("hold", kind):
            yield f"{number:020x}", entry, guild, user, day, 1, at


_REST = (None, None, None, None, None, "")


def _unfinished(rows: int) -> Iterator[tuple[object, ...]]:
    number = rows
    for provider in PROVIDERS:
        for index in range(WAITING + AT_WORK):
            status = "queued" if index < WAITING else "rendering"
            at = NOW - 3600 + index
            user = 2 + index % MEMBERS_WAITING
            prompt, begun = _prompt(number), None if status == "queued" else at
            head = (f"{number:020x}", 1, status, None, number, user, BUSY_GUILD, BUSY_CHANNEL, provider, True, 1)
            task = None if begun is None else f"task-{number:032x}"
            yield *head, prompt, prompt, "[]", task, None, 0, 0, False, at, at, begun, begun, None, None, 0, *_REST
            number += 1
