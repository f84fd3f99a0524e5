"""No frequent question reads a whole table: SQLite's own plan for each statement names an index of few rows.

The plans do not depend on the rows: nothing ever gathers statistics of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from benchmarks.plans import indices_in, plans_of, read_whole
from bot.models import AssemblyKind, ClipScope, ClipSort, HistoryFilters, Job, JobStatus, LedgerKind
from bot.storage.assemblies import AssemblyStore
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.money.reservations import Reservations
from bot.storage.money.usage import Dimension, UsageRow, UsageStore, _page, _rows
from bot.storage.open_jobs import OpenJobs
from bot.storage.votes import VoteStore
from tests.integration.test_store import DAY, NOW, TOMORROW, a_job
from tests.reserving import allowance, reserve, reserve_all

SITUATION = {
    *(
        "sqlite_autoindex_guilds_1",
        "sqlite_autoindex_pauses_1",
        "sqlite_autoindex_blocks_1",
        "sqlite_autoindex_spend_1",
    ),
    *("sqlite_autoindex_allowances_1", "ledger_by_day", "grants_by_day"),
    *("jobs_pending", "jobs_by_requester", "jobs_moderated"),
}
"""Where everything is found that a request is judged by."""

Question = Callable[[Database], Awaitable[object]]
LAST = UsageRow(DAY, 7, 5, "apiframe", "768p/6", 1, 1, 0, 1, 0.0, 0)
HERE, MINE = ClipScope(1, channel_id=5), ClipScope(1, user_id=7)


async def every_page(database: Database) -> None:
    async for _ in OpenJobs(database).steps_of_open(1):
        pass


async def move(database: Database) -> None:
    job = await JobStore(database).get("job1")
    assert job is not None
    await JobStore(database).transition(job, at=NOW, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED)


def summed(by: Dimension) -> Question:
    return lambda database: UsageStore(database).summary(1, [DAY], by)


def like(number: int = 1) -> Job:
    return replace(a_job(number), price=1)


QUESTIONS: dict[str, tuple[Question, set[str]]] = {
    "heads": (
        lambda d: OpenJobs(d).heads("apiframe", NOW, [7], since=NOW, longest_wait=1.0, started=["x"]),
        {"jobs_waiting", "jobs_served", "sqlite_autoindex_jobs_1"},
    ),
    "served": (lambda d: OpenJobs(d).served([7], NOW), {"jobs_served"}),
    "next due": (lambda d: OpenJobs(d).next_due("apiframe", NOW), {"jobs_waiting_due"}),
    "waiting before": (lambda d: OpenJobs(d).waiting_before("apiframe", 7, NOW), {"jobs_waiting"}),
    "ids": (lambda d: OpenJobs(d).ids(), {"jobs_stepping"}),
    "steps": (every_page, {"jobs_stepping"}),
    "backlog": (lambda d: OpenJobs(d).backlog(), {"jobs_waiting"}),
    "oldest": (lambda d: OpenJobs(d).oldest_at(), {"jobs_stepping"}),
    "unshown": (lambda d: JobStore(d).unshown(NOW), {"jobs_unshown", "jobs_unshown_deleted"}),
    "ended since": (lambda d: JobStore(d).ended_since(NOW), {"jobs_ended"}),
    "pending": (lambda d: Reservations(d).pending(7), {"jobs_pending"}),
    "render times": (lambda d: JobStore(d).render_seconds("apiframe", None, None), {"jobs_rendered"}),
    "of an assembly": (lambda d: JobStore(d).of_assembly("x"), {"jobs_of_assembly"}),
    "recent": (lambda d: JobStore(d).recent(1, 7, 10), {"jobs_by_requester"}),
    "one": (lambda d: JobStore(d).get("job1"), {"sqlite_autoindex_jobs_1"}),
    "of a webhook": (lambda d: JobStore(d).by_webhook("x"), {"sqlite_autoindex_jobs_3"}),
    "allowance": (
        lambda d: allowance(d, 1, 7, day=DAY, base=1, resets_at=NOW),
        SITUATION,
    ),
    "reserve": (
        lambda d: reserve_all(d, [like(2)], day=DAY, base=9, resets_at=TOMORROW, most_pending=9),
        {"sqlite_autoindex_jobs_2", *SITUATION},
    ),
    "move": (move, {"sqlite_autoindex_jobs_1", "sqlite_autoindex_ledger_1"}),
    "board by votes": (lambda d: Browser(d).counted_clips(HERE, ClipSort.VOTES, limit=9), {"jobs_best_in_channel"}),
    "board by age": (lambda d: Browser(d).clips(HERE, ClipSort.NEWEST, limit=9), {"jobs_new_in_channel"}),
    "own board": (lambda d: Browser(d).counted_clips(MINE, ClipSort.VOTES, limit=9), {"jobs_best_of_member"}),
    "typing a clip": (
        lambda d: Browser(d).mentioned(HERE, ("a", "b"), limit=25),
        {"jobs_new_in_channel", "sqlite_autoindex_jobs_1"},
    ),
    "typing a prompt": (
        lambda d: Browser(d).own(1, 7, ("a",), limit=25),
        {"jobs_by_requester", "sqlite_autoindex_jobs_1"},
    ),
    "typing a job": (
        lambda d: Browser(d).in_guild(1, ("a",), limit=25),
        {"jobs_new_in_guild", "sqlite_autoindex_jobs_1"},
    ),
    "of a message": (lambda d: JobStore(d).of_message(5), {"jobs_by_result_message", "jobs_by_status_message"}),
    "trail": (lambda d: JobStore(d).trail("job1"), {"sqlite_autoindex_jobs_1"}),
    "ledger of a job": (lambda d: UsageStore(d).entries("job1"), {"sqlite_autoindex_ledger_1"}),
    **{f"usage by {by}": (summed(by), {"usage"}) for by in Dimension},
    "usage, every row": (lambda d: UsageStore(d).rows(1, DAY, 9), {"usage"}),
    "usage, next page": (lambda d: d.read(partial(_rows, query=_page(1, DAY, LAST))), {"usage"}),
    "usage, render times": (lambda d: UsageStore(d).render_seconds(1, NOW), {"jobs_rendered_in_guild"}),
    "history": (lambda d: Browser(d).history(1, 7, HistoryFilters(words=("a",)), limit=9), {"jobs_by_requester"}),
    "ranked": (lambda d: Browser(d).ranked(["a", "b"]), {"sqlite_autoindex_jobs_1"}),
    "first clip": (lambda d: Browser(d).has_other_clip(like()), {"jobs_delivered"}),
    "kept": (lambda d: KeptClips(d).ids(), {"jobs_kept"}),
    "kept for too long": (lambda d: KeptClips(d).expire(NOW, NOW), {"jobs_kept"}),
    "a vote": (
        lambda d: VoteStore(d).toggle("job1", 8, NOW),
        {"sqlite_autoindex_jobs_1", "sqlite_autoindex_votes_1"},
    ),
    "votes": (lambda d: VoteStore(d).counts(["job1"]), {"sqlite_autoindex_jobs_1"}),
    "open assemblies": (lambda d: AssemblyStore(d).open_ones(), {"assemblies_open"}),
    "open in a channel": (lambda d: AssemblyStore(d).open_in(5, AssemblyKind.REEL), {"assemblies_open_in_channel"}),
    "open of a member": (lambda d: AssemblyStore(d).open_of(1, 7, AssemblyKind.REEL), {"assemblies_open_of_member"}),
}


@pytest.mark.parametrize(("question", "indices"), QUESTIONS.values(), ids=QUESTIONS)
async def test_a_frequent_question_is_answered_through_an_index(
    database: Database, store: JobStore, question: Question, indices: set[str]
) -> None:
    await reserve(store, like(), day=DAY, base=9, resets_at=TOMORROW)
    plans = await plans_of(database, lambda: question(database))
    assert indices_in(plans) == indices
    assert read_whole(plans) == []
