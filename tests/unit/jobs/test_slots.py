"""One channel that Discord limits keeps no other waiting for its edits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.jobs.status.slots import ASLEEP_SECONDS, AT_ONCE, PER_CHANNEL
from bot.models import Job, JobStatus
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from tests.resting import running
from tests.unit.jobs.board import EDIT_SECONDS, TIMINGS, Board, breathe, new_board
from tests.unit.jobs.channel import Channel, kept, reached
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
    async with running(board.engine):
        for number in range(1, 9 * (AT_ONCE + 4)):
            job = a_job(number, user=number)
            target = replace(job.target, channel_id=number % (AT_ONCE + 4))
            board.want(await kept(store, replace(job, target=target)), FIRST)
        await breathe()
        other = a_job(900)
        other = await kept(store, replace(other, target=replace(other.target, channel_id=900)))
        board.want(other, SECOND)
        await breathe()
        assert channel.shown == []
        assert board.due(other) == clock.now + ASLEEP_SECONDS
        async with asyncio.timeout(5):
            while not channel.shown:
                clock.pass_(ASLEEP_SECONDS)
                board.engine.wake()
                await breathe()
    assert clock.now - NOW < 60
    assert channel.shown == [(JobStatus.QUEUED, SECOND)]


async def test_of_one_limited_channel_only_a_few_edits_wait_in_the_library(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    jobs = [await kept(store, a_job(number)) for number in range(1, 10)]
    async with running(board.engine):
        channel.takes.clear()
        for job in jobs:
            board.want(job, FIRST)
        for _ in range(10):
            board.engine.wake()
            await breathe()
            clock.pass_(ASLEEP_SECONDS)
        assert len(channel.times) == PER_CHANNEL
        channel.takes.set()
        async with asyncio.timeout(5):
            while len(channel.shown) < 9:
                clock.pass_(EDIT_SECONDS)
                board.engine.wake()
                await breathe()


async def test_those_that_wait_for_a_limited_channel_do_not_all_ask_again_and_again(
    board: Board, store: JobStore, channel: Channel, clock: Clock
) -> None:
    """Each try reads a row: a hundred messages twice a second, for as long as Discord's limit lasts, would be many."""
    jobs = [await kept(store, a_job(number, user=number)) for number in range(1, 40)]
    channel.takes.clear()
    sleeping = []
    for job in jobs[:PER_CHANNEL]:
        sleeping.append(asyncio.create_task(board.show(job)))
        await reached(channel, asked=len(sleeping))
        clock.pass_(ASLEEP_SECONDS)
    for _ in range(2):  # the first time they are only told when their turn is
        again = [await board.show(job) for job in jobs[PER_CHANNEL:]]
        clock.pass_(200)
    soon = [at for at in again if at is not None and at <= clock.now - 200 + 10]
    assert 1 <= len(soon) <= 10 / TIMINGS.edits_apart + 1
    for task in sleeping:
        task.cancel()
    await asyncio.gather(*sleeping, return_exceptions=True)
