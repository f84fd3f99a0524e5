"""JobStore and ledger on a real SQLite file."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.errors import Refused, StaleJob
from bot.models import FailureCode, Job, JobStatus, LedgerKind, Picture, ReplyTarget, Resolution, VideoRequest
from bot.storage.jobs import JobStore
from tests.reserving import allowance, grant, reserve, set_daily

NOW = 1_790_000_000.0
DAY = "2026-09-21"
TOMORROW = NOW + 3600


def a_job(number: int, *, user: int = 7, price: int = 1, guild: int = 1) -> Job:
    return Job(
        job_id=f"job{number}",
        version=1,
        status=JobStatus.QUEUED,
        request=VideoRequest("a fox", Resolution.P768, first_frame=Picture("a.png", "image/png", 400, 300)),
        target=ReplyTarget(interaction_id=1000 + number, user_id=user, guild_id=guild, channel_id=5),
        provider="apiframe",
        auto_provider=True,
        price=price,
        created_at=NOW + number,
        due_at=NOW,
    )


async def taken(store: JobStore, job: Job, base: int = 10) -> bool:
    _, _, new = await reserve(store, job, day=DAY, base=base, resets_at=TOMORROW)
    return new


async def left(store: JobStore, user: int = 7, guild: int = 1) -> tuple[int, int, int]:
    found = await allowance(store, guild, user, day=DAY, base=10, resets_at=TOMORROW)
    return found.used, found.held, found.left


async def test_a_job_comes_back_as_it_went_in(store: JobStore) -> None:
    job = a_job(1)
    assert await taken(store, job)
    assert await store.get("job1") == job


async def test_a_hundred_commands_at_once_cannot_overdraw_ten_credits(store: JobStore) -> None:
    outcomes = await asyncio.gather(*(taken(store, a_job(n)) for n in range(100)), return_exceptions=True)

    assert outcomes.count(True) == 10
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 90
    assert await left(store) == (0, 10, 0)


async def test_a_repeated_interaction_is_the_same_job(store: JobStore) -> None:
    await taken(store, a_job(1))
    again = replace(a_job(1), job_id="other")
    job, allowance, new = await reserve(store, again, day=DAY, base=10, resets_at=TOMORROW)
    assert (job.job_id, new, allowance.held) == ("job1", False, 1)


async def test_a_refusal_says_how_much_is_left_and_writes_nothing(store: JobStore) -> None:
    await taken(store, a_job(1, price=2), base=3)
    with pytest.raises(Refused) as refusal:
        await taken(store, a_job(2, price=2), base=3)
    assert refusal.value.facts == {"price": 2, "left": 1, "limit": 3, "resets_at": TOMORROW}
    assert await store.get("job2") is None


async def test_settle_and_release_move_credits_once(store: JobStore) -> None:
    first, second = a_job(1), a_job(2)
    await taken(store, first)
    await taken(store, second)
    done = await store.transition(first, at=NOW, status=JobStatus.DELIVERED, entry=LedgerKind.SETTLE, ended_at=NOW)
    await store.transition(
        second, at=NOW, status=JobStatus.FAILED, failure=FailureCode.MODERATION, entry=LedgerKind.RELEASE
    )
    assert await left(store) == (1, 0, 9)
    await store.transition(done, at=NOW, entry=LedgerKind.RELEASE)
    assert await left(store) == (1, 0, 9)


async def test_a_stale_worker_cannot_overwrite_its_successor(store: JobStore) -> None:
    job = a_job(1)
    await taken(store, job)
    await store.transition(job, at=NOW, status=JobStatus.CANCELLED, entry=LedgerKind.RELEASE)
    with pytest.raises(StaleJob):
        await store.transition(job, at=NOW, status=JobStatus.SUBMITTING)
    stored = await store.get("job1")
    assert stored is not None
    assert stored.status is JobStatus.CANCELLED


async def test_allowances_of_one_server_do_not_reach_another(store: JobStore) -> None:
    await set_daily(store, 1, None, 3, by=99, at=NOW)
    await set_daily(store, 1, 7, 5, by=99, at=NOW)
    await grant(store, ReplyTarget(1, 99, 1, 5), 7, DAY, 4, at=NOW)
    assert await left(store, user=7, guild=1) == (0, 0, 9)
    assert await left(store, user=8, guild=1) == (0, 0, 3)
    assert await left(store, user=7, guild=2) == (0, 0, 10)


async def test_a_repeated_grant_counts_once(store: JobStore) -> None:
    target = ReplyTarget(1, 99, 1, 5)
    assert await grant(store, target, 7, DAY, 4, at=NOW)
    assert not await grant(store, target, 7, DAY, 4, at=NOW)
    assert await left(store) == (0, 0, 14)


def at_second(second: float, *, admin: int = 99) -> ReplyTarget:
    """A command that an admin typed so many seconds after the first one: the id tells when."""
    return ReplyTarget((1_000_000 + round(second * 1000)) << 22, admin, 1, 5)


async def test_the_same_grant_typed_again_shortly_after_adds_nothing(store: JobStore) -> None:
    given = [
        await grant(store, at_second(second), 7, DAY, 4, at=NOW, apart=180) for second in (0, 100, 200, 300, 300, 481)
    ]
    # Each repetition is where the next one counts from: an outage may last for longer than three minutes.
    assert given == [True, False, False, False, False, True]
    assert await left(store) == (0, 0, 18)


async def test_a_late_event_of_a_grant_that_was_typed_again_adds_nothing(store: JobStore) -> None:
    given = [await grant(store, at_second(second), 7, DAY, 4, at=NOW, apart=180) for second in (0, 100, 0)]
    assert given == [True, False, False]


async def test_another_grant_is_not_taken_for_one_that_was_typed_again(store: JobStore) -> None:
    assert await grant(store, at_second(0), 7, DAY, 4, at=NOW, apart=180)
    assert await grant(store, at_second(1), 7, DAY, 5, at=NOW, apart=180)
    assert await grant(store, at_second(2), 8, DAY, 4, at=NOW, apart=180)
    assert await grant(store, at_second(3, admin=98), 7, DAY, 4, at=NOW, apart=180)
    assert await grant(store, at_second(4), 7, DAY, 4, at=NOW)
    assert await left(store) == (0, 0, 27)


async def test_render_times_come_from_the_newest_jobs_with_the_same_options(store: JobStore) -> None:
    for number, seconds in enumerate([90.0, 100.0, 110.0]):
        job = a_job(number)
        if number == 2:
            job = replace(job, request=replace(job.request, first_frame=None))
        await taken(store, job)
        await store.transition(job, at=NOW, submitted_at=NOW, rendered_at=NOW + seconds)
    await taken(store, a_job(4))
    found = [(110.0, False, False), (100.0, True, False), (90.0, True, False)]
    assert await store.render_seconds("apiframe", Resolution.P768, None) == found
    assert await store.render_seconds("apiframe", Resolution.P768, None, latest=2) == found[:2]
    assert await store.render_seconds("apiframe", Resolution.P768, 10) == []
    assert await store.render_seconds("apiframe", None, None) == []
    assert await store.render_seconds("acedata", Resolution.P768, None) == []
