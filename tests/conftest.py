"""Databases for tests, migrated once and copied for each; and which tests coverage is not measured in."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.jobs import JobStore


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage while hundreds of examples are generated: it would take most of the time for nothing new."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.no_cover)


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
