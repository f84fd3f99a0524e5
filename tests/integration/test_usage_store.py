"""Sums of usage and what the ledger has of one job, as the rows have them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert

from bot.models import JobStatus, LedgerKind
from bot.moderation.usage import Cost, Dimension, UsageDesk, plan_days
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.money.usage import Entry, UsageStore
from bot.storage.owner_tables import usage
from tests.integration.test_store import DAY, NOW, TOMORROW, a_job
from tests.reserving import reserve

NEXT = "2026-09-22"


def a_row(day: str, user: int, guild: int = 1, provider: str = "apiframe", **more: float) -> dict[str, object]:
    found: dict[str, object] = {"guild_id": guild, "day": day, "user_id": user, "channel_id": 5, "provider": provider}
    counted = {"asked": 1, "delivered": 1, "failed": 0, "credits": 1, "cost": 0.0, "costed": 0}
    return found | {"model": "768p/6"} | counted | more


async def written(database: Database, *rows: dict[str, object]) -> UsageStore:
    await database.write(lambda c: c.execute(insert(usage), list(rows)))
    return UsageStore(database)


async def test_every_row_is_read_once_the_latest_first_however_many_there_are(database: Database) -> None:
    many = [a_row(day, user) for day in (DAY, NEXT) for user in range(4000)]
    store = await written(database, *many, a_row(NEXT, 1, guild=2), a_row("2026-09-20", 1))
    rows = await store.rows(1, DAY, 100_000)
    assert [(row.day, row.user_id) for row in rows] == [(d, u) for d in (NEXT, DAY) for u in range(3999, -1, -1)]
    assert await store.rows(1, DAY, 5001) == rows[:5001]
    assert await store.rows(3, DAY, 5001) == []


async def test_many_days_are_summed_up_in_parts_and_none_twice(database: Database) -> None:
    days = plan_days(NEXT, 365)
    rows = [a_row(day, user, credits=user) for day in [plan_days(NEXT, 366)[0], *days] for user in (1, 2)]
    store = await written(database, *rows)
    assert [(u.key, u.asked, u.credits) for u in await store.summary(1, days, Dimension.MEMBER)] == [
        (1, 365, 365),
        (2, 365, 730),
    ]
    assert [(u.key, u.credits) for u in await store.summary(1, days, Dimension.DAY)] == [(day, 3) for day in days]


async def test_a_report_is_of_one_server_and_of_the_days_asked_for(database: Database) -> None:
    store = await written(
        database,
        a_row(DAY, 7, credits=3, cost=8.5, costed=1),
        a_row(DAY, 7, provider="acedata", delivered=0, failed=1, credits=0),
        a_row(NEXT, 0, credits=9),
        a_row(NEXT, 7, guild=2, credits=50),
        a_row("2026-09-01", 7, credits=70),
    )
    desk = UsageDesk(store, (lambda: NOW, lambda: NOW + 24 * 3600))
    report = await desk.report(1, 2, Dimension.MEMBER)
    assert report.days == [DAY, NEXT]
    assert [span.credits for span in report.spans] == [3, 9]
    assert [(line.key, line.sums.credits, line.sums.success) for line in report.lines] == [(0, 9, 1.0), (7, 3, 0.5)]
    assert report.total.costs == {"apiframe": Cost(8.5, 1, 2)}
    assert (report.render_seconds, report.measured) == (None, 0)
    models = await desk.report(1, 2, Dimension.MODEL)
    assert [line.key for line in models.lines] == [("apiframe", "768p/6"), ("acedata", "768p/6")]
    assert (await desk.report(1, 1, Dimension.CHANNEL)).total.credits == 9
    assert [row.user_id for row in await desk.rows(1, DAY)] == [0, 7, 7]


async def test_the_median_is_of_clips_that_were_rendered_within_the_days(database: Database, store: JobStore) -> None:
    for number, (took, ago) in enumerate([(10.0, 0), (30.0, 0), (80.0, 0), (900.0, 3 * 24 * 3600)]):
        job = a_job(number)
        at = NOW - ago
        job = replace(job, target=replace(job.target, user_id=number), submitted_at=at - took, rendered_at=at)
        await reserve(store, job, day=DAY, base=10, resets_at=TOMORROW)
    desk = UsageDesk(UsageStore(database), (lambda: NOW, lambda: NOW))
    report = await desk.report(1, 2, Dimension.MEMBER)
    assert (report.render_seconds, report.measured) == (30.0, 3)


async def test_what_became_of_the_credits_of_a_job(database: Database, store: JobStore) -> None:
    job, _, _ = await reserve(store, a_job(1, price=2), day=DAY, base=10, resets_at=TOMORROW)
    await store.transition(job, at=NOW + 60, entry=LedgerKind.RELEASE, status=JobStatus.CANCELLED)
    desk = UsageDesk(UsageStore(database), (lambda: NOW, lambda: NOW))
    found = await desk.entries(job.job_id)
    assert found == [Entry(LedgerKind.HOLD, 2, job.created_at), Entry(LedgerKind.RELEASE, 2, NOW + 60)]
    assert await desk.entries("nobody's") == []


async def test_a_job_is_found_by_either_of_its_messages(store: JobStore) -> None:
    job, _, _ = await reserve(store, a_job(1), day=DAY, base=10, resets_at=TOMORROW)
    await store.set_status_message(job.job_id, 501)
    moved = await store.transition(job, at=NOW, status=JobStatus.QUEUED, result_message_id=502)
    for message_id in (501, 502):
        found = await store.of_message(message_id)
        assert found is not None
        assert found.job_id == moved.job_id
    assert await store.of_message(503) is None
