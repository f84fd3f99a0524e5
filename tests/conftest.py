"""Databases for tests: migrated once, copied for each."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.jobs import JobStore


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest version; for reading and copying only."""
    path = tmp_path_factory.mktemp("migrated") / "r.sqlite3"

    async def migrate() -> None:
        database = Database(f"sqlite:///{path}")
        await database.migrate()
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def database(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of one's own."""
    database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path / 'r.sqlite3')}")
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> JobStore:
    """The jobs of that database."""
    return JobStore(database)
