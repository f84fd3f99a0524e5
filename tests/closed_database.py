"""A database that does not take one kind of change, as a locked one or a full disk does, for as long as it is told to.

A real lock makes every writer wait for five seconds first; this refuses at once, and only what is asked for.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_NAME = "closed_for_a_test"


def closed_to(path: Path, change: str) -> None:
    """From now on `change`, such as "UPDATE ON jobs", fails."""
    refusal = "BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute(f"CREATE TRIGGER {_NAME} BEFORE {change} {refusal}")
        connection.commit()


def opened_to(path: Path) -> None:
    """Take everything again."""
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute(f"DROP TRIGGER IF EXISTS {_NAME}")
        connection.commit()
