"""StatusEditor while the database takes nothing: what was posted is noted later, and is there once."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot.jobs.status_editor import StatusEditor

from bot.errors import StorageFailed
from bot.outlet import StatusView
from bot.storage.jobs import JobStore
from tests.closed_database import closed_to, opened_to
from tests.unit.jobs.channel import Channel, flushed, kept
from tests.unit.jobs.samples import Clock

FIRST, SECOND = StatusView(place=1), StatusView(place=2)
NOTING = "UPDATE OF status_message_id ON jobs"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "r.sqlite3"


async def test_a_message_that_could_not_be_noted_is_noted_later_and_not_posted_again(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock, file: Path
) -> None:
    job = await kept(store)
    closed_to(file, NOTING)
    with pytest.raises(StorageFailed):
        await board.open(job, FIRST)
    opened_to(file)
    board.want(job, SECOND)
    clock.pass_(60)
    await flushed(board)
    stored = await store.get(job.job_id)
    assert stored is not None
    assert (stored.status_message_id, len(channel.opened)) == (501, 1)
    clock.pass_(60)
    await flushed(board)
    assert [view for _, view in channel.shown] == [FIRST, SECOND]


async def test_a_flush_that_finds_the_database_closed_tries_again(
    board: StatusEditor, store: JobStore, channel: Channel, clock: Clock, file: Path
) -> None:
    board.want(await kept(store), FIRST)
    closed_to(file, NOTING)
    await flushed(board)
    assert await board_rests(board, clock)
    opened_to(file)
    clock.pass_(60)
    await flushed(board)
    assert len(channel.opened) == 1
    (job,) = await store.open_jobs()
    assert job.status_message_id == 501


async def board_rests(board: StatusEditor, clock: Clock) -> bool:
    """Whether the next try is due, and not before some seconds have passed."""
    soonest = await flushed(board)
    return soonest is not None and soonest > clock.now + 5
