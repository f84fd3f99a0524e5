"""AlarmStore: what the owner and servers have been told of already. What is worth it is for bot.moderation to say."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from bot.storage.database import Database
from bot.storage.owner_tables import alarms, guilds


class Told(NamedTuple):
    """How bad something was when it was last told, or found to be better; 0 is well. `at` is by the wall clock."""

    level: int
    at: float


class AlarmStore:
    """One row for each thing that has been told; it stays when that is well again, with level 0."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def told(self, names: Collection[str]) -> dict[str, Told]:
        """What is known of these; nothing of what was never told."""
        query = select(alarms).where(alarms.c.name.in_(list(names)))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row.name: Told(row.level, row.at) for row in rows}

    async def note(self, name: str, told: Told) -> None:
        """Remember what was told, or that it is better."""
        values = told._asdict()
        statement = insert(alarms).values(name=name, **values)
        written = statement.on_conflict_do_update(index_elements=["name"], set_=values)
        await self._database.write(lambda connection: connection.execute(written))

    async def capped_servers(self) -> list[int]:
        """The servers that have a budget and that the bot is in."""
        query = select(guilds.c.guild_id).where(
            guilds.c.left_at.is_(None), guilds.c.rules.contains("_budget", autoescape=True)
        )
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))
