"""VoteStore: who likes which clip."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select, update

from bot.storage.database import Database
from bot.storage.tables import jobs, votes


class VoteStore:
    """One vote per member and clip; how many a clip has is kept with its job, changed in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def toggle(self, job_id: str, user_id: int, at: float) -> tuple[bool, int]:
        """Give or take back a member's vote; (whether it now stands, how many the clip has)."""
        mine = (votes.c.job_id == job_id) & (votes.c.user_id == user_id)
        row = {"job_id": job_id, "user_id": user_id, "at": at}

        def work(connection: Connection) -> tuple[bool, int]:
            stands = not connection.execute(delete(votes).where(mine)).rowcount
            if stands:
                connection.execute(insert(votes).values(row))
            count = jobs.c.vote_count + (1 if stands else -1)
            change = update(jobs).where(jobs.c.job_id == job_id).values(vote_count=count).returning(jobs.c.vote_count)
            return stands, int(connection.execute(change).scalar_one())

        return await self._database.write(work)

    async def counts(self, job_ids: Collection[str]) -> dict[str, int]:
        """How many votes each of these clips has; 0 for those without any."""
        query = select(jobs.c.job_id, jobs.c.vote_count).where(jobs.c.job_id.in_(job_ids))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        found = {job_id: int(count) for job_id, count in rows}
        return {job_id: found.get(job_id, 0) for job_id in job_ids}
