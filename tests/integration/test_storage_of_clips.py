"""Takes, votes, boards and assemblies on a real SQLite file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Refused, StaleJob, StorageFailed
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
from bot.storage.open_jobs import OpenJobs
from bot.storage.votes import VoteStore
from tests.integration.test_store import DAY, NOW, TOMORROW, a_job
from tests.reserving import reserve, reserve_all


async def delivered(store: JobStore, number: int, prompt: str = "a fox", **target: Any) -> Job:
    job = a_job(number)
    job = replace(job, request=replace(job.request, prompt=prompt), target=replace(job.target, **target))
    await reserve(store, job, day=DAY, base=100, resets_at=TOMORROW)
    return await store.transition(job, at=NOW, entry=LedgerKind.SETTLE, status=JobStatus.DELIVERED)


def takes(*users: int) -> list[Job]:
    target = ReplyTarget(5000, 0, 1, 5, "ko")
    return [
        replace(a_job(n), take=n, target=replace(target, user_id=user), relation=Relation.REMIX, parent_id="p")
        for n, user in enumerate(users)
    ]


async def test_takes_are_reserved_together_or_not_at_all(store: JobStore) -> None:
    with pytest.raises(Refused) as refused:
        await reserve_all(store, takes(7, 7, 8), day=DAY, base=1, resets_at=TOMORROW)
    assert (refused.value.facts["user_id"], refused.value.facts["price"]) == (7, 2)
    assert await OpenJobs(store._database).ids() == set()
    jobs, left, new = await reserve_all(store, takes(7, 7, 8), day=DAY, base=2, resets_at=TOMORROW)
    assert (new, left[7].left, left[8].left) == (True, 0, 1)
    again, left, new = await reserve_all(store, takes(7, 7, 8), day=DAY, base=2, resets_at=TOMORROW)
    assert (new, again, left[7].left) == (False, jobs, 0)
    assert await store.get(jobs[2].job_id) == jobs[2]


async def test_a_vote_is_one_per_member_and_can_be_taken_back(store: JobStore, database: Database) -> None:
    votes, job = VoteStore(database), await delivered(store, 1)
    assert await votes.toggle(job.job_id, 7, NOW) == (True, 1)
    assert await votes.toggle(job.job_id, 8, NOW) == (True, 2)
    assert await votes.toggle(job.job_id, 7, NOW) == (False, 1)
    await asyncio.gather(*(votes.toggle(job.job_id, user, NOW) for user in range(10, 40)))
    assert await votes.counts([job.job_id, "none"]) == {job.job_id: 31, "none": 0}
    assert (await Browser(database).ranked([job.job_id]))[job.job_id].votes == 31
    with pytest.raises(StorageFailed, match="FOREIGN KEY"):
        await votes.toggle("nobody", 7, NOW)


async def test_boards_show_what_is_delivered_and_still_there(store: JobStore, database: Database) -> None:
    browser, votes = Browser(database), VoteStore(database)
    first, second, third = [await delivered(store, n, f"scene {n}") for n in (1, 2, 3)]
    await delivered(store, 4, channel_id=6)
    await reserve(store, a_job(5), day=DAY, base=100, resets_at=TOMORROW)
    await store.mark_deleted(third.job_id, NOW)
    await votes.toggle(first.job_id, 9, NOW)
    here = ClipScope(guild_id=1, channel_id=5)
    clips, total = await browser.counted_clips(here, ClipSort.VOTES, limit=10)
    assert ([(c.job.job_id, c.votes) for c in clips], total) == ([(first.job_id, 1), (second.job_id, 0)], 2)
    clips = await browser.clips(here, ClipSort.NEWEST, limit=1, offset=1)
    assert [c.job.job_id for c in clips] == [first.job_id]
    assert (await browser.counted_clips(ClipScope(guild_id=1, user_id=7), ClipSort.NEWEST, limit=10))[1] == 3
    assert (await browser.counted_clips(ClipScope(guild_id=2), ClipSort.NEWEST, limit=10))[1] == 0
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


async def test_a_first_clip_is_one_before_which_none_was_delivered(store: JobStore, database: Database) -> None:
    browser, first = Browser(database), await delivered(store, 1)
    assert not await browser.has_other_clip(first)
    assert not await browser.has_other_clip(a_job(2, user=8))
    assert not await browser.has_other_clip(a_job(2, guild=2))
    assert await browser.has_other_clip(a_job(2))
    await store.mark_deleted(first.job_id, NOW)
    assert await browser.has_other_clip(await delivered(store, 2))


async def test_while_somebody_types_the_latest_are_looked_through_and_no_more(
    store: JobStore, database: Database
) -> None:
    browser, here = Browser(database, looked_through=2), ClipScope(guild_id=1, channel_id=5)
    jobs = [await delivered(store, number, f"a fox, take {number}") for number in (1, 2, 3)]
    assert [job.job_id for job in await browser.mentioned(here, ("fox",), limit=9)] == ["job3", "job2"]
    assert [job.job_id for job in await browser.own(1, 7, ("take",), limit=9)] == ["job3", "job2"]
    assert await browser.own(1, 7, (jobs[2].job_id,), limit=9) == []
    assert (await browser.history(1, 7, HistoryFilters(words=("fox",)), limit=9))[1] == 3


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
