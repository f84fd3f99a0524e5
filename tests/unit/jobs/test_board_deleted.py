"""StatusEditor once a clip was deleted: its message is emptied, whatever happens at the same time."""

from __future__ import annotations

from bot.models import JobStatus
from bot.outlet import StatusView
from bot.storage.jobs import JobStore, Shown
from tests.resting import rest, running
from tests.unit.jobs.board import EDIT_SECONDS, Board
from tests.unit.jobs.channel import Channel, kept, moved, reached
from tests.unit.jobs.samples import NOW, Clock

FIRST, DONE = StatusView(place=1), StatusView()
TO_THE_END = (JobStatus.SUBMITTING, JobStatus.RENDERING, JobStatus.DELIVERING, JobStatus.DELIVERED)


async def test_a_message_that_is_cleared_while_it_is_edited_is_edited_once_more(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    done = await moved(store, job, *TO_THE_END)
    clock.pass_(EDIT_SECONDS)
    async with running(board.engine):
        channel.takes.clear()
        board.want(done, DONE)
        await reached(channel, asked=2)
        await store.mark_deleted(job.job_id, NOW)
        board.want(done, DONE)
        channel.takes.set()
        for _ in range(3):
            await rest(board.engine, clock)
            clock.pass_(EDIT_SECONDS)
    assert channel.bare == [False, False, True]
    assert board.due(done) is None
    assert await store.unshown(NOW - 60) == []


async def test_what_was_deleted_before_its_end_was_noted_is_not_shown_again(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    await store.mark_deleted(job.job_id, NOW)
    done = await moved(store, job, *TO_THE_END)
    for _ in range(2):
        clock.pass_(EDIT_SECONDS)
        board.want(done, DONE)
        await board.show(done)
    assert channel.bare == [False, True]


async def test_what_was_shown_before_a_clip_was_deleted_does_not_count_as_shown(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    job = await kept(store)
    await board.open(job, FIRST)
    done = await moved(store, job, *TO_THE_END)
    clock.pass_(EDIT_SECONDS)
    board.want(done, DONE)
    await board.show(done)
    await store.mark_deleted(job.job_id, NOW)
    await board.editor.close()
    assert [each.job_id for each in await store.unshown(NOW - 60)] == [job.job_id]
    clock.pass_(EDIT_SECONDS)
    restarted = board.restarted()
    await restarted.show(done)
    await restarted.editor.close()
    assert channel.bare == [False, False, True]
    assert await store.unshown(NOW - 60) == []


async def test_a_clip_deleted_without_a_status_message_gets_none(
    board: Board, store: JobStore, channel: Channel
) -> None:
    done = await moved(store, await kept(store), *TO_THE_END)
    await store.mark_deleted(done.job_id, NOW)
    assert await board.show(done) is None
    assert channel.shown == []


async def test_a_clip_deleted_long_after_its_end_is_cleared_by_the_next_process(store: JobStore) -> None:
    done = await moved(store, await kept(store), *TO_THE_END)
    await store.mark_shown({done.job_id: Shown(JobStatus.DELIVERED, "[]", deleted=False)})
    assert done.ended_at is not None
    assert await store.unshown(done.ended_at + 5) == []
    await store.mark_deleted(done.job_id, done.ended_at + 9, shown=True)  # by hand: nobody asked for the rest to go
    assert await store.unshown(done.ended_at + 5) == []
    await store.mark_deleted(done.job_id, done.ended_at + 9)
    assert [each.deleted_at for each in await store.unshown(done.ended_at + 5)] == [done.ended_at + 9]
