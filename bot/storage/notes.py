"""Notes: the few facts that the bot keeps for itself from one start to the next. None of them is about a person."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from bot.storage.database import Database
from bot.storage.tables import notes


class Notes:
    """One text by its name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """What was noted under this name."""
        query = select(notes.c.text).where(notes.c.name == name)
        found = await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())
        return None if found is None else str(found)

    async def put(self, name: str, text: str) -> None:
        """Note something in place of what was there."""
        row = insert(notes).values(name=name, text=text)
        change = row.on_conflict_do_update(index_elements=["name"], set_={"text": text})
        await self._database.write(lambda connection: connection.execute(change).close())
