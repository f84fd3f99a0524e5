"""Database: whole transactions in threads, whoever is cancelled meanwhile, and its end."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.errors import StaleJob, StorageFailed
from bot.storage.database import Database
from bot.storage.sqlite.lanes import Work
from tests.closed_database import closed_to, opened_to

NOTE = text("INSERT INTO notes VALUES (:name, 'noted')")


def note(connection: Connection, name: str) -> None:
    connection.execute(NOTE, {"name": name})


async def noted(database: Database) -> set[str]:
    return await database.read(lambda connection: set(connection.execute(text("SELECT name FROM notes")).scalars()))


class Slow:
    """A transaction that notes something and then waits until it is let go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, connection: Connection) -> None:
        note(connection, "slow")
        self.begun.set()
        assert self.may_end.wait(10)

    async def under_way(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 10)


async def test_what_a_transaction_raises_comes_through_and_nothing_of_it_is_written(database: Database) -> None:
    def work(connection: Connection) -> None:
        note(connection, "half")
        raise StaleJob("job")

    with pytest.raises(StaleJob):
        await database.write(work)
    assert await noted(database) == set()


async def test_readers_do_not_wait_for_a_writer_and_do_not_see_half_of_it(database: Database) -> None:
    slow = Slow()
    writing = asyncio.create_task(database.write(slow))
    await slow.under_way()
    assert await noted(database) == set()
    slow.may_end.set()
    await writing
    assert await noted(database) == {"slow"}


async def test_a_writer_that_is_cancelled_has_written_nothing_once_it_ends(database: Database) -> None:
    slow = Slow()
    writing = asyncio.create_task(database.write(slow))
    await slow.under_way()
    writing.cancel()
    await asyncio.sleep(0.05)
    writing.cancel()
    await asyncio.sleep(0.05)
    assert not writing.done(), "its transaction is under way"
    slow.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await noted(database) == set()


async def test_a_writer_that_is_cancelled_in_the_queue_never_begins(database: Database) -> None:
    slow = Slow()
    first = asyncio.create_task(database.write(slow))
    await slow.under_way()
    second = asyncio.create_task(database.write(lambda connection: note(connection, "second")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    slow.may_end.set()
    await first
    assert await noted(database) == {"slow"}


async def test_writers_take_their_turns_in_order(database: Database) -> None:
    order: list[int] = []

    def turn(number: int) -> Work[None]:
        return lambda _: order.append(number)

    await asyncio.gather(*(database.write(turn(number)) for number in range(30)))
    assert order == list(range(30))


async def test_a_refused_change_is_a_failure_of_storage_and_the_next_one_is_taken(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "r.sqlite3"
    closed_to(file, "INSERT ON notes")
    with pytest.raises(StorageFailed, match="database is locked"):
        await database.write(lambda connection: note(connection, "refused"))
    opened_to(file)
    await database.write(lambda connection: note(connection, "taken"))
    assert await noted(database) == {"taken"}


async def test_foreign_keys_are_watched_and_the_log_is_written_ahead(database: Database) -> None:
    def asked(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert await database.write(asked) == ["wal", 2, 5000, 1]
    assert await database.read(asked) == ["wal", 2, 5000, 1]


async def test_a_lock_of_another_process_is_waited_for(database: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "r.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writing = asyncio.create_task(database.write(lambda connection: note(connection, "late")))
        await asyncio.sleep(0.2)
        assert await noted(database) == set()
        assert not writing.done()
        other.execute("ROLLBACK")
        await asyncio.wait_for(writing, 5)
    assert await noted(database) == {"late"}


async def test_a_close_ends_what_is_written_and_cuts_short_what_is_read(database: Database, tmp_path: Path) -> None:
    slow, begun = Slow(), threading.Event()

    def first() -> int:
        begun.set()
        return 1

    def endless(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.create_function("begun", 0, first)
        connection.execute(text("WITH n(x) AS (SELECT begun() UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"))

    writing = asyncio.create_task(database.write(slow))
    queued = asyncio.create_task(database.write(lambda connection: note(connection, "queued")))
    reading = asyncio.create_task(database.read(endless))
    await slow.under_way()
    assert await asyncio.to_thread(begun.wait, 10)
    closing_ = asyncio.create_task(database.close())
    with pytest.raises(StorageFailed):
        await asyncio.wait_for(reading, 5)
    slow.may_end.set()
    await asyncio.wait_for(closing_, 5)
    await writing
    with pytest.raises(StorageFailed):
        await queued
    with closing(sqlite3.connect(tmp_path / "r.sqlite3")) as other:
        assert other.execute("SELECT name FROM notes").fetchall() == [("slow",)]


async def test_a_closed_database_takes_and_answers_nothing(database: Database) -> None:
    assert await database.answers()
    await database.close()
    assert not await database.answers()
    with pytest.raises(StorageFailed):
        await database.write(lambda connection: note(connection, "late"))
