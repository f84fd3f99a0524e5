"""Unnaming: what stays of a member who was erased, without anything that says whose it was. Sums do not change.

Of the current day the credits go on under the member's alias, so that nobody has them anew by being erased; and so do a
block and daily credits that were set for the member. Everything else becomes nobody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.storage.database import Database
from bot.storage.money import ledger as ledger_
from bot.storage.money.usage import add_to
from bot.storage.owner_tables import alarms, audit, blocks, guilds, pauses, spend, usage
from bot.storage.privacy.erasures import NOBODY
from bot.storage.tables import allowances, grants, ledger, votes

AT_ONCE = 500
"""Rows of one transaction."""

_ACTORS = ((allowances, "set_by"), (grants, "granted_by"), (blocks, "set_by"), (pauses, "set_by"), (guilds, "set_by"))
_SERVERS = (allowances, grants, ledger, usage, blocks, pauses, audit, guilds)


class UnnamingStore:
    """Each write is one short transaction, and says whether there may be more to do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credits(self, guild_id: int, user_id: int, alias: int, today: str) -> bool:
        """The ledger, grants, allowance and block of a member in one server."""

        def work(connection: Connection) -> bool:
            _unname_block(connection, guild_id, user_id, alias)
            theirs = {"guild_id": guild_id, "user_id": user_id}
            _unname_allowance(connection, guild_id, user_id, alias)
            number = case((grants.c.day >= today, alias), else_=NOBODY)
            connection.execute(update(grants).filter_by(**theirs).values(user_id=number))
            some = select(ledger.c.job_id).filter_by(**theirs).distinct().limit(AT_ONCE)
            ids = list(connection.execute(some).scalars())
            number = case((ledger.c.day >= today, alias), else_=NOBODY)
            connection.execute(update(ledger).where(ledger.c.job_id.in_(ids)).values(user_id=number))
            return len(ids) == AT_ONCE

        return await self._database.write(work)

    async def block(self, guild_id: int, alias: int, at: float, until: float) -> None:
        """Block an alias until a moment, unless it is blocked for longer."""
        row = {"guild_id": guild_id, "user_id": alias, "blocked": True, "until": until, "set_by": NOBODY, "at": at}
        await self._database.write(lambda connection: _keep_block(connection, row))

    async def usage(self, user_id: int) -> bool:
        """What is counted for a member is counted for nobody."""
        some = select(usage).where(usage.c.user_id == user_id).limit(AT_ONCE)

        def work(connection: Connection) -> bool:
            rows = connection.execute(some).mappings().all()
            for row in rows:
                key = [column == row[column.name] for column in usage.primary_key]
                connection.execute(delete(usage).where(*key))
                add_to(connection, {**row, "user_id": NOBODY})
            return len(rows) == AT_ONCE

        return await self._database.write(work)

    async def votes(self, user_id: int) -> bool:
        """Votes go on to count, each as that of somebody of whom nothing is known."""
        some = select(votes.c.job_id).where(votes.c.user_id == user_id).limit(AT_ONCE)

        def work(connection: Connection) -> bool:
            ids = list(connection.execute(some).scalars())
            for job_id in ids:
                theirs = update(votes).where(votes.c.job_id == job_id, votes.c.user_id == user_id)
                connection.execute(theirs.values(user_id=-1 - secrets.randbits(62)))
            return len(ids) == AT_ONCE

        return await self._database.write(work)

    async def acts(self, user_id: int) -> None:
        """Who has set and granted something."""

        def work(connection: Connection) -> None:
            for table, column in _ACTORS:
                connection.execute(update(table).where(table.c[column] == user_id).values({column: NOBODY}))

        await self._database.write(work)

    async def audit_after(self, entry_id: int, user_id: int) -> int | None:
        """One page of the audit log of all servers; the last entry of it, None at the end."""
        page = select(audit).where(audit.c.entry_id > entry_id).order_by(audit.c.entry_id).limit(AT_ONCE)

        def work(connection: Connection) -> int | None:
            rows = connection.execute(page).mappings().all()
            for row in rows:
                values = _unnamed(row, user_id)
                if values != {name: row[name] for name in values}:
                    connection.execute(update(audit).where(audit.c.entry_id == row["entry_id"]).values(values))
            return rows[-1]["entry_id"] if len(rows) == AT_ONCE else None

        return await self._database.write(work)

    async def server(self, guild_id: int) -> bool:
        """Delete the rows of a whole server, some of each table; that it was ever there goes last."""

        def work(connection: Connection) -> bool:
            for table in _SERVERS:
                if _deleted_some(connection, table, guild_id):
                    return True
            connection.execute(delete(spend).where(spend.c.scope == f"guild:{guild_id}"))
            connection.execute(delete(alarms).where(alarms.c.name.contains(str(guild_id))))
            return False

        return await self._database.write(work)


def _deleted_some(connection: Connection, table: Table, guild_id: int) -> bool:
    """Whether there may be more in this table."""
    key = list(table.primary_key)
    some = select(*key).where(table.c.guild_id == guild_id).limit(AT_ONCE)
    rows = [{f"of_{name}": value for name, value in row._mapping.items()} for row in connection.execute(some)]
    if rows:
        connection.execute(delete(table).where(*(column == bindparam(f"of_{column.name}") for column in key)), rows)
    return len(rows) == AT_ONCE


def _unname_block(connection: Connection, guild_id: int, user_id: int, alias: int) -> None:
    """A block stays under the alias; that one was lifted is of no use now that the strikes before it are gone."""
    theirs = delete(blocks).where(blocks.c.guild_id == guild_id, blocks.c.user_id == user_id).returning(*blocks.c)
    row = connection.execute(theirs).mappings().first()
    if row is None or not row["blocked"]:
        return
    _keep_block(connection, {**row, "user_id": alias})


def _keep_block(connection: Connection, row: Mapping[str, Any]) -> None:
    """Block an alias, without a reason; where it is blocked already, the longer of the two holds."""
    values = {**row, "reason": ""}
    longer = or_(blocks.c.blocked.is_(False), blocks.c.until.is_not(None))
    if row["until"] is not None:
        longer = or_(blocks.c.blocked.is_(False), blocks.c.until < row["until"])
    statement = insert(blocks).values(values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["guild_id", "user_id"], set_=values, where=longer)
    )


def _unname_allowance(connection: Connection, guild_id: int, user_id: int, alias: int) -> None:
    """What was set for a member holds under the alias: nobody gets out of a limit by being erased."""
    theirs = delete(allowances).where(allowances.c.guild_id == guild_id, allowances.c.user_id == user_id)
    row = connection.execute(theirs.returning(*allowances.c)).mappings().first()
    if row is not None:
        ledger_.set_daily(connection, guild_id, alias, row["daily_credits"], by=NOBODY, at=row["at"])


def _unnamed(row: RowMapping, user_id: int) -> dict[str, Any]:
    """The columns of an entry without this member; of what was done to them, without what was written about it."""
    about, by = row["subject_id"] == user_id, row["actor_id"] == user_id
    facts = {name: value for name, value in row["facts"].items() if not _names(value, user_id)}
    if about or by:
        facts = {name: value for name, value in facts.items() if not (name == "reason" or (about and _written(value)))}
    return {
        "actor_id": NOBODY if by else row["actor_id"],
        "subject_id": NOBODY if about else row["subject_id"],
        "facts": facts,
    }


def _names(value: Any, user_id: int) -> bool:
    return value == user_id or str(user_id) in str(value)


def _written(value: Any) -> bool:
    return isinstance(value, str | list | dict)
