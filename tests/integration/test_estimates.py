"""What estimates say of past jobs that are in the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.jobs.polling.estimates import Estimate, Estimates
from bot.jobs.polling.plans import Kind, Past
from bot.models import Job, Picture
from bot.providers.apiframe import client as apiframe
from bot.storage.jobs import JobStore
from tests.reserving import reserve
from tests.unit.jobs.samples import NOW, a_job

PICTURE = Picture("x-first.png", "image/png", 1366, 768)


class Only:
    """A router whose every provider is Apiframe."""

    capabilities = apiframe.CAPABILITIES

    def __getitem__(self, name: str) -> Only:
        return self


async def ended(store: JobStore, number: int, seconds: float, *, framed: bool = False) -> Job:
    job = a_job(number)
    job = replace(job, request=replace(job.request, first_frame=PICTURE if framed else None))
    await reserve(store, job, day="2026-09-21", base=100, resets_at=NOW)
    await store.transition(job, at=NOW, submitted_at=NOW, rendered_at=NOW + number + seconds)
    return job


@pytest.fixture
def estimates(store: JobStore) -> Estimates:
    return Estimates(store, Only(), lambda: NOW)  # type: ignore[arg-type]


async def test_without_past_jobs_the_published_average_is_all_there_is(estimates: Estimates) -> None:
    assert await estimates.usual(a_job(1)) == Estimate(180.0, False)
    assert await estimates.past(Kind.of(a_job(1))) == Past(180.0, [])


async def test_the_usual_time_is_the_median_whatever_the_frames(store: JobStore, estimates: Estimates) -> None:
    for number, seconds in enumerate([90.0, 100.0, 300.0]):
        await ended(store, number, seconds, framed=number == 1)
    assert await estimates.usual(a_job(9)) == Estimate(101.0, True)


async def test_the_past_of_a_kind_is_in_order_and_has_the_same_frames(store: JobStore, estimates: Estimates) -> None:
    for number, seconds in enumerate([90.0, 100.0, 110.0, -500.0]):
        last = await ended(store, number, seconds, framed=number == 1)
    assert (await estimates.past(Kind.of(last))).seconds == [90.0, 112.0]
    framed = Kind.of(last)._replace(first_frame=True)
    assert (await estimates.past(framed)).seconds == [101.0]
