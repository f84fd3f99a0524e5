"""OpenJobs: whose turn it may be, what is due, and how much there is, of jobs with a next step alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.models import Job, JobStatus
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import Backlog, OpenJob, OpenJobs
from tests.integration.test_store import DAY, NOW, TOMORROW, a_job
from tests.reserving import reserve

LONGEST = 3600.0
MEMBERS = range(1, 10)


@pytest.fixture
def open_jobs(database: Database) -> OpenJobs:
    return OpenJobs(database)


async def put(store: JobStore, number: int, *, user: int = 7, provider: str = "apiframe", due_at: float = NOW) -> Job:
    job = replace(a_job(number, user=user), provider=provider, due_at=due_at)
    await reserve(store, job, day=DAY, base=1000, resets_at=TOMORROW)
    return job


async def ended(store: JobStore, number: int, status: JobStatus, *, user: int = 7, task_id: str | None = None) -> Job:
    job = await put(store, number, user=user)
    return await store.transition(job, at=NOW, status=status, ended_at=NOW, task_id=task_id)


async def heads(open_jobs: OpenJobs, *, each: int = 1, started: Sequence[str] = ()) -> list[str]:
    found = await open_jobs.heads(
        "apiframe", NOW, MEMBERS, since=NOW - 86_400, longest_wait=LONGEST, per_member=each, started=started
    )
    return [head.job_id for head in found]


async def test_each_line_has_one_head_however_long_it_is(store: JobStore, open_jobs: OpenJobs) -> None:
    for number in range(30):
        await put(store, number, user=3 if number else 9)
    await put(store, 40, user=5, provider="acedata")
    await ended(store, 41, JobStatus.FAILED, user=6)
    assert await heads(open_jobs) == ["job0", "job1"]
    assert await heads(open_jobs, each=3) == ["job0", "job1", "job2", "job3"]


async def test_a_line_without_anybody_has_no_head(open_jobs: OpenJobs) -> None:
    assert await heads(open_jobs) == []
    assert await open_jobs.next_due("apiframe", NOW) is None
    assert await open_jobs.waiting_before("apiframe", 7, NOW) == 0
    assert await open_jobs.ids() == set()
    assert [page async for page in open_jobs.steps_of_open()] == []
    assert await open_jobs.backlog() == {}
    assert await open_jobs.oldest_at() is None


async def test_who_waits_for_another_try_lets_the_next_one_of_the_line_go_first(
    store: JobStore, open_jobs: OpenJobs
) -> None:
    await put(store, 1, due_at=NOW + 60)
    await put(store, 2)
    await put(store, 3, user=8, due_at=NOW + 60)
    assert await heads(open_jobs) == ["job2"]


async def test_a_due_time_that_no_wait_explains_is_of_another_clock(store: JobStore, open_jobs: OpenJobs) -> None:
    await put(store, 1, due_at=NOW + LONGEST + 1)
    await put(store, 2)
    assert await heads(open_jobs) == ["job1"]


async def test_what_is_being_started_or_was_cancelled_is_no_head(store: JobStore, open_jobs: OpenJobs) -> None:
    first = await put(store, 1)
    await put(store, 2)
    await put(store, 3)
    await store.transition(first, at=NOW, cancelled_at=NOW)
    assert await heads(open_jobs, started=["job2"]) == ["job3"]


async def test_a_head_says_when_its_member_was_served_last(store: JobStore, open_jobs: OpenJobs) -> None:
    for number, at in ((1, NOW - 500), (2, NOW - 200), (3, NOW - 90_000)):
        job = await put(store, number, user=8 if number == 3 else 7)
        await store.transition(job, at=NOW, status=JobStatus.DELIVERED, submitting_at=at)
    await put(store, 4)
    await put(store, 5, user=8)
    found = await open_jobs.heads("apiframe", NOW, MEMBERS, since=NOW - 86_400, longest_wait=LONGEST)
    assert [(head.job_id, head.user_id, head.served_at) for head in found] == [
        ("job4", 7, NOW - 200),
        ("job5", 8, None),
    ]
    assert (found[0].created_at, found[0].due_at) == (NOW + 4, NOW)


async def test_the_next_to_be_due_is_one_that_waits_there_and_is_not_due_yet(
    store: JobStore, open_jobs: OpenJobs
) -> None:
    for number, due_at in enumerate((NOW, NOW + 30, NOW + 10)):
        await put(store, number, due_at=due_at)
    await put(store, 5, provider="acedata", due_at=NOW + 1)
    gone = await put(store, 6, due_at=NOW + 2)
    await store.transition(gone, at=NOW, cancelled_at=NOW)
    begun = await put(store, 7, due_at=NOW + 3)
    await store.transition(begun, at=NOW, status=JobStatus.SUBMITTING)
    assert await open_jobs.next_due("apiframe", NOW) == NOW + 10
    assert await open_jobs.next_due("apiframe", NOW + 30) is None


async def test_who_waits_before_is_counted_in_one_line_alone(store: JobStore, open_jobs: OpenJobs) -> None:
    for number in range(4):
        await put(store, number)
    await put(store, 5, user=8)
    await put(store, 6, provider="acedata")
    begun = await put(store, 7)
    await store.transition(begun, at=NOW, status=JobStatus.SUBMITTING)
    assert await open_jobs.waiting_before("apiframe", 7, NOW + 2) == 2
    assert await open_jobs.waiting_before("apiframe", 7, NOW + 100) == 4


async def test_all_with_a_next_step_are_gone_through_page_by_page(store: JobStore, open_jobs: OpenJobs) -> None:
    for number in range(5):
        await put(store, number)
    twins = [replace(a_job(n), created_at=NOW + 3) for n in (20, 21)]
    for twin in twins:
        await reserve(store, twin, day=DAY, base=1000, resets_at=TOMORROW)
    for number, status in enumerate((JobStatus.DELIVERED, JobStatus.FAILED, JobStatus.UNKNOWN), 10):
        await ended(store, number, status)
    await ended(store, 15, JobStatus.UNKNOWN, task_id="t")
    pages = [[job.job_id for job in page] async for page in open_jobs.steps_of_open(3)]
    assert pages == [["job0", "job1", "job2"], ["job20", "job21", "job3"], ["job4", "job15"]]
    exactly = [len(page) async for page in open_jobs.steps_of_open(4)]
    assert exactly == [4, 4]


async def test_an_open_job_is_what_its_row_says(store: JobStore, open_jobs: OpenJobs) -> None:
    job = await put(store, 1)
    moved = await store.transition(
        job, at=NOW, status=JobStatus.RENDERING, task_id="t", submitting_at=NOW, submitted_at=NOW + 1, attempts=2
    )
    ((found,),) = [page async for page in open_jobs.steps_of_open()]
    assert found == OpenJob(
        job_id="job1",
        version=moved.version,
        status=JobStatus.RENDERING,
        provider="apiframe",
        auto_provider=True,
        user_id=7,
        resolution="768p",
        duration_seconds=None,
        created_at=NOW + 1,
        due_at=NOW,
        turn_at=None,
        submitting_at=NOW,
        submitted_at=NOW + 1,
        cancelled_at=None,
        task_id="t",
        attempts=2,
        assembly_id=None,
        status_message_id=None,
    )
    assert isinstance(found.status, JobStatus)


async def test_a_backlog_is_counted_by_provider(store: JobStore, open_jobs: OpenJobs) -> None:
    for number in range(3):
        await put(store, number)
    await put(store, 5, provider="acedata")
    gone = await put(store, 6)
    await store.transition(gone, at=NOW, cancelled_at=NOW)
    assert await open_jobs.backlog() == {"apiframe": Backlog(3, NOW), "acedata": Backlog(1, NOW + 5)}


async def test_the_oldest_is_one_that_somebody_waits_for(store: JobStore, open_jobs: OpenJobs) -> None:
    await ended(store, 1, JobStatus.UNKNOWN, task_id="t")
    started = await put(store, 2)
    await store.transition(started, at=NOW, status=JobStatus.RENDERING, cancelled_at=NOW)
    rendering = await put(store, 3)
    await store.transition(rendering, at=NOW, status=JobStatus.RENDERING)
    await put(store, 4)
    assert await open_jobs.oldest_at() == NOW + 3


async def test_heads_are_the_same_while_jobs_come_and_go(store: JobStore, open_jobs: OpenJobs) -> None:
    """Reading while others write gives one moment's lines, never two heads of one member."""

    async def come_and_go(user: int) -> None:
        for number in range(5):
            job = await put(store, user * 100 + number, user=user)
            await store.transition(job, at=NOW, status=JobStatus.CANCELLED)

    async def look() -> None:
        for _ in range(20):
            found = await open_jobs.heads("apiframe", NOW, MEMBERS, since=0.0, longest_wait=LONGEST)
            assert len({head.user_id for head in found}) == len(found)

    await asyncio.gather(look(), *(come_and_go(user) for user in range(1, 6)))
