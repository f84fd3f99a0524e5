"""ExportStore: all that is known of one member, in all servers, as plain rows. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, func, or_, select

from bot.models import Job
from bot.storage.database import Database
from bot.storage.owner_tables import audit, blocks, usage
from bot.storage.rows import JOBS, to_job
from bot.storage.tables import allowances, grants, jobs, ledger, votes

Rows = list[dict[str, Any]]

_LEFT_OUT = {"user_id", "set_by", "granted_by", "at", "actor_id"}


class ExportStore:
    """By server where an index wants it: `guilds` are those that ErasingStore.guilds_of has found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def jobs(self, user_id: int, guilds: Sequence[int]) -> list[Job]:
        """All their jobs, oldest first in each server."""
        found: list[Job] = []
        for guild_id in guilds:
            found += await self._database.read(partial(_jobs, guild_id=guild_id, user_id=user_id))
        return found

    async def count(self, user_id: int, guilds: Sequence[int]) -> int:
        """How many jobs they have."""

        def work(connection: Connection) -> int:
            theirs = (select(func.count()).where(jobs.c.guild_id == one, jobs.c.user_id == user_id) for one in guilds)
            return sum(int(connection.execute(query).scalar_one()) for query in theirs)

        return await self._database.read(work)

    async def credits(self, user_id: int, guilds: Sequence[int]) -> dict[str, Rows]:
        """What was held and used, granted and allowed, and whether they are blocked."""
        tables = {"ledger": ledger, "grants": grants, "allowances": allowances, "blocks": blocks}

        def work(connection: Connection) -> dict[str, Rows]:
            return {
                name: [row for guild_id in guilds for row in _rows(connection, _of(table, guild_id, user_id), table)]
                for name, table in tables.items()
            }

        return await self._database.read(work)

    async def votes(self, user_id: int) -> Rows:
        """The clips that they have voted for."""
        query = select(votes).where(votes.c.user_id == user_id)
        return await self._database.read(lambda connection: _rows(connection, query, votes, keep={"at"}))

    async def usage(self, user_id: int) -> Rows:
        """What is counted for them, day by day."""
        query = select(usage).where(usage.c.user_id == user_id).order_by(usage.c.day)
        return await self._database.read(lambda connection: _rows(connection, query, usage))

    async def acts(self, user_id: int) -> Rows:
        """What the audit logs say of them, and of what they did."""
        query = select(audit).where(or_(audit.c.actor_id == user_id, audit.c.subject_id == user_id))
        return await self._database.read(lambda connection: _rows(connection, query, audit, keep={"at"}))


def _of(table: Table, guild_id: int, user_id: int) -> Select[Any]:
    return select(table).where(table.c.guild_id == guild_id, table.c.user_id == user_id)


def _rows(connection: Connection, query: Select[Any], table: Table, keep: Collection[str] = ()) -> Rows:
    """Rows without the member's own id, which is the same in all, and without those of others."""
    columns: list[Column[Any]] = [one for one in table.c if one.name in keep or one.name not in _LEFT_OUT]
    return [{one.name: row[one.name] for one in columns} for row in connection.execute(query).mappings()]


def _jobs(connection: Connection, *, guild_id: int, user_id: int) -> list[Job]:
    theirs = JOBS.where(jobs.c.guild_id == guild_id, jobs.c.user_id == user_id).order_by(jobs.c.created_at)
    return [to_job(row) for row in connection.execute(theirs)]
