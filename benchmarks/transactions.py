"""`python -m benchmarks.transactions`: what a write transaction costs the processor, against bare sqlite3 in one run.

Both move the same job to and fro on the same file, a commit each: ours by JobStore.transition() in an event loop, the
floor by the same UPDATE in the thread that measures. Processor time is of the whole process, threads and all.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from bot.models import Job, JobStatus, ReplyTarget, VideoRequest
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from tests.reserving import reserve

ROUNDS, EACH = 5, 300
NOW = 1_800_000_000.0
_MOVE = (
    "UPDATE jobs SET status = ?, submitting_at = ?, due_at = ?, strikes = ?, version = ?"
    " WHERE job_id = ? AND version = ?"
)


def measure(rounds: int = ROUNDS, each: int = EACH) -> dict[str, float]:
    """Milliseconds of processor time a transaction: `ours`, `bare`, and `ratio`, each the median of some rounds."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rushes.sqlite3"
        ours, bare = asyncio.run(_measure(path, rounds, each))
    return {"ours": median(ours), "bare": median(bare), "ratio": median(ours) / median(bare)}


async def _measure(path: Path, rounds: int, each: int) -> tuple[list[float], list[float]]:
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    store, ours, bare = JobStore(database), [], []
    target = ReplyTarget(interaction_id=1, user_id=2, guild_id=3, channel_id=4)
    request = VideoRequest("a fox under the lanterns of a harbour in the snow")
    job = Job("0" * 20, 1, JobStatus.QUEUED, request, target, "apiframe", True, 1, NOW, NOW)
    await reserve(store, job, day="2027-01-01", base=9, resets_at=NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        for _ in range(rounds):
            began = time.process_time()
            for number in range(each):
                job = await store.transition(job, at=NOW, **_changes(job, number))
            ours.append((time.process_time() - began) / each * 1000)
            began = time.process_time()
            for number in range(each):
                job = _moved(connection, job, number)
            bare.append((time.process_time() - began) / each * 1000)
    await database.close()
    return ours, bare


def _changes(job: Job, number: int) -> dict[str, Any]:
    to = JobStatus.SUBMITTING if job.status is JobStatus.QUEUED else JobStatus.QUEUED
    return {"status": to, "submitting_at": NOW + number, "due_at": NOW + number, "strikes": number % 3}


def _moved(connection: sqlite3.Connection, job: Job, number: int) -> Job:
    changes = _changes(job, number)
    connection.execute("BEGIN IMMEDIATE")
    cursor = connection.execute(_MOVE, (*changes.values(), job.version + 1, job.job_id, job.version))
    assert cursor.rowcount == 1
    connection.execute("COMMIT")
    status = changes["status"]
    assert isinstance(status, JobStatus)
    return Job(**{name: getattr(job, name) for name in Job.__slots__} | {"status": status, "version": job.version + 1})


def main() -> None:
    """Print the three figures."""
    found = measure()
    print(f"a write transaction: {found['ours']:.3f} ms of processor time, bare sqlite3 {found['bare']:.3f} ms")
    print(f"{found['ratio']:.1f} times the floor")


if __name__ == "__main__":
    main()
