"""StatusEditor with real rows, and a channel that writes down what it is told."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from bot.jobs.status_editor import EDIT_SECONDS, StatusEditor

from bot.errors import DeliveryError, DeliveryPostponed, DestinationGone, MessageGone, UploadTooLarge
from bot.models import FailureCode, JobStatus, Picture
from bot.outlet import Outlet, StatusView
from bot.storage.jobs import JobStore
from tests.unit.jobs.channel import Channel, flushed, kept, moved, new_board, reached
from tests.unit.jobs.samples import NOW, Clock, a_job

FIRST, SECOND, THIRD = StatusView(place=1), StatusView(place=2), StatusView(place=3)
DONE = StatusView()


async def test_a_status_message_is_opened_with_the_pictures_and_remembered(
    board: StatusEditor, store: JobStore, channel: Channel
) -> None:
    picture = Picture("x-first.png", "image/png", 400, 300)
    request = replace(a_job().request, first_frame=picture, last_frame=replace(picture, name="x-last.png"))
    job = await kept(store, replace(a_job(), request=request))
    opened = await board.open(job, FIRST)
    assert opened == await store.get(job.job_id) == replace(job, status_message_id=501)
    assert channel.opened == [[Path("kept/x-first.png"), Path("kept/x-last.png")]]


async def test_two_who_open_at_the_same_time_get_one_message(
    board: StatusEditor, store: JobStore, channel: Channel
) -> None:
    job = await kept(store)
    opened = await asyncio.gather(*(board.open(job, FIRST) for _ in range(5)))
    assert {one.status_message_id for one in opened} == {501}
    assert len(channel.opened) == 1


async def test_a_flush_while_the_message_is_being_opened_does_not_open_another(
    board: StatusEditor, store: JobStore, channel: Channel
) -> None:
    job = await kept(store)
    channel.takes.clear()
    opening = asyncio.create_task(board.open(job, FIRST))
    await reached(channel, asked=1)
    board.want(job, FIRST)
    board.flush()
    await asyncio.sleep(0.01)  # time enough to go wrong
    channel.takes.set()
    await opening
    await flushed(board)
    assert channel.shown == [(JobStatus.QUEUED, FIRST)]


async def test_a_message_that_nobody_opened_is_opened_by_a_flush(
    board: StatusEditor, store: JobStore, channel: Channel
) -> None:
    board.want(await kept(store), FIRST)
    await flushed(board)
    assert len(channel.opened) == 1


async def test_an_opening_that_fails_can_be_repeated(board: StatusEditor, store: JobStore, channel: Channel) -> None:
    job = await kept(store)
    channel.trouble = DeliveryPostponed("unwell")
    with pytest.raises(DeliveryPostponed):
        await board.open(job, FIRST)
    channel.trouble = None
    assert (await board.open(job, FIRST)).status_message_id == 501


async def test_a_message_is_edited_when_its_text_changes_and_only_then(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    for view in (FIRST, SECOND, SECOND, SECOND, FIRST):
        clock.pass_(60)
        board.want(job, view)
        await flushed(board)
    assert [view for _, view in channel.shown] == [FIRST, SECOND, FIRST]


async def test_edits_of_one_message_are_at_least_five_seconds_apart(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    for second in range(40):
        board.want(job, StatusView(place=2 + second))
        soonest = await flushed(board)
        assert soonest is None or clock.now < soonest <= clock.now + EDIT_SECONDS
        clock.pass_(1)
    assert [at - NOW for at in channel.times] == list(range(0, 40, 5))


async def test_of_several_changes_the_last_one_is_shown(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    board.want(job, SECOND)
    assert await flushed(board) == NOW + EDIT_SECONDS
    board.want(job, THIRD)
    clock.pass_(EDIT_SECONDS)
    assert await flushed(board) is None
    assert [view for _, view in channel.shown] == [FIRST, THIRD]


async def test_what_changes_during_an_edit_is_shown_by_the_next(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    clock.pass_(EDIT_SECONDS)
    board.want(job, SECOND)
    channel.takes.clear()
    board.flush()
    await reached(channel, asked=2)
    board.want(job, THIRD)
    clock.pass_(EDIT_SECONDS)
    board.flush()
    channel.takes.set()
    await flushed(board)
    assert [view for _, view in channel.shown] == [FIRST, SECOND]
    await flushed(board)
    assert [view for _, view in channel.shown] == [FIRST, SECOND, THIRD]


async def test_a_late_reader_does_not_bring_back_an_older_version(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    clock.pass_(EDIT_SECONDS)
    board.want(await moved(store, job, JobStatus.SUBMITTING), DONE)
    board.want(job, SECOND)
    await flushed(board)
    assert channel.shown[-1] == (JobStatus.SUBMITTING, DONE)


@pytest.mark.parametrize(("retry_after", "pause"), [(None, 15.0), (40.0, 40.0)])
async def test_a_postponed_edit_is_tried_again(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock, retry_after: float | None, pause: float
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    clock.pass_(EDIT_SECONDS)
    board.want(job, SECOND)
    channel.trouble = DeliveryPostponed("unwell", retry_after=retry_after)
    await flushed(board)
    channel.trouble = None
    assert await flushed(board) == clock.now + pause
    clock.pass_(pause)
    await flushed(board)
    assert channel.shown[-1] == (JobStatus.QUEUED, SECOND)
    assert len(channel.times) == 3


async def test_without_a_connection_everything_waits(store: JobStore, channel: Channel, clock: Clock) -> None:
    outlet = Outlet()
    board = StatusEditor(store, outlet, lambda picture: Path(picture.name), clock)
    board.want(await kept(store), FIRST)
    assert await flushed(board) is None
    outlet.attach(channel)
    await flushed(board)
    assert channel.shown == [(JobStatus.QUEUED, FIRST)]


@pytest.mark.parametrize("trouble", [DestinationGone("deleted"), UploadTooLarge("40005")])
async def test_a_channel_that_does_not_take_it_is_asked_once_per_text(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock, trouble: DeliveryError
) -> None:
    job = await kept(store)
    channel.trouble = trouble
    board.want(job, FIRST)
    for _ in range(5):
        assert await flushed(board) is None
        clock.pass_(60)
    assert len(channel.times) == 1


@pytest.mark.parametrize("trouble", [DestinationGone("closed", code=50013), MessageGone("edited enough", code=30046)])
async def test_what_is_refused_for_good_is_not_asked_for_with_every_percentage(
    board: StatusEditor,
    store: JobStore,
    channel: Channel,
    clock: Clock,
    trouble: DeliveryError,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot.jobs.status_editor")
    job = await kept(store)
    await board.open(job, FIRST)
    job = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING)
    channel.trouble = trouble
    for percentage in range(10, 40):
        board.want(job, StatusView(progress=percentage))
        clock.pass_(60)
        await flushed(board)
    assert len(channel.times) == 2
    board.want(await moved(store, job, failure=FailureCode.MODERATION), DONE)
    await flushed(board)
    assert len(channel.times) == 3
    assert await store.unshown(NOW - 60) == []
    assert len(caplog.messages) == 1


async def test_the_end_of_a_job_in_a_deleted_channel_counts_as_shown(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await moved(store, await kept(store), JobStatus.CANCELLED)
    channel.trouble = DestinationGone("deleted")
    board.want(job, DONE)
    for _ in range(3):
        await flushed(board)
        clock.pass_(60)
    assert len(channel.times) == 1
    assert await store.unshown(NOW - 60) == []


async def test_one_message_that_cannot_be_shown_does_not_hold_up_the_others(
    board: StatusEditor, store: JobStore, channel: Channel
) -> None:
    waiting = await kept(store)
    channel.takes.clear()
    board.want(waiting, FIRST)
    board.flush()
    await reached(channel, asked=1)
    channel.takes = asyncio.Event()
    channel.takes.set()
    other = await kept(store, a_job(2))
    board.want(other, SECOND)
    board.flush()
    await reached(channel, shown=1)
    assert channel.shown == [(JobStatus.QUEUED, SECOND)]
    await board.close()


@pytest.mark.parametrize("failure", [None, FailureCode.MODERATION])
async def test_an_end_is_marked_as_shown_once_it_is(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock, failure: FailureCode | None
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    steps = () if failure else (JobStatus.CANCELLED,)
    ended = await moved(store, job, *steps, failure=failure)
    board.want(ended, DONE)
    await flushed(board)
    assert [one.job_id for one in await store.unshown(NOW - 60)] == [job.job_id]
    clock.pass_(EDIT_SECONDS)
    await flushed(board)
    assert channel.shown[-1] == (ended.status, DONE)
    assert await store.unshown(NOW - 60) == []


async def test_an_end_that_was_not_shown_is_shown_after_a_restart(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    board.want(await moved(store, job, JobStatus.CANCELLED), DONE)
    clock.pass_(EDIT_SECONDS)
    channel.takes.clear()
    board.flush()
    await reached(channel, asked=2)
    await board.close()
    channel.takes.set()

    restarted = new_board(store, channel, clock)
    for unshown in await store.unshown(NOW - 60):
        restarted.want(unshown, DONE)
    await flushed(restarted)
    assert channel.shown == [(JobStatus.QUEUED, FIRST), (JobStatus.CANCELLED, DONE)]
    assert len(channel.opened) == 1
    assert await store.unshown(NOW - 60) == []


async def test_a_clip_that_turns_up_late_is_shown_after_its_job_was_given_up(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    given_up = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.UNKNOWN)
    delivered = await moved(store, given_up, JobStatus.DELIVERING, JobStatus.DELIVERED)
    for late in (given_up, delivered):
        clock.pass_(EDIT_SECONDS)
        board.want(late, DONE)
        await flushed(board)
    assert [status for status, _ in channel.shown] == [JobStatus.QUEUED, JobStatus.UNKNOWN, JobStatus.DELIVERED]
    assert await store.unshown(NOW - 60) == []
