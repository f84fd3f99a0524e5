"""Looking through clips: boards by votes or age, and a member's own history. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, text

from bot.models import ClipScope, ClipSort, HistoryFilters, Job, RankedClip
from bot.storage.database import Database
from bot.storage.rows import JOBS, to_job
from bot.storage.tables import DELIVERED, SHOWN, jobs
from bot.text.folding import fold

LOOKED_THROUGH = 1000
"""How many of the latest jobs autocompletion looks through: it answers while somebody types."""

_NEWEST = (jobs.c.created_at.desc(), jobs.c.take)


class Browser:
    """Queries over many jobs at once."""

    def __init__(self, database: Database, *, looked_through: int = LOOKED_THROUGH) -> None:
        self._database = database
        self._looked_through = looked_through

    async def clips(self, scope: ClipScope, order: ClipSort, *, limit: int, offset: int = 0) -> list[RankedClip]:
        """Delivered clips that are still in their channels, one page of them."""
        query = _page_of(scope, order, limit, offset)
        return await self._database.read(lambda connection: _ranked(connection, query))

    async def counted_clips(
        self, scope: ClipScope, order: ClipSort, *, limit: int, offset: int = 0
    ) -> tuple[list[RankedClip], int]:
        """The same, and how many there are in all."""
        query = _page_of(scope, order, limit, offset)
        return await self._database.read(
            lambda connection: (_ranked(connection, query), _count(connection, _shown(scope)))
        )

    async def ranked(self, job_ids: Collection[str]) -> dict[str, RankedClip]:
        """These jobs and their votes by id, wherever they are and whether or not they are still shown."""
        query = JOBS.add_columns(jobs.c.vote_count).where(jobs.c.job_id.in_(job_ids))
        found = await self._database.read(lambda connection: _ranked(connection, query))
        return {clip.job.job_id: clip for clip in found}

    async def history(
        self, guild_id: int, user_id: int, filters: HistoryFilters, *, limit: int, offset: int = 0
    ) -> tuple[list[Job], int]:
        """A member's own jobs, newest first: (one page of them, how many there are in all)."""
        where = _wanted(guild_id, user_id, filters)
        query = JOBS.where(*where).order_by(*_NEWEST).limit(limit).offset(offset)
        return await self._database.read(lambda connection: (_jobs(connection, query), _count(connection, where)))

    async def own(self, guild_id: int, user_id: int, words: tuple[str, ...], *, limit: int) -> list[Job]:
        """A member's latest jobs whose prompts hold these words, newest first: what autocompletion offers."""
        theirs = (jobs.c.guild_id == guild_id, jobs.c.user_id == user_id)
        return await self._searched(theirs, words, limit, by_id=False)

    async def mentioned(self, scope: ClipScope, words: tuple[str, ...], *, limit: int) -> list[Job]:
        """The latest clips in a scope whose prompt or id holds these words, newest first: for autocompletion too."""
        return await self._searched(_shown(scope), words, limit, by_id=True)

    async def in_guild(self, guild_id: int, words: tuple[str, ...], *, limit: int) -> list[Job]:
        """The latest jobs of a server, whatever became of them, whose prompt or id holds these words, newest first."""
        return await self._searched((jobs.c.guild_id == guild_id,), words, limit, by_id=True)

    async def _searched(self, where: Iterable[Any], words: Iterable[str], limit: int, *, by_id: bool) -> list[Job]:
        sought = [jobs.c.job_id, jobs.c.folded, jobs.c.created_at, jobs.c.take]
        latest = select(*sought).where(*where).order_by(*_NEWEST).limit(self._looked_through).subquery()
        found = select(latest.c.job_id).order_by(latest.c.created_at.desc(), latest.c.take).limit(limit)
        for word in _folded(words):
            held = latest.c.folded.contains(word, autoescape=True)
            found = found.where(or_(held, latest.c.job_id.startswith(word, autoescape=True)) if by_id else held)
        query = JOBS.where(jobs.c.job_id.in_(found)).order_by(*_NEWEST)
        return await self._database.read(lambda connection: _jobs(connection, query))

    async def has_other_clip(self, job: Job) -> bool:
        """Whether a clip of another job was delivered to this member in this server."""
        target = job.target
        theirs = (jobs.c.guild_id == target.guild_id, jobs.c.user_id == target.user_id, jobs.c.job_id != job.job_id)
        query = select(jobs.c.job_id).where(text(DELIVERED), *theirs).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)


def _page_of(scope: ClipScope, order: ClipSort, limit: int, offset: int) -> Select[Any]:
    by = (jobs.c.vote_count.desc(), *_NEWEST) if order is ClipSort.VOTES else _NEWEST
    return JOBS.add_columns(jobs.c.vote_count).where(*_shown(scope)).order_by(*by).limit(limit).offset(offset)


def _ranked(connection: Connection, query: Select[Any]) -> list[RankedClip]:
    return [RankedClip(to_job(row), row[-1]) for row in connection.execute(query)]


def _jobs(connection: Connection, query: Select[Any]) -> list[Job]:
    return [to_job(row) for row in connection.execute(query)]


def _count(connection: Connection, where: Iterable[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(jobs).where(*where)).scalar_one())


def _folded(words: Iterable[str]) -> list[str]:
    """The words as `folded` has them; one that is nothing but marks asks for nothing."""
    return [word for word in map(fold, words) if word]


def _shown(scope: ClipScope) -> list[Any]:
    where: list[Any] = [text(SHOWN), jobs.c.guild_id == scope.guild_id]
    if scope.channel_id is not None:
        where.append(jobs.c.channel_id == scope.channel_id)
    if scope.user_id is not None:
        where.append(jobs.c.user_id == scope.user_id)
    if not scope.age_restricted:
        where.append(jobs.c.age_restricted.is_(False))
    return where


def _wanted(guild_id: int, user_id: int, filters: HistoryFilters) -> list[Any]:
    where: list[Any] = [jobs.c.guild_id == guild_id, jobs.c.user_id == user_id]
    where += [jobs.c.folded.contains(word, autoescape=True) for word in _folded(filters.words)]
    if filters.statuses:
        where.append(jobs.c.status.in_(filters.statuses))
    if filters.resolution is not None:
        where.append(jobs.c.resolution == filters.resolution)
    if filters.pictures is not None:
        where.append(jobs.c.first_frame.is_not(None) if filters.pictures else jobs.c.first_frame.is_(None))
    return where
