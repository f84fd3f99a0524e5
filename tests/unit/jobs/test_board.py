"""StatusEditor with real rows, and a channel that writes down what it is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import DeliveryPostponed
from bot.models import JobStatus, Picture
from bot.outlet import Outlet, StatusView
from bot.storage.jobs import JobStore
from tests.resting import rest, running
from tests.unit.jobs.board import EDIT_SECONDS, TIMINGS, Board, breathe
from tests.unit.jobs.channel import Channel, kept, moved, reached
from tests.unit.jobs.samples import NOW, Clock, a_job

FIRST, SECOND, THIRD = StatusView(place=1), StatusView(place=2), StatusView(place=3)
DONE = StatusView()


async def test_a_status_message_is_opened_with_the_pictures_and_remembered(
    board: Board, store: JobStore, channel: Channel
) -> None:
    picture = Picture("x-first.png", "image/png", 400, 300)
    request = replace(a_job().request, first_frame=picture, last_frame=replace(picture, name="x-last.png"))
    job = await kept(store, replace(a_job(), request=request))
    opened = await board.open(job, FIRST)
    assert opened == await store.get(job.job_id) == replace(job, status_message_id=501)
    assert channel.opened == [[Path("kept/x-first.png"), Path("kept/x-last.png")]]


async def test_two_who_open_at_the_same_time_get_one_message(board: Board, store: JobStore, channel: Channel) -> None:
    job = await kept(store)
    opened = await asyncio.gather(*(board.open(job, FIRST) for _ in range(5)))
    assert {one.status_message_id for one in opened} == {501}
    assert len(channel.opened) == 1


async def test_a_step_while_the_message_is_being_opened_does_not_open_another(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    channel.takes.clear()
    opening = asyncio.create_task(board.open(job, FIRST))
    await reached(channel, asked=1)
    async with running(board.engine):
        board.want(job, FIRST)
        await breathe()
        channel.takes.set()
        await opening
        await rest(board.engine, clock)
    assert channel.shown == [(JobStatus.QUEUED, FIRST)]


async def test_what_was_shown_while_the_opening_was_being_noted_is_what_is_remembered(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    """Once the row has the message's id, a step may edit it before whoever has posted it takes anything down."""

    class Slow(JobStore):
        async def set_status_message(self, job_id: str, message_id: int) -> None:
            await super().set_status_message(job_id, message_id)
            noted.set()
            await go_on.wait()

    noted, go_on = asyncio.Event(), asyncio.Event()
    job = await kept(store)
    board.editor._store = Slow(store._database)
    opening = asyncio.create_task(board.open(job, FIRST))
    await noted.wait()
    cancelled = await moved(store, job, JobStatus.CANCELLED)
    board.said.views[job.job_id] = DONE
    showing = asyncio.create_task(board.show(cancelled))
    await breathe()
    go_on.set()
    await asyncio.gather(opening, showing)
    await board.editor.close()
    assert channel.shown == [(JobStatus.QUEUED, FIRST), (JobStatus.CANCELLED, DONE)]
    assert await store.unshown(NOW - 60) == []
    assert board.editor._not_before == {}


async def test_a_message_that_nobody_opened_is_opened_by_a_step(
    board: Board, store: JobStore, channel: Channel
) -> None:
    await board.show(await kept(store))
    assert len(channel.opened) == 1


async def test_an_opening_that_fails_can_be_repeated(board: Board, store: JobStore, channel: Channel) -> None:
    job = await kept(store)
    channel.trouble = DeliveryPostponed("unwell")
    with pytest.raises(DeliveryPostponed):
        await board.open(job, FIRST)
    channel.trouble = None
    assert (await board.open(job, FIRST)).status_message_id == 501


async def test_a_message_is_edited_when_its_text_changes_and_only_then(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    for view in (FIRST, SECOND, SECOND, SECOND, FIRST):
        clock.pass_(60)
        board.want(job, view)
        await board.show(job)
    assert [view for _, view in channel.shown] == [FIRST, SECOND, FIRST]


async def test_edits_of_one_message_are_at_least_five_seconds_apart(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    for second in range(40):
        board.want(job, StatusView(place=2 + second))
        soonest = await board.show(job)
        assert soonest is None or clock.now < soonest <= clock.now + EDIT_SECONDS
        clock.pass_(1)
    assert [at - NOW for at in channel.times] == list(range(0, 40, 5))


async def test_edits_in_one_channel_are_apart_and_those_of_another_do_not_wait_for_them(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    jobs = [await kept(store, a_job(number, user=number)) for number in range(1, 9)]
    elsewhere = a_job(9, user=9)
    elsewhere = await kept(store, replace(elsewhere, target=replace(elsewhere.target, channel_id=6)))
    async with running(board.engine):
        for job in [*jobs, elsewhere]:
            board.want(job, FIRST)
        await rest(board.engine, clock)
        assert [at - NOW for at in channel.times] == [0.0, 0.0]
        for _ in range(80):
            clock.pass_(0.125)
            await rest(board.engine, clock)
    assert [at - NOW for at in channel.times[2:]] == [TIMINGS.edits_apart * turn for turn in range(1, 8)]


async def test_of_several_changes_the_last_one_is_shown(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    board.want(job, SECOND)
    assert await board.show(job) == NOW + EDIT_SECONDS
    board.want(job, THIRD)
    clock.pass_(EDIT_SECONDS)
    assert await board.show(job) is None
    assert [view for _, view in channel.shown] == [FIRST, THIRD]


async def test_what_changes_during_an_edit_is_shown_by_the_next(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    clock.pass_(EDIT_SECONDS)
    async with running(board.engine):
        channel.takes.clear()
        board.want(job, SECOND)
        await reached(channel, asked=2)
        board.want(job, THIRD)
        clock.pass_(EDIT_SECONDS)
        await breathe()
        assert [view for _, view in channel.shown] == [FIRST]
        channel.takes.set()
        await rest(board.engine, clock)
    assert [view for _, view in channel.shown] == [FIRST, SECOND, THIRD]


async def test_a_late_reader_does_not_bring_back_an_older_version(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    """Whatever was wanted before it had to wait: the row is read anew when its turn has come."""
    job = await kept(store)
    await board.open(job, FIRST)
    board.want(job, SECOND)
    assert await board.show(job) == NOW + EDIT_SECONDS
    board.want(await moved(store, job, JobStatus.SUBMITTING), DONE)
    clock.pass_(EDIT_SECONDS)
    assert await board.show(job) is None
    assert channel.shown == [(JobStatus.QUEUED, FIRST), (JobStatus.SUBMITTING, DONE)]


@pytest.mark.parametrize(("retry_after", "pause"), [(None, 15.0), (40.0, 40.0)])
async def test_a_postponed_edit_is_tried_again(
    board: Board, store: JobStore, channel: Channel, clock: Clock, retry_after: float | None, pause: float
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    clock.pass_(EDIT_SECONDS)
    board.want(job, SECOND)
    channel.trouble = DeliveryPostponed("unwell", retry_after=retry_after)
    assert await board.show(job) == clock.now + pause
    channel.trouble = None
    clock.pass_(pause - 1)
    board.want(job, THIRD)
    assert await board.show(job) == clock.now + 1, "whatever happens meanwhile"
    clock.pass_(1)
    await board.show(job)
    assert channel.shown[-1] == (JobStatus.QUEUED, THIRD)
    assert len(channel.times) == 3


async def test_without_a_connection_everything_waits(store: JobStore, channel: Channel, clock: Clock) -> None:
    board = Board(store, clock, Outlet(clock))
    board.outlet.on_attach(lambda: board.engine.release(["show"]))
    async with running(board.engine):
        board.want(await kept(store), FIRST)
        await rest(board.engine, clock)
        clock.pass_(60)
        await rest(board.engine, clock)
        assert channel.shown == []
        board.outlet.attach(channel)
        await rest(board.engine, clock)
    assert channel.shown == [(JobStatus.QUEUED, FIRST)]


async def test_one_message_that_cannot_be_shown_does_not_hold_up_the_others(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    async with running(board.engine):
        channel.takes.clear()
        board.want(await kept(store), FIRST)
        await reached(channel, asked=1)
        channel.takes = asyncio.Event()
        channel.takes.set()
        clock.pass_(TIMINGS.edits_apart)
        board.want(await kept(store, a_job(2)), SECOND)
        await reached(channel, shown=1)
    assert channel.shown == [(JobStatus.QUEUED, SECOND)]


async def test_nothing_is_kept_of_a_message_at_its_end(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    async with running(board.engine):
        board.want(job, FIRST)
        await rest(board.engine, clock)
        board.want(await moved(store, job, JobStatus.CANCELLED), DONE)
        for _ in range(10):
            clock.pass_(1)
            await rest(board.engine, clock)
    assert channel.shown == [(JobStatus.QUEUED, FIRST), (JobStatus.CANCELLED, DONE)]
    editor = board.editor
    kept_of_it = (editor._shown, editor._turns, editor._not_before, editor._refused, editor._unnoted)
    assert kept_of_it == ({}, {}, {}, {}, {})
    assert board.engine.waiting() == 0
