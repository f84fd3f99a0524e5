"""ServerStore: which servers the bot is in, as far as its rows know, and since when it is not in one any more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.sqlite import insert

from bot.storage.database import Database
from bot.storage.owner_tables import guilds

_KNOWN = """
    WITH RECURSIVE place(guild_id) AS (
        SELECT min(guild_id) FROM {table}
        UNION ALL
        SELECT (SELECT min(guild_id) FROM {table} WHERE guild_id > place.guild_id) FROM place
        WHERE place.guild_id IS NOT NULL
    )
    SELECT guild_id FROM place WHERE guild_id > 0
"""
_ABOUT_SERVERS = ("jobs", "ledger", "allowances", "blocks", "audit", "usage", "guilds")
_OF_ALL = [text(_KNOWN.format(table=table)) for table in _ABOUT_SERVERS]
_NO_RULES = {"version": 0, "rules": "{}", "set_by": 0}


class ServerStore:
    """Rows of `guilds`, of which one without rules has version 0, as a server without a row has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def left(self, guild_id: int, at: float) -> None:
        """The bot is not in this server any more; if that was noted before, since then."""
        await self._database.write(lambda connection: _left(connection, [guild_id], at))

    async def joined(self, guild_id: int) -> None:
        """The bot is in this server. After a start it is asked of each, and mostly there is nothing to write."""
        query = select(guilds.c.left_at).where(guilds.c.guild_id == guild_id, guilds.c.left_at.is_not(None))
        if await self._database.read(lambda connection: connection.execute(query).first()) is not None:
            await self._database.write(lambda connection: _joined(connection, [guild_id]))

    async def compare(self, connected: Collection[int], at: float) -> None:
        """The bot is in these servers and in no others."""
        known, away = await self._database.read(_known)
        here = set(connected)
        gone, back = sorted(known - here - away), sorted(away & here)

        def work(connection: Connection) -> None:
            _left(connection, gone, at)
            _joined(connection, back)

        if gone or back:
            await self._database.write(work)

    async def left_before(self, at: float) -> list[int]:
        """The servers that the bot has not been in since before then."""
        query = select(guilds.c.guild_id).where(guilds.c.left_at <= at, guilds.c.left_at.is_not(None))
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))


def _known(connection: Connection) -> tuple[set[int], set[int]]:
    """(All servers that rows are about, those that the bot is not in.)"""
    known = {row[0] for query in _OF_ALL for row in connection.execute(query)}
    return known, set(connection.execute(select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))).scalars())


def _left(connection: Connection, guild_ids: Collection[int], at: float) -> None:
    for guild_id in guild_ids:
        row = insert(guilds).values(guild_id=guild_id, at=at, left_at=at, **_NO_RULES)
        never = guilds.c.left_at.is_(None)
        connection.execute(row.on_conflict_do_update(index_elements=["guild_id"], set_={"left_at": at}, where=never))


def _joined(connection: Connection, guild_ids: Collection[int]) -> None:
    for guild_id in guild_ids:
        connection.execute(update(guilds).where(guilds.c.guild_id == guild_id).values(left_at=None))
