"""Clearing up and erasing read no whole table: SQLite's own plans name an index for each step."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from benchmarks.plans import plans_of
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.privacy.erasing import ErasingStore, Whose
from bot.storage.privacy.erasures import ErasureStore
from bot.storage.privacy.exporting import ExportStore
from bot.storage.privacy.retention import KINDS, Bounds, RetentionStore
from bot.storage.privacy.servers import ServerStore
from bot.storage.privacy.unnaming import UnnamingStore
from tests.integration.test_query_plans import like
from tests.integration.test_store import DAY, NOW, TOMORROW
from tests.reserving import reserve

Question = Callable[[Database], Awaitable[object]]
BOUNDS = Bounds(NOW, NOW, NOW, NOW, DAY, DAY, DAY)
THEIRS, SERVER = Whose(1, 7, NOW, NOW), Whose(1, 0, NOW, NOW)


async def clear(kind: str, database: Database) -> bool:
    return await RetentionStore(database).clear(kind, BOUNDS)


QUESTIONS: dict[str, Question] = {
    **{f"clear {kind}": partial(clear, kind) for kind in KINDS},
    "servers of a member": lambda d: ErasingStore(d).guilds_of(7),
    "under way": lambda d: ErasingStore(d).under_way(7, 0, NOW),
    "under way in a server": lambda d: ErasingStore(d).under_way(0, 1, NOW),
    "hide": lambda d: ErasingStore(d).hide(THEIRS, (0.0, ""), NOW),
    "hide a server": lambda d: ErasingStore(d).hide(SERVER, (0.0, ""), NOW),
    "traces": lambda d: ErasingStore(d).traces(THEIRS),
    "some that ended": lambda d: ErasingStore(d).some_ended(THEIRS),
    "any": lambda d: ErasingStore(d).any_left(THEIRS),
    "delete jobs": lambda d: ErasingStore(d).delete_jobs(["job1"]),
    "assemblies": lambda d: ErasingStore(d).assemblies_after("x"),
    "delete assemblies": lambda d: ErasingStore(d).delete_assemblies(["x"]),
    "credits": lambda d: UnnamingStore(d).credits(1, 7, -7, DAY),
    "usage": lambda d: UnnamingStore(d).usage(7),
    "votes": lambda d: UnnamingStore(d).votes(7),
    "audit": lambda d: UnnamingStore(d).audit_after(0, 7),
    "servers that were left": lambda d: ServerStore(d).left_before(NOW),
    "compare": lambda d: ServerStore(d).compare([1], NOW),
    "back": lambda d: ErasureStore(d).is_back(1),
    "export jobs": lambda d: ExportStore(d).jobs(7, [1]),
    "export credits": lambda d: ExportStore(d).credits(7, [1]),
    "export votes": lambda d: ExportStore(d).votes(7),
    "export usage": lambda d: ExportStore(d).usage(7),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_it_is_answered_through_an_index(database: Database, store: JobStore, question: Question) -> None:
    await reserve(store, like(), day=DAY, base=9, resets_at=TOMORROW)
    plans = await plans_of(database, lambda: question(database))
    assert [step for step in plans if re.match(r"SCAN (?!place\b|CONSTANT|\(subquery)\S+$", step)] == []
    assert any("USING" in step for step in plans)
