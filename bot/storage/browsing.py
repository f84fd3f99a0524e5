"""Looking through clips: boards by votes or age, and a member's own history. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, text

from bot.folding import fold
from bot.models import Job, JobStatus, RankedClip
from bot.storage.database import Database
from bot.storage.rows import JOB, to_job
from bot.storage.tables import DELIVERED, jobs, votes


class Order(StrEnum):
    """How a board is sorted."""

    VOTES = "votes"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which clips: of one server, and there of one channel or one requester; None means any."""

    guild_id: int
    channel_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a history is wanted; empty ones want all. `words` must all stand in the prompt, in any order, whatever
    their case, marks and width."""

    words: tuple[str, ...] = ()
    statuses: frozenset[JobStatus] = frozenset()
    resolution: str | None = None
    pictures: bool | None = None


class Browser:
    """Queries over many jobs at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clips(self, scope: Scope, order: Order, *, limit: int, offset: int = 0) -> tuple[list[RankedClip], int]:
        """Delivered clips that are still in their channels: (one page of them, how many there are in all)."""
        count = select(votes.c.job_id, func.count().label("votes")).group_by(votes.c.job_id).subquery()
        ranked = func.coalesce(count.c.votes, 0)
        where = _shown(scope)
        query = select(*JOB, ranked).outerjoin(count, count.c.job_id == jobs.c.job_id)
        by = (ranked.desc(), jobs.c.created_at.desc()) if order is Order.VOTES else (jobs.c.created_at.desc(),)
        page = query.where(*where).order_by(*by, jobs.c.take).limit(limit).offset(offset)

        def work(connection: Connection) -> tuple[list[RankedClip], int]:
            found = [RankedClip(to_job(row), row[-1]) for row in connection.execute(page)]
            return found, _count(connection, where)

        return await self._database.read(work)

    async def ranked(self, job_ids: Collection[str]) -> dict[str, RankedClip]:
        """These jobs and their votes by id, wherever they are and whether or not they are still shown."""
        count = select(func.count()).where(votes.c.job_id == jobs.c.job_id).scalar_subquery()
        query = select(*JOB, count).where(jobs.c.job_id.in_(job_ids))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {clip.job.job_id: clip for clip in (RankedClip(to_job(row), row[-1]) for row in rows)}

    async def history(
        self, guild_id: int, user_id: int, filters: Filters, *, limit: int, offset: int = 0
    ) -> tuple[list[Job], int]:
        """A member's own jobs, newest first: (one page of them, how many there are in all)."""
        where = [jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, *_wanted(filters)]
        query = select(*JOB).where(*where).order_by(jobs.c.created_at.desc(), jobs.c.take).limit(limit).offset(offset)
        return await self._page(query, where)

    async def mentioned(self, scope: Scope, words: tuple[str, ...], *, limit: int) -> list[Job]:
        """Clips in a scope whose prompt or id holds these words, newest first: what autocompletion offers."""
        where = _shown(scope) + [
            or_(jobs.c.folded.contains(word, autoescape=True), jobs.c.job_id.startswith(word, autoescape=True))
            for word in _folded(words)
        ]
        query = select(*JOB).where(*where).order_by(jobs.c.created_at.desc(), jobs.c.take).limit(limit)
        return (await self._page(query, where))[0]

    async def delivered_count(self, guild_id: int, user_id: int, most: int = 2) -> int:
        """How many clips a member has been delivered in a server, counted up to `most`."""
        theirs = select(jobs.c.job_id).where(text(DELIVERED), jobs.c.guild_id == guild_id, jobs.c.user_id == user_id)
        query = select(func.count()).select_from(theirs.limit(most).subquery())
        return await self._database.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def _page(self, query: Select[Any], where: list[Any]) -> tuple[list[Job], int]:
        def work(connection: Connection) -> tuple[list[Job], int]:
            return [to_job(row) for row in connection.execute(query)], _count(connection, where)

        return await self._database.read(work)


def _count(connection: Connection, where: list[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(jobs).where(*where)).scalar_one())


def _folded(words: Iterable[str]) -> list[str]:
    """The words as `folded` has them; one that is nothing but marks asks for nothing."""
    return [word for word in map(fold, words) if word]


def _shown(scope: Scope) -> list[Any]:
    where = [jobs.c.guild_id == scope.guild_id, jobs.c.status == JobStatus.DELIVERED, jobs.c.deleted_at.is_(None)]
    if scope.channel_id is not None:
        where.append(jobs.c.channel_id == scope.channel_id)
    if scope.user_id is not None:
        where.append(jobs.c.user_id == scope.user_id)
    return where


def _wanted(filters: Filters) -> list[Any]:
    where: list[Any] = [jobs.c.folded.contains(word, autoescape=True) for word in _folded(filters.words)]
    if filters.statuses:
        where.append(jobs.c.status.in_(filters.statuses))
    if filters.resolution is not None:
        where.append(jobs.c.resolution == filters.resolution)
    if filters.pictures is not None:
        where.append(jobs.c.first_frame.is_not(None) if filters.pictures else jobs.c.first_frame.is_(None))
    return where
