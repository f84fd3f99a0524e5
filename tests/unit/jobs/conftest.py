"""A clock, a database that is migrated once and copied for each test, a channel and a board."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.jobs.board import StatusBoard
from bot.storage.database import Database
from bot.storage.jobs import JobStore
from tests.unit.jobs.channel import Channel, new_board
from tests.unit.jobs.samples import Clock


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "r.sqlite3"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await database.migrate()
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def store(migrated: Path, tmp_path: Path) -> AsyncIterator[JobStore]:
    database = Database(f"sqlite+aiosqlite:///{shutil.copy(migrated, tmp_path / 'r.sqlite3')}")
    yield JobStore(database)
    await database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(clock: Clock) -> Channel:
    return Channel(clock)


@pytest.fixture
def board(store: JobStore, channel: Channel, clock: Clock) -> StatusBoard:
    return new_board(store, channel, clock)
