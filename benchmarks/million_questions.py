"""The questions of benchmarks.million: what is asked again and again, by whom, and what is written."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from benchmarks.million_rows import APART_SECONDS, BUSY_CHANNEL, BUSY_GUILD, BUSY_MEMBER, DAY, NOW, PROVIDERS, day_of
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
from bot.storage.money.usage import Dimension, UsageStore
from bot.storage.open_jobs import OpenJobs
from bot.storage.privacy.retention import KINDS, Bounds, RetentionStore
from bot.storage.votes import VoteStore
from tests.reserving import allowance, reserve

Question = Callable[[], Awaitable[object]]
_SPANS = (30, 365)
_PAGE = 5000


def engines(database: Database) -> dict[str, Question]:
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


def members(database: Database, rows: int) -> dict[str, Question]:
    """What members ask."""
    jobs, browser = JobStore(database), Browser(database)
    job_id = f"{rows - 1:020x}"
    like = Job(job_id, 1, JobStatus.DELIVERING, VideoRequest("x"), ReplyTarget(0, 1, 1, 1), "", True, 1, NOW, NOW)
    here, mine = ClipScope(BUSY_GUILD, channel_id=BUSY_CHANNEL), ClipScope(BUSY_GUILD, user_id=BUSY_MEMBER)
    day = day_of(NOW - APART_SECONDS)
    other = replace(like, target=replace(like.target, user_id=0))
    allowed = {"day": day, "base": 10, "resets_at": NOW}
    return {
        "one job": lambda: jobs.get(job_id),
        "what a request is judged by": lambda: Reservations(database).situation(
            BUSY_GUILD, [BUSY_MEMBER], day=day, at=NOW
        ),
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


def rarely(database: Database, rows: int) -> dict[str, Question]:
    """What those ask who manage a server, the busiest: its sums, and one of its jobs; and a search through years."""
    store, jobs, browser = UsageStore(database), JobStore(database), Browser(database)
    job_id = f"{rows - 1:020x}"
    found: dict[str, Question] = {}
    for days in _SPANS:
        since, each = NOW - days * DAY, [day_of(NOW - back * DAY) for back in range(days, -1, -1)]
        for by in Dimension:
            found[f"usage of {days} days by {by}"] = _summed(store, each, by)
        found[f"usage of {days} days, render times"] = _rendered(store, since)
    return found | {
        "usage, a page of rows": lambda: store.rows(BUSY_GUILD, day_of(NOW - 365 * DAY), _PAGE),
        "a job's trail": lambda: jobs.trail(job_id),
        "a job's credits": lambda: store.entries(job_id),
        "the job of a message": lambda: jobs.of_message(rows - 1),
        "history with words": lambda: browser.history(
            BUSY_GUILD, BUSY_MEMBER, HistoryFilters(words=("heron", "dune")), limit=9
        ),
        "jobs while typing": lambda: browser.in_guild(BUSY_GUILD, ("heron", "never"), limit=25),
    }


def _summed(store: UsageStore, days: list[str], by: Dimension) -> Question:
    return lambda: store.summary(BUSY_GUILD, days, by)


def _rendered(store: UsageStore, since: float) -> Question:
    return lambda: store.render_seconds(BUSY_GUILD, since)


def sweeps(database: Database) -> dict[str, Question]:
    """A batch of each kind of rows that are too old; of jobs, credits and usage there are more than that."""
    store = RetentionStore(database)
    year, month = NOW - 365 * DAY, day_of(NOW - 62 * DAY)
    bounds = Bounds(year, year, year, year, ledger=month, usage=day_of(year), today=day_of(NOW))
    return {f"sweep: {kind}": partial(store.clear, kind, bounds) for kind in KINDS}


def changes(database: Database, rows: int) -> dict[str, Question]:
    """What is written: each time something is moved to and fro."""
    jobs, votes = JobStore(database), VoteStore(database)
    job_id = f"{rows:020x}"

    async def step() -> None:
        job = await jobs.get(job_id)
        assert job is not None
        to = JobStatus.QUEUED if job.status is JobStatus.SUBMITTING else JobStatus.SUBMITTING
        await jobs.transition(job, at=NOW, status=to, submitting_at=NOW)

    async def come() -> Job:
        number = time.perf_counter_ns()
        target = ReplyTarget(number, 3, BUSY_GUILD, BUSY_CHANNEL)
        job = Job(f"n{number}", 1, JobStatus.QUEUED, VideoRequest("x"), target, PROVIDERS[0], True, 1, NOW, NOW)
        await reserve(jobs, job, day="2099-01-01", base=1000, resets_at=NOW)
        return job

    async def come_and_go() -> None:
        job = await come()
        await jobs.transition(job, at=NOW, entry=LedgerKind.RELEASE, status=JobStatus.CANCELLED, ended_at=NOW)

    return {
        "a vote": lambda: votes.toggle(f"{rows - 1:020x}", 3, NOW),
        "a job is read and moved": step,
        "a job is taken": come,
        "a job is taken and cancelled": come_and_go,
    }
