"""Looking at a database file without changing anything, also while a bot writes to it: its version, and its faults."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DatabaseError

from bot.storage.sqlite.soundness import faults
from bot.storage.tables import HEAD

_STEPS = 10_000
"""Of SQLite's machine, between two looks at the time: less than a millisecond."""
_MIGRATIONS = Path(__file__).parents[1] / "migrations" / "versions"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is: its version, None where it has no tables of ours; what is wrong with it; and whether all of it
    was looked at in the time there was."""

    version: str | None
    faults: tuple[str, ...] = ()
    whole: bool = True

    @property
    def newer(self) -> bool:
        """Whether a Rushes wrote it that this one does not know."""
        return self.version is not None and self.version not in {path.name[:4] for path in _MIGRATIONS.glob("*.py")}

    @property
    def older(self) -> bool:
        """Whether the next start migrates it."""
        return not self.newer and self.version != HEAD


def inspect(path: Path, seconds: float, clock: Callable[[], float] = time.monotonic) -> Inspection:
    """Look at a file for no longer than told; sqlite3.Error where it cannot be read. Blocks."""
    logged = _log(path).exists()
    seen = _inspect(path, clock() + seconds, clock, logged=logged)
    if not logged and _log(path).exists():  # a bot has begun to write meanwhile
        return _inspect(path, clock() + seconds, clock, logged=True)
    return seen


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _inspect(path: Path, deadline: float, clock: Callable[[], float], *, logged: bool) -> Inspection:
    # Without a log nobody has it open, and SQLite would make one for reading: unless it is told that nothing changes.
    mode = "mode=ro" if logged else "mode=ro&immutable=1"
    address = f"file:{quote(str(path.absolute()))}?{mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=1, check_same_thread=False)
        connection.set_progress_handler(lambda: int(clock() > deadline), _STEPS)
        return connection

    with create_engine("sqlite://", creator=connect, poolclass=NullPool).connect() as opened:
        try:
            version = _version(opened)
            return Inspection(version, tuple(faults(opened)))
        except DatabaseError as failure:
            if "interrupted" in str(failure.orig):
                return Inspection(version, whole=False)
            if type(failure) is DatabaseError:  # the file itself is at fault; all else is one of its subclasses
                return Inspection(None, (str(failure.orig),))
            raise


def _version(connection: Connection) -> str | None:
    known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    row = known and connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])
