"""DrainStore: whether nothing new is taken, because the bot is to end once its last job has."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from bot.storage.database import Database
from bot.storage.owner_tables import DRAIN, pauses

_ROW = pauses.c.guild_id == DRAIN


class DrainStore:
    """One row of the pauses, beside those that people set; the command line writes it, the running bot goes by it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, at: float) -> bool:
        """Take nothing new from now on; False where that was so already."""
        row = insert(pauses).values(guild_id=DRAIN, draining=True, reason="", set_by=None, at=at)
        change = row.on_conflict_do_nothing(index_elements=["guild_id"])
        return await self._database.write(lambda connection: connection.execute(change).rowcount == 1)

    async def end(self) -> bool:
        """Let requests in again; False where none was on. Writes nothing then."""
        if not await self.on():
            return False
        change = delete(pauses).where(_ROW)
        return await self._database.write(lambda connection: connection.execute(change).rowcount == 1)

    async def on(self) -> bool:
        """Whether a drain is on."""
        query = select(pauses.c.at).where(_ROW)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)
