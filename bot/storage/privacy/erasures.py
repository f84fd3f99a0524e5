"""ErasureStore: which erasures are under way, and how far. What they delete is in erasing.py and unnaming.py."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from bot.storage.database import Database
from bot.storage.owner_tables import EVERYWHERE, erasures, guilds

NOBODY = 0
"""The user id of an erasure that is about a whole server; and of rows that belong to nobody any more."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A member of all servers who is erased, or with NOBODY a whole server.

    What was there at `asked_at` goes; `cursor` says how far it is. Once all that names the member is gone, their id
    here is replaced by their alias, which is negative.
    """

    erasure_id: str
    guild_id: int
    user_id: int
    asked_at: float
    cursor: str = ""
    attempts: int = 0

    @property
    def of_server(self) -> bool:
        """Whether a whole server is erased."""
        return self.user_id == NOBODY

    @property
    def closing(self) -> bool:
        """Whether only the row itself is left."""
        return self.user_id < 0


class ErasureStore:
    """The rows of `erasures`; there are never many."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, erasure: Erasure) -> bool:
        """Write one down; False where one of the same member or server is under way."""
        same = (erasures.c.guild_id == erasure.guild_id, erasures.c.user_id == erasure.user_id)
        row = {name: getattr(erasure, name) for name in Erasure.__slots__}

        def work(connection: Connection) -> bool:
            if connection.execute(select(erasures.c.erasure_id).where(*same)).first() is not None:
                return False
            connection.execute(insert(erasures).values(row))
            return True

        return await self._database.write(work)

    async def get(self, erasure_id: str) -> Erasure | None:
        """One of them, or None."""
        query = select(erasures).where(erasures.c.erasure_id == erasure_id)
        row = await self._database.read(lambda connection: connection.execute(query).mappings().first())
        return None if row is None else Erasure(**row)

    async def all(self) -> list[Erasure]:
        """Those that are under way."""
        rows = await self._database.read(lambda connection: connection.execute(select(erasures)).mappings().all())
        return [Erasure(**row) for row in rows]

    async def of_member(self, user_id: int) -> bool:
        """Whether this member is being erased."""
        query = select(erasures.c.erasure_id).where(erasures.c.guild_id == EVERYWHERE, erasures.c.user_id == user_id)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)

    async def note(self, erasure: Erasure, *, cursor: str, attempts: int = 0, user_id: int | None = None) -> None:
        """Write down how far it is."""
        values = {"cursor": cursor, "attempts": attempts, "user_id": erasure.user_id if user_id is None else user_id}
        change = update(erasures).where(erasures.c.erasure_id == erasure.erasure_id).values(values)
        await self._database.write(lambda connection: connection.execute(change).close())

    async def end(self, erasure: Erasure) -> None:
        """Forget one: it is done, or not wanted any more."""
        change = delete(erasures).where(erasures.c.erasure_id == erasure.erasure_id)
        await self._database.write(lambda connection: connection.execute(change).close())

    async def scrub(self) -> bool:
        """Leave nothing in the database's files of what was deleted; False where that has to be tried again."""
        return await self._database.scrub()

    async def is_back(self, guild_id: int) -> bool:
        """Whether the bot is in a server again that it had left."""
        query = select(guilds.c.guild_id).where(guilds.c.guild_id == guild_id, guilds.c.left_at.is_(None))
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)
