"""One database: its two kinds of transaction, its start and its end. No query about jobs belongs here.

The stores hand over plain functions that speak SQLAlchemy Core to a `Connection`. On SQLite such a function runs in a
thread from its first statement to its commit; on a server's database it can run by `AsyncConnection.run_sync`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError

from bot.errors import ConfigurationError, StorageFailed
from bot.storage.sqlite.lanes import Lane, Work
from bot.storage.sqlite.soundness import DAMAGED, Seal, faults
from bot.storage.tables import HEAD

log = logging.getLogger(__name__)

T = TypeVar("T")

CHECK_SECONDS = 3.0
"""How long a start waits for the check of a file that was not left by an orderly end."""

_READERS = 3


class Database:
    """Opens the engine; `read` sees a snapshot, `write` holds SQLite's write lock from its first statement.

    Writers of this process queue for their one thread rather than on SQLite's busy handler, which would sleep and
    could starve one of them; another process is waited for up to five seconds.
    """

    def __init__(self, url: str, *, check_seconds: float = CHECK_SECONDS) -> None:
        # Whatever driver the address names: the one of the standard library is spoken to in a thread of ours.
        address = make_url(url).set(drivername="sqlite")
        self._seal = Seal(Path(address.database or ":memory:"))
        self._check_seconds = check_seconds
        self._sound = False
        self._closed = False
        self._check: asyncio.Task[str | None] | None = None
        self.damage: str | None = None
        self._engine = create_engine(
            address, poolclass=NullPool, connect_args={"check_same_thread": False}, hide_parameters=True
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = Lane(self._engine.connect, 1, "database-writer")
        self._readers = Lane(self._engine.execution_options(rushes_read=True).connect, _READERS, "database-reader")

    async def read(self, work: Work[T]) -> T:
        """Run a transaction that only reads. Raises StorageFailed."""
        return await self._readers.run(work)

    async def write(self, work: Work[T]) -> T:
        """Run a transaction that writes; committed at the end, rolled back on any exception. Raises StorageFailed.

        A caller that is cancelled waits for its end: nothing is written unless its commit had begun.
        """
        return await self._writer.run_whole(work)

    async def migrate(self) -> None:
        """Bring the schema up to date; ConfigurationError for a damaged file or one of a newer Rushes.

        A file that was not left by an orderly end is checked first, for as long as a start may take; at a million rows
        the check goes on beside it, and `damage` and the log say what it finds.
        """
        with _told():
            sound = await asyncio.to_thread(self._seal.holds)
            present = await asyncio.to_thread(self._version)
            await asyncio.to_thread(self._seal.lift)
            self._sound = sound or present is None
            if not self._sound:
                # What is about to be built anew is looked through to the end before.
                await self._look_through(self._check_seconds if present == HEAD else None)
            if present != HEAD:
                await asyncio.to_thread(self._upgrade, present)

    @property
    def sound(self) -> bool:
        """Whether the file is known to be whole: it was left in good order, or has been checked."""
        return self._sound

    async def check(self) -> list[str]:
        """What is wrong with the whole file; nothing where it is sound. Takes seconds at a million rows.

        Raises StorageFailed where it cannot be read for another reason.
        """
        try:
            return await self.read(faults)
        except StorageFailed as error:
            # Where the file itself is at fault the driver says just that, and one of its subclasses for all else.
            if type(cause := error.__cause__) is DatabaseError:
                return [str(cause.orig)]
            raise

    async def scrub(self) -> bool:
        """Leave nothing in the files of what was deleted: the write-ahead log goes into the database and is emptied.

        False where somebody still reads what was there before; then it is to be tried again. Raises StorageFailed.
        """
        busy, *_ = await self._writer.aside("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy

    async def _look_through(self, seconds: float | None) -> None:
        """Check the file; what takes longer goes on by itself. ConfigurationError for what is found meanwhile."""
        self._check = asyncio.create_task(self._checked(), name="database check")
        done, _ = await asyncio.wait({self._check}, timeout=seconds)
        if not done:
            log.info("the database was not closed in good order: it is checked while the bot runs")
            self._check.add_done_callback(self._tell)
        elif self._check.result() is not None:
            raise ConfigurationError(DAMAGED.format(self.damage))

    async def _checked(self) -> str | None:
        found = await self.check()
        self._sound = not found
        self.damage = found[0] if found else None
        return self.damage

    def _tell(self, check: asyncio.Task[str | None]) -> None:
        if error := check.exception():
            log.log(logging.DEBUG if self._closed else logging.WARNING, "the database was not checked: %s", error)
        elif self.damage is not None:
            log.error(DAMAGED.format(self.damage))
        else:
            log.info("the database is sound")

    def _version(self) -> str | None:
        with self._engine.execution_options(rushes_read=True).begin() as connection:
            known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
            row = known and connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
        return None if row is None else str(row[0])

    def _upgrade(self, present: str | None) -> None:
        from bot.storage.sqlite.upgrading import upgrade  # most starts do without it

        # This connection does not watch foreign keys; the others do.
        with self._engine.execution_options(rushes_migrating=True).begin() as connection:
            upgrade(connection, present)

    async def answers(self) -> bool:
        """Whether the database answers at all."""
        try:
            await self.read(lambda connection: connection.execute(text("SELECT 1")).all())
        except StorageFailed:
            return False
        return True

    async def close(self) -> None:
        """Close every connection, after what is being written; what is being read is cut short."""
        first, self._closed = not self._closed, True
        await asyncio.gather(self._readers.close(interrupt=True), self._writer.close())
        if self._check is not None:
            await asyncio.wait({self._check})
        if first and self._sound:
            await asyncio.to_thread(self._seal.put)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What keeps a database from being opened, in words for its owner."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(f"the database cannot be opened: {error.strerror}") from error
    except StorageFailed as error:
        raise ConfigurationError(f"the database cannot be opened: {error}") from error
    except DatabaseError as error:
        if "malformed" in str(error.orig):
            raise ConfigurationError(DAMAGED.format(error.orig)) from error
        raise ConfigurationError(f"the database cannot be opened: {error.orig}") from error


def _prepare(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: "begin" below says which kind is meant.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    # What is deleted is overwritten: people are told that it is gone. It takes some 2 % of a transaction.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "secure_delete=ON")
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("rushes_migrating", False):
        # A table that is built anew may be referred to; inside a transaction this could not be switched any more.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN" if options.get("rushes_read", False) else "BEGIN IMMEDIATE")
