"""Databases as another process finds them: which version a file is of, and opening it beside the bot that owns it.

Nothing is created here, and nothing migrated.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url

from bot.errors import ConfigurationError, StorageFailed
from bot.storage.database import Database
from bot.storage.tables import HEAD


def path_of(url: str) -> Path:
    """The file that a database's address names."""
    return Path(make_url(url).database or ":memory:")


def read_only(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A connection that cannot change the file; `immutable` where nobody else can either, so that nothing is made
    beside it."""
    more = "&immutable=1" if immutable else ""
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro{more}", uri=True, isolation_level=None)
    connection.execute("PRAGMA busy_timeout=5000")
    return connection


def schema_of(path: Path, *, immutable: bool = False) -> str | None:
    """Which migration a file was brought up to last; None where there is no file, or nothing in it.

    ConfigurationError for what is no database.
    """
    try:
        if not path.is_file():
            return None
        with closing(read_only(path, immutable=immutable)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = known and connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(f"the database {path} cannot be read: {error}") from error
    return str(row[0]) if row else None


def check_present(path: Path) -> None:
    """ConfigurationError unless there is a database of this version."""
    schema = schema_of(path)
    if schema is None:
        raise ConfigurationError(
            f"there is no database at {path} yet: start the bot once, or look at DATA_DIR and DATABASE_URL."
        )
    if schema != HEAD:
        raise ConfigurationError(
            f"the database is of another version than this Rushes ({schema}, not {HEAD}):"
            " use the Rushes that runs on it, or start this one once, which updates it."
        )


@asynccontextmanager
async def visited(url: str) -> AsyncIterator[Database]:
    """A database of this version, which the bot may have open, too. ConfigurationError where it is not there."""
    check_present(path_of(url))
    database = Database(url)
    try:
        yield database
    except StorageFailed as error:
        raise ConfigurationError(f"the database cannot be used: {error}") from error
    finally:
        await database.close()
