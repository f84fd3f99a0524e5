"""AssemblyStore: the rows of what is put together from clips."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

from sqlalchemy import Connection, RowMapping, Select, Text, insert, select, text, type_coerce, update

from bot.changes import AssemblyChanges
from bot.errors import StaleJob
from bot.models import Assembly, AssemblyKind, ReplyTarget
from bot.storage.database import Database
from bot.storage.tables import OPEN, assemblies

Check = Callable[[Sequence[Assembly]], None]
"""Is shown the other open assemblies of the same member, server and kind, in the transaction that writes; may raise.

It runs in the thread of that transaction, so it must judge by what it is shown alone."""


_ALL = tuple(
    type_coerce(column, Text).label("state") if column is assemblies.c.state else column for column in assemblies.c
)
"""The state as it is written: one that is no JSON must not keep the others from being read."""

ASSEMBLIES = select(*_ALL)
"""What to select for to_assembly(), to be narrowed down."""


class AssemblyStore:
    """Every query about assemblies. Changes are compare-and-set on the version, as those of jobs are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, assembly: Assembly, check: Check | None = None) -> tuple[Assembly, bool]:
        """Insert one unless `check` objects; (it, True), or (the first one of the same interaction, False)."""
        query = ASSEMBLIES.where(assemblies.c.interaction_id == assembly.target.interaction_id)

        def work(connection: Connection) -> tuple[Assembly, bool]:
            known = connection.execute(query).mappings().first()
            if known is not None:
                return to_assembly(known), False
            _checked(connection, assembly, check)
            connection.execute(insert(assemblies).values(_to_row(assembly)))
            return assembly, True

        return await self._database.write(work)

    async def change(
        self, assembly: Assembly, check: Check | None = None, **changes: Unpack[AssemblyChanges]
    ) -> Assembly:
        """Write `changes` unless `check` objects; StaleJob when the assembly has changed since it was read."""
        moved = replace(assembly, version=assembly.version + 1, **changes)
        where = (assemblies.c.assembly_id == assembly.assembly_id, assemblies.c.version == assembly.version)
        values: dict[str, Any] = {**changes}
        if "state" in changes:
            values["state"] = dict(changes["state"])
        change = update(assemblies).where(*where).values(**values, version=moved.version)

        def work(connection: Connection) -> None:
            _checked(connection, assembly, check)
            if connection.execute(change).rowcount != 1:
                raise StaleJob(assembly.assembly_id)

        await self._database.write(work)
        return moved

    async def get(self, assembly_id: str) -> Assembly | None:
        """One assembly, or None."""
        found = await self._select(assemblies.c.assembly_id == assembly_id)
        return found[0] if found else None

    async def open_ones(self) -> list[Assembly]:
        """All that have not ended, soonest due first."""
        return await self._select(text(OPEN))

    async def open_in(self, channel_id: int, kind: AssemblyKind) -> list[Assembly]:
        """Those of a channel that have not ended."""
        return await self._select(text(OPEN), assemblies.c.channel_id == channel_id, assemblies.c.kind == kind)

    async def open_of(self, guild_id: int, user_id: int, kind: AssemblyKind) -> list[Assembly]:
        """Those of a member of a server that have not ended."""
        return await self._select(*_of(guild_id, user_id, kind))

    async def _select(self, *where: Any) -> list[Assembly]:
        query = ASSEMBLIES.where(*where).order_by(assemblies.c.due_at, assemblies.c.created_at)
        return await self._database.read(lambda connection: _found(connection, query))


def _found(connection: Connection, query: Select[Any]) -> list[Assembly]:
    return [to_assembly(row) for row in connection.execute(query).mappings()]


def _of(guild_id: int, user_id: int, kind: AssemblyKind) -> tuple[Any, ...]:
    theirs = (assemblies.c.guild_id == guild_id, assemblies.c.user_id == user_id)
    return (text(OPEN), *theirs, assemblies.c.kind == kind)


def _checked(connection: Connection, assembly: Assembly, check: Check | None) -> None:
    if check is None:
        return
    theirs = _of(assembly.target.guild_id, assembly.target.user_id, assembly.kind)
    query = ASSEMBLIES.where(*theirs, assemblies.c.assembly_id != assembly.assembly_id)
    check(_found(connection, query))


def _to_row(assembly: Assembly) -> dict[str, Any]:
    row = {name: getattr(assembly, name) for name in Assembly.__slots__ if name != "target"}
    target = {name: getattr(assembly.target, name) for name in ReplyTarget.__slots__}
    return row | target | {"state": dict(assembly.state)}


def to_assembly(row: RowMapping) -> Assembly:
    """A row of ASSEMBLIES as an assembly."""
    values = {name: row[name] for name in Assembly.__slots__ if name != "target"}
    known = row["kind"] in AssemblyKind.__members__.values()
    values |= {"kind": AssemblyKind(row["kind"]) if known else AssemblyKind.OTHER, "state": _state(row["state"])}
    return Assembly(target=ReplyTarget(**{name: row[name] for name in ReplyTarget.__slots__}), **values)


def _state(written: str) -> Mapping[str, Any]:
    try:
        found = json.loads(written)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
