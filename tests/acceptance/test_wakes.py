"""What the loops ask at every wake is found through an index, and costs the same however much has ended before."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.acceptance.studio import Studio

MONTH = 30 * 86_400
ENDS = ("delivered", "parked", "failed", "cancelled", "unknown")
SCAN = re.compile(r"SCAN (jobs|ledger|assemblies|votes|grants|allowances|theirs)\b(?! USING)")

Said = dict[str, tuple[Any, ...]]


@contextmanager
def listening() -> Iterator[Said]:
    """Every statement that any database is sent, once each, with the values it came with last."""
    said: Said = {}

    def heard(_1: object, _2: object, statement: str, parameters: Any, _3: object, many: bool) -> None:
        said[statement] = tuple(parameters[0] if many else parameters)

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", heard)


def grow(path: Path, more: int, user_id: int, guild_id: int) -> None:
    """Let this member have had so many more requests a month ago, with their credits, and as many assemblies."""
    then = time.time() - MONTH
    with closing(sqlite3.connect(path)) as database, database:
        (known,) = database.execute("SELECT count(*) FROM jobs").fetchone()
        for number in range(known, known + more):
            status = ENDS[number % len(ENDS)]
            database.execute(
                "INSERT INTO jobs (job_id, version, status, shown_status, interaction_id, user_id, guild_id,"
                " channel_id, provider, auto_provider, price, prompt, image_urls, attempts, strikes, link_refreshed,"
                " created_at, due_at, submitting_at, submitted_at, rendered_at, ended_at, deleted_at)"
                " VALUES (?, 9, ?, ?, ?, ?, ?, 1, 'apiframe', 0, 1, 'long ago', '[]', 0, 0, 0, ?, ?, ?, ?, ?, ?, ?)",
                (f"old{number}", status, status, number + 1, user_id, guild_id, *[then + number] * 7),
            )
            for kind in ("hold", "settle"):
                day = datetime.fromtimestamp(then - number % 28 * 86_400, UTC).date().isoformat()
                row = (f"old{number}", kind, guild_id, user_id, day, then)
                database.execute("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, 1, ?)", row)
            database.execute(
                "INSERT INTO assemblies (assembly_id, version, kind, interaction_id, user_id, guild_id,"
                " channel_id, locale, state, attempts, created_at, ended_at)"
                " VALUES (?, 1, 'takes', ?, ?, ?, 1, 'en', '{}', 0, ?, ?)",
                (f"old{number}", number + 1, user_id, guild_id, then, then),
            )


async def life(studio: Studio) -> None:
    """A clip alone, two side by side, and one that waits in line meanwhile."""
    await studio.video(studio.ada, "alone")
    await studio.video(studio.ada, "together", takes=2)
    await studio.until(lambda: any(len(clip.attachments) == 2 for clip in studio.clips()), "two clips side by side")


def effort(path: Path, said: Said) -> dict[str, int]:
    """Steps of SQLite's machine for each question."""
    found = {}
    with closing(sqlite3.connect(path)) as database:
        for statement, values in said.items():
            steps = 0

            def step() -> int:
                nonlocal steps
                steps += 1
                return 0

            database.set_progress_handler(step, 1)
            database.execute(statement, values).fetchall()
            database.set_progress_handler(None, 1)
            found[statement] = steps
    return found


async def test_no_wake_reads_through_what_has_ended(studio: Studio) -> None:
    await studio.stop()
    grow(studio.database, 200, studio.ada.id, studio.guild.id)
    with listening() as said:
        await studio.start()
        await studio.env.restart_bot(studio.app.new_bot(shard_count=1))
        await life(studio)
    await studio.stop()
    changing = {one: values for one, values in said.items() if one.startswith(("UPDATE", "INSERT"))}
    asking = {one: values for one, values in said.items() if one.startswith("SELECT") and "sqlite" not in one}
    asking = {one: values for one, values in asking.items() if "alembic" not in one}
    assert len(asking) > 15
    with closing(sqlite3.connect(studio.database)) as database:
        for statement, values in (asking | changing).items():
            plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert [step for step in plan if SCAN.search(step)] == [], statement

    before = effort(studio.database, asking)
    grow(studio.database, 2000, studio.ada.id, studio.guild.id)
    after = effort(studio.database, asking)
    assert {
        statement: (before[statement], steps)
        for statement, steps in after.items()
        if steps > 1.5 * before[statement] + 50
    } == {}
