"""Databases for tests, migrated once and copied for each; and which tests coverage is not measured in."""

from __future__ import annotations

import asyncio
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.jobs import JobStore


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage in what goes through the same code hundreds of times: it would take most of the time.

    pytest-cov's own `no_cover` does nothing in the processes of pytest-xdist.
    """
    generated = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    if not generated and item.get_closest_marker("unmeasured") is None:
        return (yield)
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(of_threads)
        sys.settrace(tracer)


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
