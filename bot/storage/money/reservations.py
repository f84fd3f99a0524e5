"""Reservations: jobs and the credits that they hold, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, insert, select

from bot.errors import StaleJob
from bot.models import Allowance, Job
from bot.storage.database import Database
from bot.storage.money import ledger
from bot.storage.money.situation import Alias, Situation, pending_of, read_situation
from bot.storage.rows import JOBS, to_job, to_row
from bot.storage.tables import assemblies, jobs

_OF_INTERACTION = JOBS.where(jobs.c.interaction_id == bindparam("interaction_id")).order_by(jobs.c.take)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What members have left once they have what they ask for, and whether all their clips are shown as spoilers.

    `near_cap`: of a cap, so much is spent by then that somebody is to be told.
    """

    left: Mapping[int, Allowance]
    spoilers: bool = False
    near_cap: bool = False


Judge = Callable[[Situation], Verdict]
"""Says what becomes of a request by what it is shown alone, in the thread of the transaction; raises Refused."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Jobs that hold their credits; `new` is False when the same interaction came twice."""

    jobs: Sequence[Job]
    verdict: Verdict
    new: bool


def own_number(user_id: int) -> int:
    """The alias of members where nobody is ever erased."""
    return user_id


class Reservations:
    """How credits are held; the entries that close a job are written with its transitions."""

    def __init__(self, database: Database, alias: Alias = own_number) -> None:
        self._database = database
        self._alias = alias

    async def reserve_all(
        self, batch: Sequence[Job], judge: Judge, *, day: str, at: float, of_version: int | None = None
    ) -> Reserved:
        """Insert jobs of one interaction and hold all their prices, if `judge` lets them: all of them, or none.

        A repeated interaction id changes nothing and gives the first jobs, whatever `judge` would say: it is asked
        without them. StaleJob when the assembly that the jobs are for is not of this version any more.
        """

        def work(connection: Connection) -> Reserved:
            target, payers = batch[0].target, {job.target.user_id for job in batch}
            found = connection.execute(_OF_INTERACTION, {"interaction_id": target.interaction_id})
            if known := [to_job(row) for row in found]:
                return Reserved(known, Verdict({}), False)
            if of_version is not None:
                _check_version(connection, batch[0].assembly_id, of_version)
            verdict = judge(self._situation(connection, target.guild_id, payers, day, at))
            stored = [_hidden(job) for job in batch] if verdict.spoilers else list(batch)
            connection.execute(insert(jobs), [to_row(job) for job in stored])
            for job in stored:
                ledger.hold(connection, job, day, job.created_at)
            return Reserved(stored, verdict, True)

        return await self._database.write(work)

    async def situation(self, guild_id: int, user_ids: Collection[int], *, day: str, at: float) -> Situation:
        """What a request of these members would be judged by just now."""
        return await self._database.read(lambda connection: self._situation(connection, guild_id, user_ids, day, at))

    def _situation(
        self, connection: Connection, guild_id: int, user_ids: Collection[int], day: str, at: float
    ) -> Situation:
        return read_situation(connection, guild_id, user_ids, day, at, self._alias)

    async def pending(self, user_id: int) -> int:
        """How many jobs of a member have not ended, wherever they were asked for."""
        return await self._database.read(lambda connection: pending_of(connection, user_id))


def _hidden(job: Job) -> Job:
    return replace(job, request=replace(job.request, hidden=True))


def _check_version(connection: Connection, assembly_id: str | None, version: int) -> None:
    query = select(assemblies.c.version).where(assemblies.c.assembly_id == assembly_id)
    if connection.execute(query).scalar_one_or_none() != version:
        raise StaleJob(str(assembly_id))
