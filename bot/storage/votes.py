"""VoteStore: who likes which clip."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from bot.storage.database import Database
from bot.storage.tables import votes


class VoteStore:
    """One vote per member and clip."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def toggle(self, job_id: str, user_id: int, at: float) -> tuple[bool, int]:
        """Give or take back a member's vote; (whether it now stands, how many the clip has)."""
        mine = (votes.c.job_id == job_id) & (votes.c.user_id == user_id)

        def work(connection: Connection) -> tuple[bool, int]:
            removed = connection.execute(delete(votes).where(mine)).rowcount
            if not removed:
                row = {"job_id": job_id, "user_id": user_id, "at": at}
                connection.execute(insert(votes).values(row).on_conflict_do_nothing())
            query = select(func.count()).select_from(votes).where(votes.c.job_id == job_id)
            return not removed, int(connection.execute(query).scalar_one())

        return await self._database.write(work)

    async def counts(self, job_ids: Collection[str]) -> dict[str, int]:
        """How many votes each of these clips has; 0 for those without any."""
        query = select(votes.c.job_id, func.count()).where(votes.c.job_id.in_(job_ids)).group_by(votes.c.job_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        found = {row[0]: int(row[1]) for row in rows}
        return {job_id: found.get(job_id, 0) for job_id in job_ids}
