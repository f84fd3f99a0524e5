"""A copy of a database while a bot works on it, and what a file holds: for backups. The original is only read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.storage.sqlite.visiting import read_only, schema_of
from bot.storage.tables import KEPT, OPEN, STEPPING

_PAGES = 512
"""So many are copied at a time: 2 MiB."""


class Holder(NamedTuple):
    """A job that may need files still: one with a next step (`open`), one whose clip is parked (`kept`), or that
    something unfinished is made of. `pictures` are the names of those it was asked for with."""

    job_id: str
    open: bool
    kept: bool
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its schema, jobs by status, and the credits of the ledger by the kind of their entry."""

    schema: str
    jobs: dict[str, int]
    ledger: dict[str, int]


def copy_database(source: Path, target: Path) -> None:
    """Write the state of this moment to a new file, by SQLite's online backup. sqlite3.Error if that fails.

    The copy is read within one transaction. In a database with a write-ahead log that keeps nobody from writing, and
    what is written meanwhile neither gets in nor makes the copy begin anew; only the log is not cut back so long.
    """
    with closing(read_only(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it is this state that is seen
        live.backup(copy, pages=_PAGES)


def faults_of(path: Path) -> list[str]:
    """What SQLite's own check finds wrong with a file that nobody has open; sqlite3.Error where it cannot even look."""
    with closing(read_only(path, immutable=True)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    return [one for one in found if one != "ok"]


def contents_of(path: Path) -> Contents:
    """What a file holds that nobody has open."""
    schema = schema_of(path, immutable=True) or ""
    with closing(read_only(path, immutable=True)) as connection:
        jobs = connection.execute("SELECT status, count(*) FROM jobs GROUP BY status ORDER BY status")
        ledger = connection.execute("SELECT kind, sum(credits) FROM ledger GROUP BY kind ORDER BY kind")
        return Contents(schema, dict(jobs.fetchall()), dict(ledger.fetchall()))


def holders_in(path: Path, *, immutable: bool = False) -> list[Holder]:
    """All that may need files, of a database of this version."""
    with closing(read_only(path, immutable=immutable)) as connection:
        connection.execute("BEGIN")
        states = [_json(row[0]) for row in connection.execute(f"SELECT state FROM assemblies WHERE {OPEN}")]  # noqa: S608
        rows = connection.execute(
            f"SELECT job_id, {STEPPING}, {KEPT} AND status = 'parked', first_frame, last_frame FROM jobs"  # noqa: S608 - constants of ours
            f" WHERE {STEPPING} OR {KEPT} OR assembly_id IN (SELECT assembly_id FROM assemblies WHERE {OPEN})"
        )
        jobs = [Holder(job_id, bool(open_), bool(kept), _names(*frames)) for job_id, open_, kept, *frames in rows]
    return [*jobs, *(holder for state in states for holder in _of_assembly(state))]


def _of_assembly(state: dict[str, Any]) -> list[Holder]:
    """What something unfinished needs: the picture of a brainstorm, and the clips that were chosen for a reel."""
    pictures, chosen = _names(state.get("picture")), state.get("chosen")
    drafts = [Holder(name.partition("-")[0], True, False, (name,)) for name in pictures]
    return drafts + [Holder(str(one), False, False, ()) for one in (chosen if isinstance(chosen, list) else [])]


def _names(*frames: object) -> tuple[str, ...]:
    """The names of pictures, as they stand in a row or in a state."""
    read = [_json(frame) if isinstance(frame, str) else frame for frame in frames]
    return tuple(str(one["name"]) for one in read if isinstance(one, dict) and "name" in one)


def _json(text: str) -> dict[str, Any]:
    """An object; an empty one where a row holds none."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
