"""An erasure that breaks off at any of its questions to Discord goes on where it was, and leaves nothing out."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.errors import DeliveryPostponed
from bot.outlet import Swept, Traces
from bot.policy.quotas import day_of
from bot.privacy.members import MOST_SWEPT
from bot.privacy.retention import RETAIN
from bot.settings import load_settings
from bot.timings import Backoff, Timings
from tests.integration.test_store import TOMORROW, a_job
from tests.reserving import reserve_all
from tests.silent import Silent

QUICK = Timings(erasing=0.02, backoff=Backoff(first=0.01, cap=0.02))
JOBS = 8
OLD = time.time() - 400 * 86_400


class Gone(Exception):
    """The process has ended here, as far as this erasure is concerned."""


class Channels:
    """A Sweeper that writes down what it is asked for, and breaks off at one of its questions."""

    def __init__(self, trouble: Exception | None = None, at: int = -1) -> None:
        self.deleted: set[int] = set()
        self.swept: list[int] = []
        self.private = 0
        self.asked = 0
        self._trouble, self._at = trouble, at

    def _ask(self) -> None:
        self.asked += 1
        if self._trouble is not None and self.asked == self._at:
            raise self._trouble

    async def delete(self, guild_id: int, channel_id: int, message_id: int) -> None:
        self._ask()
        self.deleted.add(message_id)

    async def unname_thread(self, thread_id: int) -> None:
        self._ask()

    async def sweep(self, guild_id: int, channel_id: int, traces: Traces, before: int | None) -> Swept:
        self._ask()
        self.swept.append(channel_id)
        return Swept(500, (before or 10**9) - 500)  # a channel without an end

    async def shows(self, guild_id: int, channel_id: int, message_id: int, traces: Traces) -> bool:
        self._ask()
        return False

    async def sweep_private(self, user_id: int, until: int) -> None:
        self._ask()
        self.private += 1


async def furnish(app: App, path: Path) -> None:
    """A member's finished jobs in one channel of each of two servers."""
    day = day_of(time.time() - 10 * 86_400)  # as young as what it does not delete
    for number in range(JOBS):
        await reserve_all(app.store, [a_job(number + 1)], day=day, base=1000, resets_at=TOMORROW)
    ended = time.time() - 10 * 86_400
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET status = 'delivered', ended_at = ?, created_at = ?", (ended, OLD))
        connection.execute("UPDATE jobs SET status_message_id = rowid * 10, result_message_id = rowid * 10 + 1")
        for table in ("jobs", "ledger"):
            connection.execute(f"UPDATE {table} SET guild_id = 2 WHERE rowid % 2 = 0")
        half = "SELECT 2, day, user_id, channel_id, provider, model, asked / 2, 0, 0, 0, 0, 0 FROM usage"
        connection.execute(f"INSERT INTO usage {half}")
        connection.execute("UPDATE usage SET asked = asked - asked / 2 WHERE guild_id = 1")
        connection.execute("INSERT INTO ledger SELECT job_id, 'settle', guild_id, user_id, day, 1, 2.0 FROM ledger")
    connection.close()


async def erase(app: App, path: Path) -> None:
    """Begin to erase the member; only then make what is theirs as old as what retention deletes, and have it look."""
    assert await app.privacy.eraser.member(7, 10**9)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET ended_at = ?", (OLD,))
    connection.close()
    app.engine.make_due(RETAIN, "")


def rows(path: Path, question: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(question).fetchall()
    connection.close()
    return found


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def open_in(folder: Path) -> AbstractAsyncContextManager[App]:
    keys = {"discord_token": "simulated", "apiframe_api_key": "key", "http_port": 0, "database_url": None}
    return open_app(load_settings(_env_file=None, data_dir=folder, **keys), timings=QUICK)


def attach(app: App, channels: Channels) -> Channels:
    nobody: Any = Silent()  # nothing is delivered here
    app.services.outlet.attach(nobody, channels)
    return channels


def check(path: Path, *channels: Channels) -> None:
    assert set().union(*(one.deleted for one in channels)) == {
        n * 10 + one for n in range(1, JOBS + 1) for one in (0, 1)
    }
    assert rows(path, "SELECT count(*) FROM jobs") == [(0,)]
    assert rows(path, "SELECT DISTINCT user_id FROM ledger") == [(0,)]
    assert rows(path, "SELECT user_id, sum(asked) FROM usage GROUP BY user_id") == [(0, JOBS)]
    assert any(one.private for one in channels)
    assert {channel for one in channels for channel in one.swept} == {5}


async def test_a_channel_is_swept_to_a_bound_and_no_further(tmp_path: Path) -> None:
    async with open_in(tmp_path) as app:
        path = tmp_path / "rushes.sqlite3"
        await furnish(app, path)
        channels = attach(app, Channels())
        await erase(app, path)
        await until(lambda: not rows(path, "SELECT * FROM erasures"))
        check(path, channels)
        assert len(channels.swept) == 2 * MOST_SWEPT // 500


@pytest.mark.parametrize("at", [1, 2, 2 * JOBS, 2 * JOBS + 1, 2 * JOBS + 41, 2 * JOBS + 81])
async def test_after_the_end_of_the_process_the_next_one_goes_on(tmp_path: Path, at: int) -> None:
    path = tmp_path / "rushes.sqlite3"
    async with open_in(tmp_path) as app:
        await furnish(app, path)
        first = attach(app, Channels(Gone(), at))
        await erase(app, path)
        await until(lambda: first.asked >= at)
        await asyncio.sleep(0.05)
    assert rows(path, "SELECT count(*) FROM erasures") == [(1,)]
    async with open_in(tmp_path) as app:
        second = attach(app, Channels())
        await until(lambda: not rows(path, "SELECT * FROM erasures"))
    check(path, first, second)
    assert len(first.swept) + len(second.swept) <= 2 * MOST_SWEPT // 500 + 1, "what was swept is not swept again"


@pytest.mark.parametrize("at", [1, 2 * JOBS + 1, 2 * JOBS + 81])
async def test_where_discord_is_unwell_it_is_tried_again(tmp_path: Path, at: int) -> None:
    path = tmp_path / "rushes.sqlite3"
    async with open_in(tmp_path) as app:
        await furnish(app, path)
        channels = attach(app, Channels(DeliveryPostponed("unwell", retry_after=0.01), at))
        await erase(app, path)
        assert not await app.privacy.eraser.member(7, 10**9), "one at a time"
        await until(lambda: not rows(path, "SELECT * FROM erasures"))
    check(path, channels)
