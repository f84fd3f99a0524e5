"""Databases for tests, migrated once and copied for each; the order of tests; and what coverage is not measured in."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import pkgutil
import shutil
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

import bot
import cogs
from bot.storage.database import Database
from bot.storage.jobs import JobStore

INTEGRATION, ACCEPTANCE = "tests/integration/", "tests/acceptance/"
LONG = (INTEGRATION, ACCEPTANCE)
"""Where tests take seconds each; everywhere else it is milliseconds."""

MEASURED_CASES = 2
"""Of a test with many cases, so many are measured; and in so many tests of a file its fixtures."""

FIXTURES_MEASURED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the long tests out, so that every process of pytest-xdist begins with its share of them.

    Each is given one stretch of the list. What is left at the end is short then, and nobody waits for the last one.
    """
    _spare(items)
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for folder in LONG for item in items if item.nodeid.startswith(folder)]
    taken = set(long)
    short = [item for item in items if item not in taken]
    items[:] = [
        item
        for number in range(processes)
        for item in (
            *long[number::processes],
            *short[len(short) * number // processes : len(short) * (number + 1) // processes],
        )
    ]


def pytest_collection_finish() -> None:
    """What was imported and gathered stays till the end: nothing of it need be looked through for garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import what is measured first, so that nothing need be measured while thousands of tests are gathered."""
    if sys.gettrace() is None:
        return (yield)
    for package in (bot, cogs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    with unmeasured():
        return (yield)


def _spare(items: list[pytest.Item]) -> None:
    """Measure nothing in what goes through the same code again and again: it would take most of the time.

    That is what pictures the outside, what Hypothesis makes up, and all but the first cases of a test that has many.
    pytest-cov's own `no_cover` does nothing in the processes of pytest-xdist.
    """
    cases: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases.update((test, item.path.name))
        item.stash[FIXTURES_MEASURED] = cases[item.path.name] <= MEASURED_CASES
        generated = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if generated or test.startswith(INTEGRATION) or cases[test] > MEASURED_CASES:
            item.add_marker(pytest.mark.unmeasured)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Fixtures are measured in the first tests of a file."""
    with _measured_or_not(item, item.stash[FIXTURES_MEASURED]):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measured, or not."""
    with _measured_or_not(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """As its setup."""
    with _measured_or_not(item, item.stash[FIXTURES_MEASURED]):
        return (yield)


def _measured_or_not(item: pytest.Item, wanted: bool = True) -> AbstractContextManager[None]:
    return nullcontext() if wanted and not item.get_closest_marker("unmeasured") else unmeasured()


@contextmanager
def unmeasured() -> Iterator[None]:
    """Coverage is not measured inside."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
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
