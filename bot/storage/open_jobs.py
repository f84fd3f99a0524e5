"""OpenJobs: what an engine asks of the jobs that have a next step: whose turn it may be, what is due, what there is.

Reads only, and only the columns that say when and for whom something is to be done; nothing here grows with the jobs
that have ended. A step reads its job anew by JobStore.get().
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Executable, bindparam, func, select, text, tuple_

from bot.models import JobStatus
from bot.storage.database import Database
from bot.storage.tables import STEPPING, UNDER_WAY, WAITING, jobs


class OpenJob(NamedTuple):
    """The columns of a job from which it follows what is to be done next; each as in models.Job."""

    job_id: str
    version: int
    status: JobStatus
    provider: str
    auto_provider: bool
    user_id: int
    resolution: str | None
    duration_seconds: int | None
    created_at: float
    due_at: float
    turn_at: float | None
    submitting_at: float | None
    submitted_at: float | None
    cancelled_at: float | None
    task_id: str | None
    attempts: int
    assembly_id: str | None
    status_message_id: int | None

    @property
    def awaited(self) -> bool:
        """As models.Job.awaited."""
        return self.cancelled_at is None


class Head(NamedTuple):
    """A job at the head of its member's line; `served_at` is when the member's latest job was handed over lately."""

    job_id: str
    user_id: int
    created_at: float
    due_at: float
    served_at: float | None


class Backlog(NamedTuple):
    """The jobs that wait for a provider: how many, and since when the oldest of them."""

    waiting: int
    oldest_at: float


_COLUMNS = tuple(jobs.c[name] for name in OpenJob._fields)

# By the index only the first rows of each line: so it costs as much as there are members asked for, not jobs. A row
# whose due time is further away than any wait was dated by another clock.
_HEADS = text(f"""
    WITH line(user_id) AS (SELECT value FROM json_each(:members))
    SELECT head.job_id, head.user_id, head.created_at, head.due_at,
        (SELECT max(submitting_at) FROM jobs WHERE user_id = line.user_id AND submitting_at > :since)
    FROM line JOIN jobs AS head ON head.job_id IN (
        SELECT job_id FROM jobs
        WHERE provider = :provider AND user_id = line.user_id AND {WAITING}
            AND NOT (due_at > :now AND due_at <= :latest) AND job_id NOT IN :started
        ORDER BY created_at, job_id LIMIT :each
    )
    ORDER BY head.created_at, head.job_id
""").bindparams(bindparam("started", expanding=True))  # noqa: S608 - constants of ours


_SERVED = text("""
    SELECT value, (SELECT max(submitting_at) FROM jobs WHERE user_id = value AND submitting_at > :since)
    FROM json_each(:members)
""")


class OpenJobs:
    """Questions about jobs that have a next step. Each is answered through an index of such jobs alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def heads(
        self,
        provider: str,
        now: float,
        members: Sequence[int],
        *,
        since: float,
        longest_wait: float,
        per_member: int = 1,
        started: Collection[str] = (),
    ) -> list[Head]:
        """The first `per_member` jobs of these members' lines at a provider that are due, oldest first.

        `started` are jobs that are being submitted though their rows do not say so yet; `since` is from when on it
        counts when a member was served last. Costs a few microseconds for each member.
        """
        asked = {
            "provider": provider,
            "members": json.dumps(list(members)),
            "now": now,
            "latest": now + longest_wait,
            "since": since,
            "each": per_member,
            "started": list(started),
        }
        rows = await self._rows(_HEADS, asked)
        return [Head(*row) for row in rows]

    async def served(self, members: Iterable[int], since: float) -> dict[int, float]:
        """When the latest job of each of these members was handed to a provider, for those after `since`."""
        rows = await self._rows(_SERVED, {"members": json.dumps(list(members)), "since": since})
        return {user_id: at for user_id, at in rows if at is not None}

    async def steps_of_open(self, at_once: int = 1000) -> AsyncIterator[list[OpenJob]]:
        """All jobs that have a next step, oldest first, a page at a time.

        What changes meanwhile is seen or not; what neither begins nor ends meanwhile is seen once.
        """
        key = tuple_(jobs.c.created_at, jobs.c.job_id)
        query = select(*_COLUMNS).where(text(STEPPING)).order_by(jobs.c.created_at, jobs.c.job_id).limit(at_once)
        page = query
        while True:
            rows = await self._rows(page)
            if rows:
                yield [_open_job(*row) for row in rows]
            if len(rows) < at_once:
                return
            last = OpenJob(*rows[-1])
            page = query.where(key > tuple_(last.created_at, last.job_id))

    async def next_due(self, provider: str, now: float) -> float | None:
        """When the first of the jobs is due that wait for a provider and are not due yet; None without any."""
        later = (text(WAITING), jobs.c.provider == provider, jobs.c.due_at > now)
        query = select(func.min(jobs.c.due_at)).where(*later)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def waiting_before(self, provider: str, user_id: int, created_at: float) -> int:
        """How many jobs of the same member wait at a provider in front of one that came in then."""
        theirs = (text(WAITING), jobs.c.provider == provider, jobs.c.user_id == user_id, jobs.c.created_at < created_at)
        query = select(func.count()).select_from(jobs).where(*theirs)
        return await self._database.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def ids(self) -> set[str]:
        """The ids of all jobs that have a next step."""
        query = select(jobs.c.job_id).where(text(STEPPING))
        return await self._database.read(lambda connection: set(connection.execute(query).scalars()))

    async def under_way(self) -> int:
        """How many jobs have not ended; not those that nobody waits for any more and that are only looked at."""
        query = select(func.count()).select_from(jobs).where(text(UNDER_WAY))
        return await self._database.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def backlog(self) -> dict[str, Backlog]:
        """What waits for each provider; none for one that nothing waits for."""
        query = (
            select(jobs.c.provider, func.count(), func.min(jobs.c.created_at))
            .where(text(WAITING))
            .group_by(jobs.c.provider)
        )
        rows = await self._rows(query)
        return {provider: Backlog(int(count), oldest) for provider, count, oldest in rows}

    async def oldest_at(self) -> float | None:
        """Since when the oldest job waits that has not ended and that somebody waits for; None without any."""
        query = (
            select(jobs.c.created_at)
            .where(text(STEPPING), jobs.c.cancelled_at.is_(None), jobs.c.status != JobStatus.UNKNOWN)
            .order_by(jobs.c.created_at)
            .limit(1)
        )
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    async def _rows(self, query: Executable, asked: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        return await self._database.read(lambda connection: connection.execute(query, asked).all())


def _open_job(job_id: str, version: int, status: str, *rest: object) -> OpenJob:
    return OpenJob(job_id, version, JobStatus(status), *rest)  # type: ignore[arg-type]
