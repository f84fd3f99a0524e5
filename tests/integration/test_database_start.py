"""What a start makes of the file that it finds: left by an orderly end, by a crash, damaged, or no database at all."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import ConfigurationError, StorageFailed
from bot.storage.database import Database

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def file(migrated: Path, tmp_path: Path) -> Path:
    """A database that nobody has closed: there is nothing beside it that says so."""
    return Path(shutil.copy(migrated, tmp_path / "r.sqlite3"))


class Watched(Database):
    """Says whether it was checked."""

    checked = False

    async def check(self) -> list[str]:
        self.checked = True
        return await super().check()


async def opened(file: Path) -> Watched:
    database = Watched(f"sqlite:///{file}")
    await database.migrate()
    return database


async def checked_at_start(file: Path) -> bool:
    """Open the file and close it; whether it was checked."""
    database = await opened(file)
    await database.close()
    return database.checked


def note(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO notes VALUES ('from', 'outside')")
        connection.commit()


def spoil(file: Path) -> None:
    """Every other page is overwritten with noise, as a dying disk does."""
    pages = bytearray(file.read_bytes())
    for start in range(2 * 4096, len(pages), 2 * 4096):
        pages[start : start + 4096] = os.urandom(4096)
    file.write_bytes(pages)


async def test_a_file_is_checked_once_and_not_again_after_an_orderly_end(file: Path) -> None:
    assert [await checked_at_start(file) for _ in range(3)] == [True, False, False]


async def test_a_new_file_has_nothing_to_check(tmp_path: Path) -> None:
    assert [await checked_at_start(tmp_path / "new.sqlite3") for _ in range(2)] == [False, False]


async def test_a_file_that_was_not_closed_is_checked(file: Path) -> None:
    await checked_at_start(file)
    crashed = await opened(file)
    await crashed.write(lambda connection: connection.execute(text("INSERT INTO notes VALUES ('a', 'b')")).close())
    await crashed._readers.close()
    await crashed._writer.close()
    assert await checked_at_start(file)


async def test_a_file_that_somebody_else_has_written_is_checked(file: Path) -> None:
    await checked_at_start(file)
    note(file)
    assert [await checked_at_start(file) for _ in range(2)] == [True, False]


async def test_what_says_that_it_was_closed_may_be_unreadable(file: Path) -> None:
    await checked_at_start(file)
    file.with_name("r.sqlite3-sealed").write_bytes(b"\xff")
    assert await checked_at_start(file)


async def test_a_second_close_does_not_say_anything_of_a_file_that_is_in_use_again(file: Path) -> None:
    first = await opened(file)
    await first.close()
    second = await opened(file)
    await first.close()
    assert not file.with_name("r.sqlite3-sealed").exists()
    await second.close()


@pytest.mark.parametrize("closed", [True, False])
async def test_a_damaged_file_is_refused_in_plain_words(file: Path, closed: bool) -> None:
    if closed:
        await checked_at_start(file)
    spoil(file)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(ConfigurationError, match="the database is damaged"):
        await database.migrate()
    await database.close()


async def test_damage_that_only_a_check_of_the_whole_file_finds_is_found(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'votes'")
    database = Database(f"sqlite:///{file}")
    with pytest.raises(ConfigurationError, match="the database is damaged"):
        await database.migrate()
    assert database.damage is not None
    await database.close()


async def test_rows_without_what_they_refer_to_are_damage(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO votes VALUES ('nobody', 1, 1.0)")
        connection.commit()
    database = Database(f"sqlite:///{file}")
    with pytest.raises(ConfigurationError, match="1 rows without what they refer to"):
        await database.migrate()
    await database.close()


async def test_something_else_in_its_place_is_refused_in_plain_words(file: Path) -> None:
    file.write_bytes(b"not a database at all" * 500)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(ConfigurationError, match="cannot be opened: file is not a database"):
        await database.migrate()
    await database.close()


class Patient(Database):
    """Its check takes until it is let go on, and then finds `found`."""

    def __init__(self, file: Path, found: list[str]) -> None:
        super().__init__(f"sqlite:///{file}", check_seconds=0.05)
        self.found = found
        self.may_end = asyncio.Event()

    async def check(self) -> list[str]:
        await self.may_end.wait()
        return self.found


async def test_a_check_that_takes_long_goes_on_beside_the_start(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    database = Patient(file, [])
    await database.migrate()
    assert await database.answers()
    assert "it is checked while the bot runs" in caplog.text
    database.may_end.set()
    await database.close()
    assert "the database is sound" in caplog.text
    assert not await checked_at_start(file)


async def test_what_a_late_check_finds_is_logged_and_remembered_and_the_file_is_checked_again(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Patient(file, ["row 7 missing from index jobs_ended"])
    await database.migrate()
    assert database.damage is None
    database.may_end.set()
    await database.close()
    assert "the database is damaged (row 7 missing from index jobs_ended)" in caplog.text
    assert database.damage == "row 7 missing from index jobs_ended"
    assert await checked_at_start(file)


class Endless(Database):
    """Its check would never end."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"sqlite:///{file}", check_seconds=0.2)

    async def check(self) -> list[str]:
        counting = text("WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n")
        return await self.read(lambda connection: [str(connection.execute(counting).scalar_one())])


async def test_a_close_cuts_a_check_short_and_the_next_start_begins_it_anew(file: Path) -> None:
    database = Endless(file)
    await database.migrate()
    await asyncio.wait_for(database.close(), 5)
    assert await checked_at_start(file)


class Unreadable(Database):
    """Its check cannot be made."""

    async def check(self) -> list[str]:
        raise StorageFailed("OperationalError: disk I/O error")


async def test_a_file_that_cannot_be_checked_is_not_opened(file: Path) -> None:
    database = Unreadable(f"sqlite:///{file}")
    with pytest.raises(ConfigurationError, match="cannot be opened: OperationalError: disk I/O error"):
        await database.migrate()
    await database.close()
    assert await checked_at_start(file)


async def test_a_start_without_anything_to_migrate_does_not_load_alembic(file: Path) -> None:
    """A process of its own: here, other tests have loaded it long ago."""
    program = (
        "import asyncio, sys\n"
        "from bot.storage.database import Database\n"
        "async def main():\n"
        f"    database = Database('sqlite:///{file}')\n"
        "    await database.migrate()\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
        "print('alembic' in sys.modules)\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
