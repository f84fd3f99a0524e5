"""StatusEditor while the database takes nothing: what was posted is noted later, and is there once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StorageFailed
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from tests.closed_database import closed_to, opened_to
from tests.resting import rest, running
from tests.unit.jobs.board import Board
from tests.unit.jobs.channel import Channel, kept
from tests.unit.jobs.samples import Clock

FIRST, SECOND = StatusView(place=1), StatusView(place=2)
NOTING = "UPDATE OF status_message_id ON jobs"
REMEMBERING = "UPDATE OF shown ON jobs"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "r.sqlite3"


async def test_a_message_that_could_not_be_noted_is_noted_later_and_not_posted_again(
    board: Board, store: JobStore, channel: Channel, clock: Clock, file: Path
) -> None:
    job = await kept(store)
    closed_to(file, NOTING)
    with pytest.raises(StorageFailed):
        await board.open(job, FIRST)
    opened_to(file)
    board.want(job, SECOND)
    clock.pass_(60)
    await board.show(job)
    stored = await store.get(job.job_id)
    assert stored is not None
    assert (stored.status_message_id, len(channel.opened)) == (501, 1)
    clock.pass_(60)
    await board.show(job)
    assert [view for _, view in channel.shown] == [FIRST, SECOND]


async def test_a_step_that_finds_the_database_closed_is_taken_again(
    board: Board, store: JobStore, channel: Channel, clock: Clock, file: Path
) -> None:
    job = await kept(store)
    board.said.views[job.job_id] = FIRST
    closed_to(file, NOTING)
    for _ in range(2):
        again = await board.show(job)
        assert again is not None
        assert again > clock.now + 5
    opened_to(file)
    clock.pass_(60)
    await board.show(job)
    assert len(channel.opened) == 1
    stored = await store.get(job.job_id)
    assert stored is not None
    assert stored.status_message_id == 501


async def test_what_could_not_be_remembered_is_remembered_later(
    board: Board, store: JobStore, channel: Channel, clock: Clock, file: Path
) -> None:
    job = await kept(store)
    closed_to(file, REMEMBERING)
    async with running(board.engine):
        board.want(job, FIRST)
        await rest(board.engine, clock)
        clock.pass_(10)
        await rest(board.engine, clock)
        opened_to(file)
        clock.pass_(60)
        await rest(board.engine, clock)
    restarted = board.restarted()
    restarted.want(job, FIRST)
    await restarted.show(job)
    assert len(channel.times) == 1
