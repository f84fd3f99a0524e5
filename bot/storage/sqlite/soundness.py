"""Whether a database file is sound: what shows that it was closed in good order, and the check of the whole file.

The check reads every page, which takes seconds at a million rows, so a file that nothing has touched since an orderly
end is spared it.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from sqlalchemy import Connection

from bot.files import write_whole

DAMAGED = "the database is damaged ({}): put back your last backup of the file, or move it away to start afresh"
_MOST = 20


def faults(connection: Connection) -> list[str]:
    """What is wrong with the file that a connection has open; nothing where it is sound. Reads all of it.

    DatabaseError where it is so damaged that even this cannot be told.
    """
    found = connection.exec_driver_sql(f"PRAGMA quick_check({_MOST})").scalars().all()
    wrong = [str(one) for one in found if one != "ok"]
    if not wrong and (dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        wrong.append(f"{len(dangling)} rows without what they refer to")
    return wrong


class Seal:
    """A small file beside a database that says how that was left by an orderly end, in its size and its date.

    A crash leaves none. One that does not fit, because the file was put back from a backup, say, counts for nothing.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}-sealed")

    def holds(self) -> bool:
        """Whether nothing has touched the database since an orderly end. Blocks on the disk."""
        try:
            return bool(json.loads(self._path.read_bytes()) == self._now())
        except (OSError, ValueError):
            return False

    def lift(self) -> None:
        """Take it away, before the database is used; OSError where that is not possible. Blocks on the disk."""
        self._path.unlink(missing_ok=True)

    def put(self) -> None:
        """Say that this is how an orderly end has left the database. Blocks on the disk."""
        # Everything but the speed of the next start is well without it.
        with contextlib.suppress(OSError):
            write_whole(self._path, json.dumps(self._now()).encode())

    def _now(self) -> list[int]:
        seen = self._database.stat()
        return [seen.st_size, seen.st_mtime_ns]
