"""How a job ended is shown once, and shown: to a channel that takes nothing, and after a restart."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.errors import DeliveryError, DestinationGone, MessageGone, UploadTooLarge
from bot.models import FailureCode, JobStatus
from bot.outlet import StatusView
from bot.storage.jobs import JobStore, Shown
from tests.unit.jobs.board import EDIT_SECONDS, Board
from tests.unit.jobs.channel import Channel, kept, moved, reached
from tests.unit.jobs.samples import NOW, Clock

FIRST, DONE = StatusView(place=1), StatusView()


@pytest.mark.parametrize("trouble", [DestinationGone("deleted"), UploadTooLarge("40005")])
async def test_a_channel_that_does_not_take_it_is_asked_once_per_text(
    board: Board, store: JobStore, channel: Channel, clock: Clock, trouble: DeliveryError
) -> None:
    job = await kept(store)
    channel.trouble = trouble
    board.want(job, FIRST)
    for _ in range(5):
        assert await board.show(job) is None
        clock.pass_(60)
    assert len(channel.times) == 1


@pytest.mark.parametrize("trouble", [DestinationGone("closed", code=50013), MessageGone("edited enough", code=30046)])
async def test_what_is_refused_for_good_is_not_asked_for_with_every_percentage(
    board: Board,
    store: JobStore,
    channel: Channel,
    clock: Clock,
    trouble: DeliveryError,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot.jobs.status.editor")
    job = await kept(store)
    await board.open(job, FIRST)
    job = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING)
    channel.trouble = trouble
    for percentage in range(10, 100, 3):
        board.want(job, StatusView(progress=percentage))
        clock.pass_(60)
        await board.show(job)
        await board.editor.close()
    assert len(channel.times) == 2
    board.want(await moved(store, job, failure=FailureCode.MODERATION), DONE)
    await board.show(job)
    await board.editor.close()
    assert len(channel.times) == 3
    assert await store.unshown(NOW - 60) == []
    assert len(caplog.messages) == 1


async def test_a_place_that_is_opened_again_is_shown_what_there_is(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    clock.pass_(60)
    channel.trouble = DestinationGone("closed", code=50013)
    job = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING)
    board.want(job, DONE)
    await board.show(job)
    channel.trouble = None
    clock.pass_(60)
    board.want(await moved(store, job, JobStatus.DELIVERING), DONE)
    await board.show(job)
    assert channel.shown[-1] == (JobStatus.DELIVERING, DONE)


async def test_the_end_of_a_job_in_a_deleted_channel_counts_as_shown(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await moved(store, await kept(store), JobStatus.CANCELLED)
    channel.trouble = DestinationGone("deleted")
    for _ in range(3):
        await board.show(job)
        await board.editor.close()
        clock.pass_(60)
    assert len(channel.times) == 1
    assert await store.unshown(NOW - 60) == []


@pytest.mark.parametrize("failure", [None, FailureCode.MODERATION])
async def test_an_end_is_marked_as_shown_once_it_is(
    board: Board, store: JobStore, channel: Channel, clock: Clock, failure: FailureCode | None
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    steps = () if failure else (JobStatus.CANCELLED,)
    ended = await moved(store, job, *steps, failure=failure)
    board.want(ended, DONE)
    assert await board.show(job) == NOW + EDIT_SECONDS
    await board.editor.close()
    assert [one.job_id for one in await store.unshown(NOW - 60)] == [job.job_id]
    clock.pass_(EDIT_SECONDS)
    await board.show(job)
    await board.editor.close()
    assert channel.shown[-1] == (ended.status, DONE)
    assert await store.unshown(NOW - 60) == []


async def test_an_end_that_was_not_shown_is_shown_after_a_restart(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    board.want(await moved(store, job, JobStatus.CANCELLED), DONE)
    clock.pass_(EDIT_SECONDS)
    channel.takes.clear()
    showing = asyncio.create_task(board.show(job))
    await reached(channel, asked=2)
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await board.editor.close()
    channel.takes.set()

    restarted = board.restarted()
    clock.pass_(EDIT_SECONDS)
    for unshown in await store.unshown(NOW - 60):
        await restarted.show(unshown)
    await restarted.editor.close()
    assert channel.shown == [(JobStatus.QUEUED, FIRST), (JobStatus.CANCELLED, DONE)]
    assert len(channel.opened) == 1
    assert await store.unshown(NOW - 60) == []


async def test_a_clip_that_turns_up_late_is_shown_after_its_job_was_given_up(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    late = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.UNKNOWN)
    for steps in ((), (JobStatus.DELIVERING, JobStatus.DELIVERED)):
        late = await moved(store, late, *steps)
        clock.pass_(EDIT_SECONDS)
        board.want(late, DONE)
        await board.show(late)
    await board.editor.close()
    assert [status for status, _ in channel.shown] == [JobStatus.QUEUED, JobStatus.UNKNOWN, JobStatus.DELIVERED]
    assert await store.unshown(NOW - 60) == []


# -- restarts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "now"),
    [
        (StatusView(place=10, expected_at=5000), StatusView(place=10, expected_at=5000)),
        (StatusView(place=10, expected_at=5000), StatusView(place=6, expected_at=5020)),
        (StatusView(progress=50), StatusView(progress=74)),
    ],
    ids=["the same", "right enough", "the same half"],
)
async def test_what_is_shown_is_remembered_and_not_edited_again_after_a_restart(
    board: Board, store: JobStore, channel: Channel, clock: Clock, shown: StatusView, now: StatusView
) -> None:
    job = await kept(store)
    await board.open(job, shown)
    await board.editor.close()
    assert len(channel.times) == 1
    restarted = board.restarted()
    clock.pass_(60)
    restarted.want(job, now)
    assert await restarted.show(job) is None
    assert len(channel.times) == 1


async def test_what_has_changed_since_is_edited_after_a_restart(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, StatusView(place=10))
    await board.editor.close()
    restarted = board.restarted()
    clock.pass_(60)
    restarted.want(job, StatusView(place=5))
    await restarted.show(job)
    assert channel.shown[-1] == (JobStatus.QUEUED, StatusView(place=5))


async def test_what_another_version_has_remembered_is_no_hindrance(
    board: Board, store: JobStore, channel: Channel
) -> None:
    job = await kept(store)
    await store.set_status_message(job.job_id, 501)
    await store.mark_shown({job.job_id: Shown(None, '["queued", {"moon": 3}]', deleted=False)})
    board.want(job, FIRST)
    await board.show(job)
    assert channel.shown == [(JobStatus.QUEUED, FIRST)]


async def test_a_text_that_comes_back_before_it_was_remembered_is_remembered(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    await board.editor.close()
    for view in (StatusView(place=2), FIRST):
        clock.pass_(60)
        board.want(job, view)
        await board.show(job)
    await board.editor.close()
    restarted = board.restarted()
    clock.pass_(60)
    restarted.want(job, FIRST)
    await restarted.show(job)
    assert len(channel.times) == 3
