"""`python -m benchmarks.million`: what each frequent question costs, and a start, with a million finished jobs.

The rows are those of benchmarks.million_rows.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.million_rows import APART_SECONDS, BUSY_CHANNEL, BUSY_GUILD, BUSY_MEMBER, DAY, NOW, PROVIDERS, fill
from bot.models import (
    AssemblyKind,
    ClipScope,
    ClipSort,
    HistoryFilters,
    Job,
    JobStatus,
    LedgerKind,
    ReplyTarget,
    VideoRequest,
)
from bot.storage.assemblies import AssemblyStore
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.money.reservations import Reservations
from bot.storage.open_jobs import OpenJobs
from bot.storage.votes import VoteStore
from tests.reserving import allowance, reserve

ROWS = 1_000_000

Question = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds by name: starts after the imports, frequent questions, and things that are written.

    A start after a crash is that of a file that has to be checked, as far as a start waits for it.
    """

    starts: dict[str, float]
    questions: dict[str, float]
    changes: dict[str, float]


def measure(rows: int = ROWS) -> dict[str, float]:
    """Milliseconds by frequent question, the median of several."""
    return survey(rows).questions


def survey(rows: int = ROWS, *, times: int = 7) -> Figures:
    """All figures, each the median of several; a start is measured once."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rushes.sqlite3"
        fill(path, rows)
        return asyncio.run(_survey(path, rows, times))


async def _survey(path: Path, rows: int, times: int) -> Figures:
    starts = {}
    for name in ("start after a crash", "start"):  # what has filled the file has left it as a crash does
        began = time.perf_counter()
        database = await _started(path)
        starts[name] = (time.perf_counter() - began) * 1000
        if name != "start":
            assert await database.check() == []
            await database.close()
    try:
        questions = _engines(database) | _members(database, rows)
        return Figures(starts, await _timed(questions, times), await _timed(_changes(database, rows), times))
    finally:
        await database.close()


async def _timed(questions: dict[str, Question], times: int) -> dict[str, float]:
    figures = {}
    for name, question in questions.items():
        costs = []
        for _ in range(times):
            began = time.perf_counter()
            await question()
            costs.append((time.perf_counter() - began) * 1000)
        figures[name] = median(costs)
    return figures


async def _started(path: Path) -> Database:
    """What the application does with the database before its first step: open it, and read what is open."""
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    async for _ in OpenJobs(database).steps_of_open():
        pass
    return database


def _engines(database: Database) -> dict[str, Question]:
    """What is asked without anybody asking."""
    jobs, open_jobs, kept = JobStore(database), OpenJobs(database), KeptClips(database)

    async def first_page() -> None:
        async for _ in open_jobs.steps_of_open():
            break

    return {
        "heads of the lines": lambda: open_jobs.heads(
            PROVIDERS[0], NOW, range(2, 12), since=NOW - DAY, longest_wait=3600.0
        ),
        "next to be due": lambda: open_jobs.next_due(PROVIDERS[0], NOW),
        "who waits before": lambda: open_jobs.waiting_before(PROVIDERS[0], 5, NOW),
        "a thousand open jobs": first_page,
        "backlog": open_jobs.backlog,
        "render times": lambda: jobs.render_seconds(PROVIDERS[0], None, None),
        "unshown ends": lambda: jobs.unshown(NOW - DAY),
        "kept clips": kept.ids,
        "kept for too long": lambda: kept.expire(NOW - 7 * DAY, NOW),
        "ended within a day": lambda: jobs.ended_since(NOW - DAY),
        "open assemblies": AssemblyStore(database).open_ones,
        "whether it answers": database.answers,
    }


def _members(database: Database, rows: int) -> dict[str, Question]:
    """What members ask."""
    jobs, browser = JobStore(database), Browser(database)
    job_id = f"{rows - 1:020x}"
    like = Job(job_id, 1, JobStatus.DELIVERING, VideoRequest("x"), ReplyTarget(0, 1, 1, 1), "", True, 1, NOW, NOW)
    here, mine = ClipScope(BUSY_GUILD, channel_id=BUSY_CHANNEL), ClipScope(BUSY_GUILD, user_id=BUSY_MEMBER)
    day = time.strftime("%Y-%m-%d", time.gmtime(NOW - APART_SECONDS))
    other = replace(like, target=replace(like.target, user_id=0))
    allowed = {"day": day, "base": 10, "resets_at": NOW}
    return {
        "one job": lambda: jobs.get(job_id),
        "pending of a member": lambda: Reservations(database).pending(5),
        "allowance": lambda: allowance(jobs, BUSY_GUILD, BUSY_MEMBER, **allowed),  # type: ignore[arg-type]
        "recent jobs": lambda: jobs.recent(BUSY_GUILD, BUSY_MEMBER, 10),
        "first clip, no": lambda: browser.has_other_clip(like),
        "first clip, yes": lambda: browser.has_other_clip(other),
        "board by votes": lambda: browser.counted_clips(here, ClipSort.VOTES, limit=9),
        "board by votes, page 100": lambda: browser.counted_clips(here, ClipSort.VOTES, limit=9, offset=900),
        "board by age": lambda: browser.counted_clips(here, ClipSort.NEWEST, limit=9),
        "own board by votes": lambda: browser.counted_clips(mine, ClipSort.VOTES, limit=9),
        "best for a reel": lambda: browser.clips(here, ClipSort.VOTES, limit=25),
        "history": lambda: browser.history(BUSY_GUILD, BUSY_MEMBER, HistoryFilters(), limit=9),
        "clips while typing": lambda: browser.mentioned(here, ("heron", "never"), limit=25),
        "prompts while typing": lambda: browser.own(BUSY_GUILD, BUSY_MEMBER, ("never",), limit=100),
        "open assemblies of a member": lambda: AssemblyStore(database).open_of(1, 1, AssemblyKind.REEL),
    }


def _changes(database: Database, rows: int) -> dict[str, Question]:
    """What is written: each time something is moved to and fro."""
    jobs, votes = JobStore(database), VoteStore(database)
    job_id = f"{rows:020x}"

    async def step() -> None:
        job = await jobs.get(job_id)
        assert job is not None
        to = JobStatus.QUEUED if job.status is JobStatus.SUBMITTING else JobStatus.SUBMITTING
        await jobs.transition(job, at=NOW, status=to, submitting_at=NOW)

    async def come_and_go() -> None:
        number = time.perf_counter_ns()
        target = ReplyTarget(number, 3, BUSY_GUILD, BUSY_CHANNEL)
        job = Job(f"n{number}", 1, JobStatus.QUEUED, VideoRequest("x"), target, PROVIDERS[0], True, 1, NOW, NOW)
        await reserve(jobs, job, day="2099-01-01", base=1000, resets_at=NOW)
        await jobs.transition(job, at=NOW, entry=LedgerKind.RELEASE, status=JobStatus.CANCELLED, ended_at=NOW)

    return {
        "a vote": lambda: votes.toggle(f"{rows - 1:020x}", 3, NOW),
        "a job is read and moved": step,
        "a job is taken and cancelled": come_and_go,
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    figures = survey(rows)
    print(f"with {rows} finished jobs:")
    for group in (figures.starts, figures.changes, figures.questions):
        for name, cost in sorted(group.items(), key=lambda pair: -pair[1]):
            print(f"{cost:9.2f} ms  {name}")
        print()


if __name__ == "__main__":
    main()
