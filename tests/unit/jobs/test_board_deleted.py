"""StatusEditor once a clip was deleted: its message is emptied, whatever happens at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.jobs.status_editor import EDIT_SECONDS, StatusEditor

from bot.models import JobStatus
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from tests.unit.jobs.channel import Channel, flushed, kept, moved, reached
from tests.unit.jobs.samples import NOW, Clock

FIRST, DONE = StatusView(place=1), StatusView()


async def test_a_message_that_is_cleared_while_it_is_edited_is_edited_once_more(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    done = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING, JobStatus.DELIVERED)
    clock.now += EDIT_SECONDS
    channel.takes.clear()
    board.want(done, DONE)
    board.flush()
    await reached(channel, asked=2)
    await store.mark_deleted(job.job_id, NOW)
    board.clear(replace(done, deleted_at=NOW))
    channel.takes.set()
    await reached(channel, shown=2)
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    clock.now += EDIT_SECONDS
    await flushed(board)
    assert channel.bare == [False, False, True]
    clock.now += EDIT_SECONDS
    assert await flushed(board) is None
    assert len(channel.bare) == 3


async def test_what_was_deleted_before_its_end_was_noted_is_not_shown_again(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    await store.mark_deleted(job.job_id, NOW)
    done = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING, JobStatus.DELIVERED)
    board.want(done, DONE)
    for _ in range(2):
        clock.now += EDIT_SECONDS
        await flushed(board)
    assert channel.bare == [False, True]


async def test_a_clip_deleted_without_a_status_message_gets_none(
    board: StatusEditor, store: JobStore, channel: Channel
) -> None:
    job = await kept(store)
    done = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING, JobStatus.DELIVERED)
    await store.mark_deleted(job.job_id, NOW)
    board.clear(replace(done, deleted_at=NOW))
    assert await flushed(board) is None
    assert channel.shown == []


async def test_a_clip_deleted_long_after_its_end_is_cleared_by_the_next_process(store: JobStore) -> None:
    job = await kept(store)
    done = await moved(store, job, JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING, JobStatus.DELIVERED)
    await store.mark_shown(job.job_id, JobStatus.DELIVERED)
    assert done.ended_at is not None
    assert await store.unshown(done.ended_at + 5) == []
    await store.mark_deleted(job.job_id, done.ended_at + 9, shown=True)  # by hand: nobody asked for the rest to go
    assert await store.unshown(done.ended_at + 5) == []
    await store.mark_deleted(job.job_id, done.ended_at + 9)
    assert [each.deleted_at for each in await store.unshown(done.ended_at + 5)] == [done.ended_at + 9]
