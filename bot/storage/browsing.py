"""Looking through clips: boards by votes or age, and a member's own history. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, func, or_, select, text

from bot.folding import fold
from bot.models import ClipScope, ClipSort, HistoryFilters, Job, JobStatus, RankedClip
from bot.storage.database import Database
from bot.storage.jobs import to_job
from bot.storage.tables import DELIVERED, jobs, votes


class Browser:
    """Queries over many jobs at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clips(
        self, scope: ClipScope, order: ClipSort, *, limit: int, offset: int = 0
    ) -> tuple[list[RankedClip], int]:
        """Delivered clips that are still in their channels: (one page of them, how many there are in all)."""
        count = select(votes.c.job_id, func.count().label("votes")).group_by(votes.c.job_id).subquery()
        ranked = func.coalesce(count.c.votes, 0)
        where = _shown(scope)
        query = select(jobs, ranked.label("votes_of_clip")).outerjoin(count, count.c.job_id == jobs.c.job_id)
        by = (ranked.desc(), jobs.c.created_at.desc()) if order is ClipSort.VOTES else (jobs.c.created_at.desc(),)
        page = query.where(*where).order_by(*by, jobs.c.take).limit(limit).offset(offset)
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).mappings().all()
            total = (await connection.execute(select(func.count()).select_from(jobs).where(*where))).scalar_one()
        return [RankedClip(to_job(row), row["votes_of_clip"]) for row in rows], int(total)

    async def ranked(self, job_ids: Collection[str]) -> dict[str, RankedClip]:
        """These jobs and their votes by id, wherever they are and whether or not they are still shown."""
        count = select(func.count()).where(votes.c.job_id == jobs.c.job_id).scalar_subquery()
        query = select(jobs, count.label("votes_of_clip")).where(jobs.c.job_id.in_(job_ids))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {row["job_id"]: RankedClip(to_job(row), row["votes_of_clip"]) for row in rows}

    async def history(
        self, guild_id: int, user_id: int, filters: HistoryFilters, *, limit: int, offset: int = 0
    ) -> tuple[list[Job], int]:
        """A member's own jobs, newest first: (one page of them, how many there are in all)."""
        where = [jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, *_wanted(filters)]
        query = select(jobs).where(*where).order_by(jobs.c.created_at.desc(), jobs.c.take).limit(limit).offset(offset)
        return await self._page(query, where)

    async def mentioned(self, scope: ClipScope, words: tuple[str, ...], *, limit: int) -> list[Job]:
        """Clips in a scope whose prompt or id holds these words, newest first: what autocompletion offers."""
        where = _shown(scope) + [
            or_(jobs.c.folded.contains(word, autoescape=True), jobs.c.job_id.startswith(word, autoescape=True))
            for word in _folded(words)
        ]
        query = select(jobs).where(*where).order_by(jobs.c.created_at.desc(), jobs.c.take).limit(limit)
        return (await self._page(query, where))[0]

    async def delivered_count(self, guild_id: int, user_id: int, most: int = 2) -> int:
        """How many clips a member has been delivered in a server, counted up to `most`."""
        theirs = select(jobs.c.job_id).where(text(DELIVERED), jobs.c.guild_id == guild_id, jobs.c.user_id == user_id)
        query = select(func.count()).select_from(theirs.limit(most).subquery())
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def _page(self, query: Select[Any], where: list[Any]) -> tuple[list[Job], int]:
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
            total = (await connection.execute(select(func.count()).select_from(jobs).where(*where))).scalar_one()
        return [to_job(row) for row in rows], int(total)


def _folded(words: Iterable[str]) -> list[str]:
    """The words as `folded` has them; one that is nothing but marks asks for nothing."""
    return [word for word in map(fold, words) if word]


def _shown(scope: ClipScope) -> list[Any]:
    where = [jobs.c.guild_id == scope.guild_id, jobs.c.status == JobStatus.DELIVERED, jobs.c.deleted_at.is_(None)]
    if scope.channel_id is not None:
        where.append(jobs.c.channel_id == scope.channel_id)
    if scope.user_id is not None:
        where.append(jobs.c.user_id == scope.user_id)
    return where


def _wanted(filters: HistoryFilters) -> list[Any]:
    where: list[Any] = [jobs.c.folded.contains(word, autoescape=True) for word in _folded(filters.words)]
    if filters.statuses:
        where.append(jobs.c.status.in_(filters.statuses))
    if filters.resolution is not None:
        where.append(jobs.c.resolution == filters.resolution)
    if filters.pictures is not None:
        where.append(jobs.c.first_frame.is_not(None) if filters.pictures else jobs.c.first_frame.is_(None))
    return where
