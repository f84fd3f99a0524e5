"""One database: its engine, its two kinds of transaction, and its migrations. No query about jobs belongs here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.errors import ConfigurationError, StorageFailed

_MIGRATIONS = Path(__file__).with_name("migrations")
_DAMAGED = "the database is damaged ({}): put back your last backup of the file, or move it away to start afresh"


class Database:
    """Opens the engine; `read` sees a snapshot, `write` holds SQLite's write lock from its first statement.

    Writers of this process queue on a lock of ours rather than on SQLite's busy handler, which would sleep and
    could starve one of them; another process is waited for up to five seconds.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url, pool_size=4, max_overflow=4, hide_parameters=True)
        self._writing = asyncio.Lock()
        event.listen(self._engine.sync_engine, "connect", _prepare)
        event.listen(self._engine.sync_engine, "begin", _begin)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads. Raises StorageFailed."""
        with _translated():
            async with self._engine.connect() as connection:
                yield await connection.execution_options(rushes_read=True)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; committed at the end, rolled back on any exception. Raises StorageFailed."""
        with _translated():
            async with self._writing, self._engine.begin() as connection:
                yield connection

    async def migrate(self) -> None:
        """Bring the schema up to date; ConfigurationError for a damaged file or one of a newer Rushes."""
        try:
            async with self._engine.connect() as connection:
                connection = await connection.execution_options(rushes_migrating=True)
                await connection.run_sync(_check_file)
                await connection.run_sync(_upgrade)
                await connection.commit()
            # This connection does not watch foreign keys; the next ones do.
            await self._engine.dispose()
        except CommandError as error:
            raise ConfigurationError(f"the database cannot be migrated: {error}") from error
        except DatabaseError as error:
            if "malformed" in str(error.orig):
                raise ConfigurationError(_DAMAGED.format(error.orig)) from error
            raise ConfigurationError(f"the database cannot be opened: {error.orig}") from error

    async def answers(self) -> bool:
        """Whether the database answers at all."""
        try:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except StorageFailed:
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors as ours, so that those above can tell them from others without knowing the library."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageFailed(f"{type(error).__name__}: {getattr(error, 'orig', None)}") from error


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
