"""One channel that Discord limits keeps no other waiting for its edits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.jobs.edit_slots import ASLEEP_SECONDS, AT_ONCE, PER_CHANNEL
from bot.jobs.status_editor import EDIT_SECONDS, StatusEditor

from bot.models import Job, JobStatus
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from tests.unit.jobs.channel import Channel, flushed, kept, new_board
from tests.unit.jobs.samples import NOW, Clock, a_job

FIRST, SECOND = StatusView(place=1), StatusView(place=2)


class Limited(Channel):
    """Discord limits every channel but one, and the library sleeps in each edit of those."""

    async def _take(self, job: Job, view: StatusView) -> None:
        if job.target.channel_id != 900:
            await asyncio.Event().wait()
        await super()._take(job, view)


async def test_channels_that_are_limited_do_not_freeze_the_others(store: JobStore, clock: Clock) -> None:
    """There are more of them than edits may be made at once, and nine jobs in each."""
    channel = Limited(clock)
    board = new_board(store, channel, clock)
    for number in range(1, 9 * (AT_ONCE + 4)):
        job = a_job(number, user=number)
        target = replace(job.target, channel_id=number % (AT_ONCE + 4))
        board.want(await kept(store, replace(job, target=target)), FIRST)
    other = a_job(900)
    board.want(await kept(store, replace(other, target=replace(other.target, channel_id=900))), SECOND)
    assert board.flush() == clock.now + ASLEEP_SECONDS
    async with asyncio.timeout(5):
        while not channel.shown:
            clock.pass_(ASLEEP_SECONDS)
            board.flush()
            await asyncio.sleep(0.01)
    assert clock.now - NOW < 60
    assert channel.shown == [(JobStatus.QUEUED, SECOND)]
    await board.close()


async def test_of_one_limited_channel_only_a_few_edits_wait_in_the_library(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock
) -> None:
    channel.takes.clear()
    for number in range(1, 10):
        board.want(await kept(store, a_job(number)), FIRST)
    for _ in range(10):
        board.flush()
        clock.pass_(ASLEEP_SECONDS)
        await asyncio.sleep(0.01)
    assert len(channel.times) == PER_CHANNEL
    channel.takes.set()
    async with asyncio.timeout(5):
        while len(channel.shown) < 9:
            clock.pass_(EDIT_SECONDS)
            await flushed(board)
