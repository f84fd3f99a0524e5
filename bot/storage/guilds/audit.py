"""The audit log: what moderators did, each written in the transaction that does it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, insert, select

from bot.models import AuditEntry
from bot.storage.database import Database
from bot.storage.owner_tables import audit


def note(connection: Connection, entry: AuditEntry) -> AuditEntry:
    """Write an entry down, within the caller's transaction; gives it with its id."""
    row = {name: getattr(entry, name) for name in AuditEntry.__slots__ if name != "entry_id"}
    result = connection.execute(insert(audit).values(row | {"facts": dict(entry.facts)}))
    assert result.inserted_primary_key is not None
    return replace(entry, entry_id=int(result.inserted_primary_key[0]))


class AuditStore:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, guild_id: int, limit: int, before: int | None = None) -> list[AuditEntry]:
        """The latest entries of a server, newest first; with `before`, those written earlier than that one."""
        query = select(audit).where(audit.c.guild_id == guild_id).order_by(audit.c.entry_id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.entry_id < before)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [AuditEntry(**row) for row in rows]

    async def get(self, entry_id: int) -> AuditEntry | None:
        """One entry."""
        query = select(audit).where(audit.c.entry_id == entry_id)
        row = await self._database.read(lambda connection: connection.execute(query).mappings().first())
        return None if row is None else AuditEntry(**row)
