"""One database: its engine, its two kinds of transaction, and its migrations. No query about jobs belongs here.

The stores hand over plain functions that speak SQLAlchemy Core to a `Connection`. On SQLite such a function runs in a
thread from its first statement to its commit; on a server's database it can run by `AsyncConnection.run_sync`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError

from bot.errors import ConfigurationError, StorageFailed
from bot.storage.lanes import Lane, Work

T = TypeVar("T")

_MIGRATIONS = Path(__file__).with_name("migrations")
_DAMAGED = "the database is damaged ({}): put back your last backup of the file, or move it away to start afresh"
_READERS = 3


class Database:
    """Opens the engine; `read` sees a snapshot, `write` holds SQLite's write lock from its first statement.

    Writers of this process queue for their one thread rather than on SQLite's busy handler, which would sleep and
    could starve one of them; another process is waited for up to five seconds.
    """

    def __init__(self, url: str) -> None:
        # Whatever driver the address names: the one of the standard library is spoken to in a thread of ours.
        self._engine = create_engine(
            make_url(url).set(drivername="sqlite"),
            poolclass=NullPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
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
        """Bring the schema up to date; ConfigurationError for a damaged file or one of a newer Rushes."""
        try:
            await asyncio.to_thread(self._migrate)
        except CommandError as error:
            raise ConfigurationError(f"the database cannot be migrated: {error}") from error
        except DatabaseError as error:
            if "malformed" in str(error.orig):
                raise ConfigurationError(_DAMAGED.format(error.orig)) from error
            raise ConfigurationError(f"the database cannot be opened: {error.orig}") from error

    def _migrate(self) -> None:
        # This connection does not watch foreign keys; the others do.
        with self._engine.execution_options(rushes_migrating=True).begin() as connection:
            _check_file(connection)
            _upgrade(connection)

    async def answers(self) -> bool:
        """Whether the database answers at all."""
        try:
            await self.read(lambda connection: connection.execute(text("SELECT 1")).all())
        except StorageFailed:
            return False
        return True

    async def close(self) -> None:
        """Close every connection, after what is being written; what is being read is cut short."""
        await asyncio.gather(self._readers.close(interrupt=True), self._writer.close())


def _prepare(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: "begin" below says which kind is meant.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("rushes_migrating", False):
        # A table that is built anew may be referred to; inside a transaction this could not be switched any more.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN" if options.get("rushes_read", False) else "BEGIN IMMEDIATE")


def _check_file(connection: Connection) -> None:
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise ConfigurationError(_DAMAGED.format(found))


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = _present_revision(connection)
    if present is not None and present not in known:
        raise ConfigurationError(
            f"the database was written by a newer Rushes (its version is {present}): update the bot, or use a backup"
        )
    command.upgrade(config, "head")
    if dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise ConfigurationError(f"the database has {len(dangling)} rows without what they refer to: use a backup")


def _present_revision(connection: Connection) -> str | None:
    tables = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    if tables is None:
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])
