"""Takes, votes, boards and assemblies on a real SQLite file, and a database that an earlier version wrote."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from bot.errors import Refused, StaleJob
from bot.models import (
    Assembly,
    AssemblyKind,
    ClipScope,
    ClipSort,
    HistoryFilters,
    Job,
    JobStatus,
    LedgerKind,
    Relation,
    ReplyTarget,
)
from bot.storage.assemblies import AssemblyStore
from bot.storage.browsing import Browser
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.votes import VoteStore
from tests.integration.test_store import DAY, NOW, TOMORROW, a_job


async def delivered(store: JobStore, number: int, prompt: str = "a fox", **target: Any) -> Job:
    job = a_job(number)
    job = replace(job, request=replace(job.request, prompt=prompt), target=replace(job.target, **target))
    await store.reserve(job, day=DAY, base=100, resets_at=TOMORROW)
    return await store.transition(job, at=NOW, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED)


def takes(*users: int) -> list[Job]:
    target = ReplyTarget(5000, 0, 1, 5, "ko")
    return [
        replace(a_job(n), take=n, target=replace(target, user_id=user), relation=Relation.REMIX, parent_id="p")
        for n, user in enumerate(users)
    ]


async def test_takes_are_reserved_together_or_not_at_all(store: JobStore) -> None:
    with pytest.raises(Refused) as refused:
        await store.reserve_all(takes(7, 7, 8), day=DAY, base=1, resets_at=TOMORROW)
    assert (refused.value.facts["user_id"], refused.value.facts["price"]) == (7, 2)
    assert await store.open_jobs() == []
    jobs, left, new = await store.reserve_all(takes(7, 7, 8), day=DAY, base=2, resets_at=TOMORROW)
    assert (new, left[7].left, left[8].left) == (True, 0, 1)
    again, left, new = await store.reserve_all(takes(7, 7, 8), day=DAY, base=2, resets_at=TOMORROW)
    assert (new, again, left[7].left) == (False, jobs, 0)
    assert await store.get(jobs[2].job_id) == jobs[2]


async def test_a_vote_is_one_per_member_and_can_be_taken_back(store: JobStore, database: Database) -> None:
    votes, job = VoteStore(database), await delivered(store, 1)
    assert await votes.toggle(job.job_id, 7, NOW) == (True, 1)
    assert await votes.toggle(job.job_id, 8, NOW) == (True, 2)
    assert await votes.toggle(job.job_id, 7, NOW) == (False, 1)
    await asyncio.gather(*(votes.toggle(job.job_id, user, NOW) for user in range(10, 40)))
    assert await votes.counts([job.job_id, "none"]) == {job.job_id: 31, "none": 0}


async def test_boards_show_what_is_delivered_and_still_there(store: JobStore, database: Database) -> None:
    browser, votes = Browser(database), VoteStore(database)
    first, second, third = [await delivered(store, n, f"scene {n}") for n in (1, 2, 3)]
    await delivered(store, 4, channel_id=6)
    await store.reserve(a_job(5), day=DAY, base=100, resets_at=TOMORROW)
    await store.mark_deleted(third.job_id, NOW)
    await votes.toggle(first.job_id, 9, NOW)
    here = ClipScope(guild_id=1, channel_id=5)
    clips, total = await browser.clips(here, ClipSort.VOTES, limit=10)
    assert ([(c.job.job_id, c.votes) for c in clips], total) == ([(first.job_id, 1), (second.job_id, 0)], 2)
    clips, _ = await browser.clips(here, ClipSort.NEWEST, limit=1, offset=1)
    assert [c.job.job_id for c in clips] == [first.job_id]
    assert (await browser.clips(ClipScope(guild_id=1, user_id=7), ClipSort.NEWEST, limit=10))[1] == 3
    assert (await browser.clips(ClipScope(guild_id=2), ClipSort.NEWEST, limit=10))[1] == 0
    assert [job.job_id for job in await browser.mentioned(here, ("SCENE",), limit=1)] == [second.job_id]
    assert [job.job_id for job in await browser.mentioned(here, (first.job_id,), limit=9)] == [first.job_id]


async def test_a_history_is_ones_own_and_is_searched_literally(store: JobStore, database: Database) -> None:
    browser = Browser(database)
    await delivered(store, 1, "100% fog over the bay")
    await delivered(store, 2, "fog, 1000 lanterns")
    await delivered(store, 3, "fog of another", user_id=8)
    found, total = await browser.history(1, 7, HistoryFilters(words=("fog", "100%")), limit=10)
    assert ([job.request.prompt for job in found], total) == (["100% fog over the bay"], 1)
    assert (await browser.history(1, 7, HistoryFilters(statuses=frozenset({JobStatus.FAILED})), limit=10))[1] == 0
    assert (await browser.history(1, 7, HistoryFilters(pictures=True, resolution="768p"), limit=1))[1] == 2
    assert await browser.delivered_count(1, 7) == 2


WRITTEN = {
    "КОТ": "рыжий кот в снегу",
    "кот": "Рыжий КОТ",
    "ete": "l'été à Paris",
    "ÉTÉ": "l'e\u0301te\u0301",
    "strasse": "eine Straße im Regen",
    "STRASSE": "GROẞE straße",
    "istanbul": "İSTANBUL at dawn",
    "ışık": "IŞIK over the bay",
    "ＦＯＸ": "a fox",
    "ガラス": "割れたｶﾞﾗｽ",
    "한국": "\u1112\u1161\u11ab국의 밤",
    "οδός": "ΟΔΟΣ ΤΗΣ ΒΡΟΧΗΣ",
    "nguyen": "Nguyễn under the lanterns",
}


@pytest.mark.parametrize(("typed", "prompt"), WRITTEN.items())
async def test_case_marks_and_widths_do_not_hide_a_clip(
    store: JobStore, database: Database, typed: str, prompt: str
) -> None:
    browser = Browser(database)
    job = await delivered(store, 1, prompt)
    await delivered(store, 2, "something else")
    assert (await browser.history(1, 7, HistoryFilters(words=(typed,)), limit=10))[0] == [await store.get(job.job_id)]
    assert len(await browser.mentioned(ClipScope(guild_id=1), (typed,), limit=10)) == 1


@pytest.mark.parametrize(
    ("typed", "prompt"),
    [("か", "が"), ("は", "ぱ"), ("%", "100 pro cent"), ("_", "a b"), ("％", "a"), ("f_x", "fox"), ("/", "a fox")],
)
async def test_other_letters_are_not_found(store: JobStore, database: Database, typed: str, prompt: str) -> None:
    await delivered(store, 1, prompt)
    assert await Browser(database).history(1, 7, HistoryFilters(words=(typed,)), limit=10) == ([], 0)
    assert await Browser(database).mentioned(ClipScope(guild_id=1), (typed,), limit=10) == []


async def test_a_word_of_marks_alone_asks_for_nothing(store: JobStore, database: Database) -> None:
    await delivered(store, 1, "a fox")
    assert (await Browser(database).history(1, 7, HistoryFilters(words=("\u0301", "FOX")), limit=10))[1] == 1


async def test_assemblies_are_added_once_and_changed_by_compare_and_set(database: Database) -> None:
    store = AssemblyStore(database)
    target = ReplyTarget(77, 7, 1, 5, "ja")
    reel = Assembly("r" * 20, 1, AssemblyKind.REEL, target, {"clips": ["a"]}, NOW, due_at=NOW)
    assert await store.add(reel) == (reel, True)
    assert await store.add(replace(reel, assembly_id="other")) == (reel, False)
    moved = await store.change(reel, state={"clips": ["a", "b"]}, message_id=9)
    with pytest.raises(StaleJob):
        await store.change(reel, message_id=10)
    assert await store.get(reel.assembly_id) == moved
    assert await store.open_ones() == [moved]
    await store.change(moved, ended_at=NOW)
    assert await store.open_ones() == []


async def test_a_database_of_the_first_version_is_brought_up_with_its_rows(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'r.sqlite3'}")
    async with database._engine.connect() as connection:
        await connection.run_sync(lambda c: command.upgrade(_config(c), "0001"))
        await connection.execute(text(
            "INSERT INTO jobs (job_id, version, status, interaction_id, user_id, guild_id, channel_id, provider,"
            " auto_provider, price, prompt, image_urls, attempts, strikes, link_refreshed, created_at, due_at)"
            " VALUES ('old', 3, 'rendering', 1, 7, 1, 5, 'apiframe', 1, 1, 'Рыжий КОТ', '[]', 0, 0, 0, 1.0, 1.0)"
        ))  # fmt: skip
        await connection.execute(text("INSERT INTO ledger VALUES ('old', 'hold', 1, 7, '2026-09-21', 1, 1.0)"))
        await connection.commit()
    await database.migrate()
    job = await JobStore(database).get("old")
    assert job is not None
    assert (job.version, job.take, job.target.locale, job.relation) == (3, 0, "en", None)
    assert (await Browser(database).history(1, 7, HistoryFilters(words=("кот",)), limit=9))[0] == [job]
    # The ledger's key still points at the table, and is watched again.
    await JobStore(database).transition(job, at=NOW, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await VoteStore(database).toggle("nobody", 7, NOW)
    await database.close()


async def test_all_prompts_of_a_large_database_can_be_searched_after_the_update(tmp_path: Path) -> None:
    database, count = Database(f"sqlite+aiosqlite:///{tmp_path / 'r.sqlite3'}"), 1201
    async with database._engine.connect() as connection:
        await connection.run_sync(lambda c: command.upgrade(_config(c), "0002"))
        await connection.execute(
            text(
                "INSERT INTO jobs (job_id, version, status, interaction_id, user_id, guild_id, channel_id, provider,"
                " auto_provider, price, prompt, image_urls, attempts, strikes, link_refreshed, created_at, due_at)"
                " VALUES (:id, 3, 'delivered', :number, 7, 1, 5, 'apiframe', 1, 1, :prompt, '[]', 0, 0, 0, 1.0, 1.0)"
            ),
            [{"id": f"{n:020x}", "number": n, "prompt": f"ÉTÉ {n}"} for n in range(count)],
        )
        await connection.commit()
    await database.migrate()
    assert (await Browser(database).history(1, 7, HistoryFilters(words=("été",)), limit=1))[1] == count
    await database.close()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "bot" / "storage" / "migrations"))
    config.attributes["connection"] = connection
    return config
