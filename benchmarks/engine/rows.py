"""Many jobs out of one: rows that the bot has written itself, copied with new ids.

The schema is not known here but for `jobs.job_id`, `jobs.prompt` and `jobs.task_id`: columns that end in `_at` are
moments, other tables belong to a job by a column `job_id`, and what has to be unique is read from the indices.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMBERS = 500
"""So many people the copied jobs belong to."""

_FIRST_MEMBER = 1_000_000


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy: how many seconds earlier all of it happened, its task, and how long that took to render."""

    age: float = 0.0
    task_id: str | None = None
    render_seconds: float | None = None


def multiply(data: Path, prompt: str, copies: Sequence[Copy]) -> None:
    """Copy the job with this prompt, and what belongs to it, so many times. Only while no bot runs on this data."""
    path = next(data.glob("*.sqlite3"))
    with closing(sqlite3.connect(path)) as database, database:
        database.row_factory = sqlite3.Row
        pattern = dict(database.execute("SELECT * FROM jobs WHERE prompt = ?", (prompt,)).fetchone())
        unique = _unique(database, "jobs")
        ids = [secrets.token_hex(len(pattern["job_id"]) // 2) for _ in copies]
        users = [{"user_id": _FIRST_MEMBER + number % MEMBERS} for number in range(len(copies))]
        rows = (
            _copied(pattern, copy, unique) | {"job_id": job_id} | user | _interaction(pattern, number)
            for number, (copy, job_id, user) in enumerate(zip(copies, ids, users, strict=True), 1)
        )
        _insert(database, "jobs", list(pattern), rows)
        for table in _others(database):
            query = f'SELECT * FROM "{table}" WHERE job_id = ?'  # noqa: S608 - a name out of the schema
            for belonging in map(dict, database.execute(query, (pattern["job_id"],)).fetchall()):
                theirs = (
                    belonging | {"job_id": job_id} | {name: value for name, value in user.items() if name in belonging}
                    for job_id, user in zip(ids, users, strict=True)
                )
                _insert(database, table, list(belonging), theirs)


def commits(data: Path) -> int:
    """How many transactions have been committed since the database was opened: SQLite counts them for its own use.

    `iChange` in the first header of the index of the write-ahead log (SQLite's walformat.html, 2.1).
    """
    with next(data.glob("*.sqlite3-shm")).open("rb") as file:
        file.seek(8)
        return int.from_bytes(file.read(4), "little")


def _copied(pattern: Mapping[str, Any], copy: Copy, unique: frozenset[str]) -> dict[str, Any]:
    row: dict[str, Any] = {name: None if name in unique else value for name, value in pattern.items()}
    for name, value in row.items():
        if name.endswith("_at") and value is not None:
            row[name] = value - copy.age
    if copy.task_id is not None:
        row["task_id"] = copy.task_id
    if copy.render_seconds is not None:
        row["rendered_at"] = row["submitted_at"] + copy.render_seconds
    return row


def _interaction(pattern: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {"interaction_id": pattern["interaction_id"] + number} if "interaction_id" in pattern else {}


def _unique(database: sqlite3.Connection, table: str) -> frozenset[str]:
    """Columns that no two rows may share by themselves, and that may be empty."""
    empty = {row["name"] for row in database.execute(f"PRAGMA table_info({table})") if not row["notnull"]}
    found = set()
    for index in database.execute(f"PRAGMA index_list({table})").fetchall():
        columns = [row["name"] for row in database.execute(f"PRAGMA index_info({index['name']})")]
        if index["unique"] and len(columns) == 1:
            found.add(columns[0])
    return frozenset(found & empty)


def _others(database: sqlite3.Connection) -> Iterator[str]:
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'jobs'"):
        if any(row["name"] == "job_id" for row in database.execute(f"PRAGMA table_info({table})").fetchall()):
            yield table


def _insert(
    database: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterator[Mapping[str, Any]]
) -> None:
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names out of the schema
    database.executemany(statement, ([row[name] for name in columns] for row in rows))
