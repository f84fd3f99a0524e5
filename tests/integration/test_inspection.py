"""Looking at a database file: also while a bot writes to it, and without leaving or changing anything."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.storage.database import Database
from bot.storage.sqlite.inspection import inspect
from bot.storage.tables import HEAD


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "r.sqlite3"))


def left_in(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in directory.iterdir()}


def test_a_sound_file_is_left_as_it_was(path: Path) -> None:
    before = left_in(path.parent)
    seen = inspect(path, 3)
    assert (seen.version, seen.faults, seen.whole, seen.newer, seen.older) == (HEAD, (), True, False, False)
    assert left_in(path.parent) == before


async def test_what_is_in_the_log_of_a_bot_that_runs_is_seen_and_its_work_goes_on(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num='0009'")))
    seen = inspect(path, 3)
    assert (seen.version, seen.older, seen.faults) == ("0009", True, ())
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num='0010'")))
    assert inspect(path, 3).version == "0010"
    await database.close()


def test_what_a_crash_has_left_in_the_log_counts(path: Path) -> None:
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
        writer.commit()
        crashed = path.parent / "crashed"
        crashed.mkdir()
        for name in (path.name, f"{path.name}-wal"):
            shutil.copy(path.parent / name, crashed)
    before = (crashed / path.name).read_bytes(), (crashed / f"{path.name}-wal").read_bytes()
    seen = inspect(crashed / path.name, 3)
    assert (seen.version, seen.newer) == ("9999", True)
    assert ((crashed / path.name).read_bytes(), (crashed / f"{path.name}-wal").read_bytes()) == before


def test_one_that_takes_too_long_is_said_to_be_unread(path: Path) -> None:
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("CREATE TABLE long (n INTEGER PRIMARY KEY, t TEXT)")
        series = "WITH RECURSIVE s(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM s WHERE n < 60000) SELECT n, n FROM s"
        writer.execute(f"INSERT INTO long {series}")
        writer.commit()
    moments = iter([0.0])
    seen = inspect(path, 1, lambda: next(moments, 2.0))
    assert (seen.version, seen.faults, seen.whole) == (HEAD, (), False)


def test_an_empty_file_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    seen = inspect(tmp_path / "empty", 3)
    assert (seen.version, seen.older) == (None, True)


def test_one_that_cannot_be_opened_raises(tmp_path: Path) -> None:
    with pytest.raises(OperationalError):
        inspect(tmp_path, 3)
