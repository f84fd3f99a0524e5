"""KeptClips: finished clips that are in no channel. They are paid for when fetched, and given back when not.

A clip is kept after its channel turned out to be gone (PARKED, its credits still held), or after its job was cancelled
while it was being rendered (CANCELLED, charged for).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, text, update

from bot.models import Job, LedgerKind
from bot.storage.database import Database
from bot.storage.money import ledger
from bot.storage.rows import JOBS, to_job
from bot.storage.tables import KEPT, jobs


class KeptClips:
    """Every change here is one transaction, so that a clip is either handed out and paid for, or given back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, job: Job, at: float) -> bool:
        """Settle what is held for a clip that its requester is about to have; False when it is no longer kept.

        One that was fetched before stays paid for, and one whose credits went back with an unknown outcome stays free.
        """
        query = select(jobs.c.job_id).where(jobs.c.job_id == job.job_id, text(KEPT))

        def work(connection: Connection) -> bool:
            if connection.execute(query).first() is None:
                return False
            ledger.close(connection, job, LedgerKind.SETTLE, at)
            return True

        return await self._database.write(work)

    async def ids(self) -> set[str]:
        """The jobs whose clips are kept."""
        query = select(jobs.c.job_id).where(text(KEPT))
        return await self._database.read(lambda connection: set(connection.execute(query).scalars()))

    async def expire(self, before: float, at: float, *, limit: int = 100) -> Sequence[str]:
        """Stop keeping the clips of jobs that ended before then, and release what is still held; their job ids."""
        query = JOBS.where(text(KEPT), jobs.c.ended_at <= before).limit(limit)

        def work(connection: Connection) -> list[str]:
            found = [to_job(row) for row in connection.execute(query)]
            for job in found:
                connection.execute(update(jobs).where(jobs.c.job_id == job.job_id).values(deleted_at=at))
                ledger.close(connection, job, LedgerKind.RELEASE, at)
            return [job.job_id for job in found]

        return await self._database.write(work)
