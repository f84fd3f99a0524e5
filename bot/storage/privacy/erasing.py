"""ErasingStore: the jobs and assemblies of one member, or of a whole server, found by the page and deleted by the page.

What stays without a name is in unnaming.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, or_, select, text, tuple_, update

from bot.models import Assembly, Job, LedgerKind
from bot.storage.assemblies import ASSEMBLIES, to_assembly
from bot.storage.database import Database
from bot.storage.money import ledger
from bot.storage.owner_tables import audit
from bot.storage.privacy.erasures import NOBODY
from bot.storage.rows import JOBS, to_job
from bot.storage.tables import KEPT, STEPPING, assemblies, jobs, votes

PAGE = 50
"""Jobs that are looked at, or deleted, together: some ten milliseconds."""

_GUILDS = """
    WITH RECURSIVE place(guild_id) AS (
        SELECT min(guild_id) FROM {table}
        UNION ALL
        SELECT (SELECT min(guild_id) FROM {table} WHERE guild_id > place.guild_id) FROM place
        WHERE place.guild_id IS NOT NULL
    )
    SELECT guild_id FROM place WHERE EXISTS (
        SELECT 1 FROM {table} AS theirs WHERE theirs.guild_id = place.guild_id AND theirs.user_id = :user_id
    )
"""
_ABOUT_MEMBERS = ("jobs", "ledger", "grants", "allowances", "blocks")
_OF = [text(_GUILDS.format(table=table)) for table in _ABOUT_MEMBERS]


_ENDED = text(f"NOT {STEPPING}")


class Whose(NamedTuple):
    """A member of one server, or with NOBODY all of it: what was asked for by `until`, and had ended by `ended`."""

    guild_id: int
    user_id: int
    until: float
    ended: float

    @property
    def jobs(self) -> list[Any]:
        """What picks their jobs, whether or not they have ended."""
        where: list[Any] = [jobs.c.guild_id == self.guild_id, jobs.c.created_at <= self.until]
        return where if self.user_id == NOBODY else [*where, jobs.c.user_id == self.user_id]

    @property
    def over(self) -> list[Any]:
        """What picks those that have ended."""
        return [*self.jobs, jobs.c.ended_at <= self.ended, _ENDED]


class Trace(NamedTuple):
    """Where a job has left something."""

    job_id: str
    channel_id: int
    interaction_id: int
    status_message_id: int | None
    result_message_id: int | None


_TRACE = select(*(jobs.c[name] for name in Trace._fields))


class ErasingStore:
    """Each write is one short transaction; that it is repeated does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def guilds_of(self, user_id: int) -> list[int]:
        """The servers in which something is known of a member. Jumps from one server to the next by the indices."""

        def work(connection: Connection) -> list[int]:
            asked = {"user_id": user_id}
            return sorted({row[0] for query in _OF for row in connection.execute(query, asked)})

        return await self._database.read(work)

    async def guilds_of_acts(self, user_id: int) -> list[int]:
        """The servers whose audit log names a member. Reads the whole log, which is short."""
        query = select(audit.c.guild_id).where(or_(audit.c.actor_id == user_id, audit.c.subject_id == user_id))
        return await self._database.read(lambda connection: list(connection.execute(query.distinct()).scalars()))

    async def log_channels(self, guild_id: int) -> list[int]:
        """The channels that a server's audit log says to have been its log channel."""
        query = select(audit.c.facts).where(audit.c.guild_id == guild_id, audit.c.action == "log")
        facts = await self._database.read(lambda connection: list(connection.execute(query).scalars()))
        return [int(found["channel_id"]) for found in facts if "channel_id" in found]

    async def under_way(self, user_id: int, guild_id: int, until: float) -> list[Job]:
        """The jobs of a member everywhere, or of a server, that have a next step."""
        whose = jobs.c.guild_id == guild_id if user_id == NOBODY else jobs.c.user_id == user_id
        query = JOBS.where(text(STEPPING), whose, jobs.c.created_at <= until)
        return await self._database.read(lambda connection: _jobs(connection, query))

    async def hide(self, whose: Whose, after: tuple[float, str], at: float) -> list[Job]:
        """The next page of jobs that have ended: from now on nobody sees their clips, and none is kept any more."""
        key = tuple_(jobs.c.created_at, jobs.c.job_id)
        query = JOBS.where(*whose.over, key > tuple_(*after))
        if whose.user_id != NOBODY:  # those of a whole server are not sorted for each page: what is hidden is deleted
            query = query.order_by(jobs.c.created_at, jobs.c.job_id)

        def work(connection: Connection) -> list[Job]:
            found = _jobs(connection, query.limit(PAGE))
            ids = [job.job_id for job in found]
            kept = set(connection.execute(select(jobs.c.job_id).where(text(KEPT), jobs.c.job_id.in_(ids))).scalars())
            for job in found:
                if job.job_id in kept:
                    ledger.close(connection, job, LedgerKind.RELEASE, at)
            unseen = (jobs.c.job_id.in_(ids), jobs.c.deleted_at.is_(None))
            connection.execute(update(jobs).where(*unseen).values(deleted_at=at))
            return found

        return await self._database.write(work)

    async def traces(self, whose: Whose) -> list[Trace]:
        """Where the jobs that have ended have left something."""
        query = _TRACE.where(*whose.over)
        return await self._database.read(lambda connection: [Trace(*row) for row in connection.execute(query)])

    async def some_ended(self, whose: Whose) -> list[str]:
        """The ids of some jobs that have ended."""
        query = select(jobs.c.job_id).where(*whose.over).limit(PAGE)
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def any_left(self, whose: Whose) -> bool:
        """Whether there is any job, ended or not."""
        query = select(jobs.c.job_id).where(*whose.jobs).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)

    async def delete_jobs(self, job_ids: Sequence[str]) -> None:
        """Delete jobs and the votes for them."""

        def work(connection: Connection) -> None:
            connection.execute(delete(votes).where(votes.c.job_id.in_(job_ids)))
            connection.execute(delete(jobs).where(jobs.c.job_id.in_(job_ids)))

        await self._database.write(work)

    async def assemblies_after(self, assembly_id: str, limit: int = PAGE * 4) -> list[Assembly]:
        """The next page of all assemblies: whose clips, and takes, are in one is said by its state alone."""
        query = ASSEMBLIES.where(assemblies.c.assembly_id > assembly_id).order_by(assemblies.c.assembly_id).limit(limit)
        return await self._database.read(
            lambda connection: [to_assembly(row) for row in connection.execute(query).mappings()]
        )

    async def delete_assemblies(self, assembly_ids: Sequence[str]) -> None:
        """Delete assemblies; jobs of others that were part of one stand alone from then on."""

        def work(connection: Connection) -> None:
            for assembly_id in assembly_ids:
                part = update(jobs).where(jobs.c.assembly_id == assembly_id)
                connection.execute(part.values(assembly_id=None))
            connection.execute(delete(assemblies).where(assemblies.c.assembly_id.in_(assembly_ids)))

        await self._database.write(work)


def _jobs(connection: Connection, query: Any) -> list[Job]:
    return [to_job(row) for row in connection.execute(query)]
