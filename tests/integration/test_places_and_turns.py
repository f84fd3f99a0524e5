"""What is not begun: jobs whose place is closed, whose pictures are gone, or that no provider takes for long."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import (
    AccountProblem,
    DeliveryPostponed,
    DestinationGone,
    MessageGone,
    Refused,
    UploadTooLarge,
)
from bot.jobs.intake import Draft, Order
from bot.models import FailureCode, Job, JobStatus, ReplyTarget
from bot.outlet import StatusView
from bot.storage.database import Database
from tests.integration.money_world import CHANNEL, DAY_SECONDS, GUILD, TIMEOUT_SECONDS, Fate, World
from tests.integration.test_money_properties import START
from tests.resting import rest, running

ADA = 7


@pytest.fixture
async def world(tmp_path: Path, database: Database) -> World:
    return World(tmp_path / "data", database, tmp_path / "no-clip", START)


def picture() -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (640, 400), "teal").save(stored, "PNG")
    return stored.getvalue()


async def asked(world: World, provider: str = "apiframe", *, pictured: bool = False, status: bool = True) -> Job:
    """A job in line; it has its status message unless there is to be none."""
    target = ReplyTarget(4711, ADA, GUILD, CHANNEL)
    draft = Draft("a fox", provider=provider, has_first_frame=pictured)
    job = (await world.jobs.submit([Order(target, draft)], first=picture() if pictured else None)).job
    return await world.jobs.open_status(job, StatusView()) if status else job


async def left(world: World) -> int:
    return (await world.jobs.allowance(GUILD, ADA)).left


async def ended(world: World, job: Job, status: JobStatus, failure: FailureCode) -> None:
    found = await world.job(job.job_id)
    assert (found.status, found.failure) == (status, failure)
    assert await left(world) == 10


def submissions(world: World) -> int:
    return sum(len(till.tasks) for till in world.tills.values())


# -- places ------------------------------------------------------------------------------------------------------------


async def test_a_place_that_is_closed_is_refused_when_it_is_asked_in(world: World) -> None:
    job = await asked(world, status=False)
    world.channel.closed = True
    with pytest.raises(Refused, match="place_closed"):
        await world.jobs.open_status(job, StatusView())
    await ended(world, job, JobStatus.FAILED, FailureCode.PLACE_CLOSED)


async def test_a_place_that_was_closed_before_the_submission_ends_the_job_unsent(world: World) -> None:
    job = await asked(world, status=False)
    world.channel.closed = True
    await world.step(job.job_id)
    await ended(world, job, JobStatus.FAILED, FailureCode.PLACE_CLOSED)
    assert submissions(world) == 0
    assert world.channel.told == [FailureCode.PLACE_CLOSED]


@pytest.mark.parametrize(
    "trouble", [DeliveryPostponed(), MessageGone(), UploadTooLarge()], ids=lambda e: type(e).__name__
)
async def test_a_status_that_cannot_be_posted_just_now_keeps_no_clip_back(
    world: World, trouble: DeliveryPostponed
) -> None:
    job = await asked(world, status=False)
    world.channel.trouble = trouble
    await world.step(job.job_id)
    assert (await world.job(job.job_id)).status is JobStatus.RENDERING


@pytest.mark.parametrize(
    ("gone", "failure"),
    [(MessageGone(), FailureCode.IMAGES_LOST), (DestinationGone(), FailureCode.PLACE_CLOSED)],
    ids=["the message", "the channel"],
)
async def test_a_picture_that_went_with_its_status_message_ends_the_job(
    world: World, gone: DestinationGone, failure: FailureCode
) -> None:
    job = await asked(world, "acedata", pictured=True)
    world.channel.trouble = gone
    await world.step(job.job_id)
    await ended(world, job, JobStatus.FAILED, failure)
    assert submissions(world) == 0


# -- turns -------------------------------------------------------------------------------------------------------------


async def test_pictures_that_discord_never_hands_over_are_not_waited_for_for_ever(world: World) -> None:
    job = await asked(world, "acedata", pictured=True)
    world.channel.trouble = DeliveryPostponed()
    for _ in range(3):
        await world.step(job.job_id)
        assert (await world.job(job.job_id)).status is JobStatus.QUEUED
    world.pass_(TIMEOUT_SECONDS + 1)
    await world.step(job.job_id)
    await ended(world, job, JobStatus.FAILED, FailureCode.IMAGES_LOST)


async def test_a_provider_that_is_busy_for_ever_is_given_up_a_timeout_after_the_first_turn(world: World) -> None:
    world.tills["apiframe"].fates = [Fate.BUSY] * 5
    world.pass_(5 * TIMEOUT_SECONDS)
    job = await asked(world)
    world.pass_(5 * TIMEOUT_SECONDS)
    await world.step(job.job_id)
    assert (await world.job(job.job_id)).status is JobStatus.QUEUED, "time in the line before its turn does not count"
    world.pass_(TIMEOUT_SECONDS + 1)
    await world.step(job.job_id)
    await ended(world, job, JobStatus.FAILED, FailureCode.PROVIDER_UNAVAILABLE)


async def test_answers_that_are_lost_for_ever_end_as_an_unknown_outcome(world: World) -> None:
    world.tills["apiframe"].fates = [Fate.LOST_BEFORE] * 5
    job = await asked(world)
    await world.step(job.job_id)
    assert (await world.job(job.job_id)).status is JobStatus.SUBMITTING
    world.pass_(TIMEOUT_SECONDS + 1)
    await world.step(job.job_id)
    await ended(world, job, JobStatus.UNKNOWN, FailureCode.OUTCOME_UNKNOWN)


async def until(world: World, job: Job, condition: JobStatus | None = None) -> Job:
    """Wait until the job has this status, or with None until its turn has been noted."""
    async with asyncio.timeout(10):
        while True:
            found = await world.job(job.job_id)
            if (found.turn_at is not None) if condition is None else found.status is condition:
                return found
            world.engine.wake()
            await asyncio.sleep(0.02)


async def test_a_job_whose_provider_is_left_alone_ends_a_timeout_after_its_turn(world: World) -> None:
    job = await asked(world)
    world.router.report_failure("apiframe", AccountProblem(FailureCode.PROVIDER_ACCOUNT))
    async with running(world.engine):
        job = await until(world, job)
        assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)
        for _ in range(3):  # it is tried again in between, and is no better
            world.pass_(TIMEOUT_SECONDS / 3 + 1)
            world.router.report_failure("apiframe", AccountProblem(FailureCode.PROVIDER_ACCOUNT))
        await until(world, job, JobStatus.FAILED)
        await ended(world, job, JobStatus.FAILED, FailureCode.PROVIDER_UNAVAILABLE)
    assert submissions(world) == 0


async def test_unknown_outcomes_of_a_provider_that_was_switched_off_end_after_a_day(world: World) -> None:
    async with running(world.engine):
        job = await until(world, await asked(world), JobStatus.RENDERING)
        world.parts.scheduler.resume(await world.store.transition(job, at=world.now, provider="vidu"))
        await until(world, job, JobStatus.UNKNOWN)
        await rest(world.engine, lambda: world.now)
        assert (await world.job(job.job_id)).status is JobStatus.UNKNOWN, "it may be switched on again"
        world.pass_(DAY_SECONDS + 1)
        await until(world, job, JobStatus.FAILED)
    await ended(world, job, JobStatus.FAILED, FailureCode.PROVIDER_UNAVAILABLE)
