"""How SQLite answers a question: the plan of each statement that it takes. They do not depend on the rows."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import event

from bot.storage.database import Database

_PLANNED = {"SELECT", "WITH", "UPDATE", "DELETE"}
_INDEX = re.compile(r"USING (?:COVERING )?INDEX (\w+)")
_WHOLE = re.compile(r"SCAN (?:jobs|assemblies|ledger|votes|usage|spend|theirs|head)$")
_CLUSTERED = re.compile(r"SEARCH (\w+) USING PRIMARY KEY")


async def plans_of(database: Database, question: Callable[[], Awaitable[object]]) -> list[str]:
    """Every step of the plans of all that is asked for this; it is asked once."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        said.append((statement, parameters[0] if many else parameters))

    event.listen(database._engine, "before_cursor_execute", hear)
    try:
        await question()
    finally:
        event.remove(database._engine, "before_cursor_execute", hear)
    return [step for statement, parameters in said for step in await _plan(database, statement, parameters)]


def indices_in(plans: list[str]) -> set[str]:
    """The indices that are named, and the tables that are their own."""
    return {name for step in plans for name in [*_INDEX.findall(step), *_CLUSTERED.findall(step)]}


def read_whole(plans: list[str]) -> list[str]:
    """Steps that read a whole table of the large ones."""
    return [step for step in plans if _WHOLE.match(step)]


async def _plan(database: Database, statement: str, parameters: Any) -> list[str]:
    if statement.split()[0] not in _PLANNED:
        return []
    asked = f"EXPLAIN QUERY PLAN {statement}"
    return await database.read(lambda c: [str(row[3]) for row in c.exec_driver_sql(asked, parameters)])
