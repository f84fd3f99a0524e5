"""What was made, for whom, where and with what: counted along in the transactions that move jobs, and summed up."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from bot.models import Job
from bot.storage.database import Database
from bot.storage.owner_tables import usage
from bot.storage.tables import jobs

SAMPLE = 1000
"""Of how many latest clips the median render time is taken."""

_COUNTED = ("asked", "delivered", "failed", "credits", "cost", "costed")
_KEY = ("guild_id", "day", "user_id", "channel_id", "provider", "model")
_insert = insert(usage).values({name: bindparam(f"to_{name}") for name in (*_KEY, *_COUNTED)})
_ADD = _insert.on_conflict_do_update(
    index_elements=list(_KEY), set_={name: usage.c[name] + _insert.excluded[name] for name in _COUNTED}
)


class Dimension(StrEnum):
    """By what usage is told apart."""

    DAY = "day"
    MEMBER = "member"
    CHANNEL = "channel"
    MODEL = "model"


_COLUMNS = {
    Dimension.DAY: (usage.c.day,),
    Dimension.MEMBER: (usage.c.user_id,),
    Dimension.CHANNEL: (usage.c.channel_id,),
    Dimension.MODEL: (usage.c.provider, usage.c.model),
}


class Used(NamedTuple):
    """One row of a summary; `key` is a day, an id of Discord's, or a provider with a model such as "768p/6".

    `cost` is in the provider's own units, of `costed` clips whose cost it has told.
    """

    key: tuple[Any, ...]
    asked: int
    delivered: int
    failed: int
    credits: int
    cost: float
    costed: int


def model_of(job: Job) -> str:
    """What was asked for, as it is counted: "768p/6", with nothing for what was left to the provider."""
    return f"{job.request.resolution or ''}/{job.request.duration_seconds or ''}"


def count(connection: Connection, job: Job, day: str, **more: float) -> None:
    """Add to what is counted for a job's day, member, place and model."""
    target = job.target
    row: dict[str, Any] = {
        "to_guild_id": target.guild_id,
        "to_day": day,
        "to_user_id": target.user_id,
        "to_channel_id": target.channel_id,
        "to_provider": job.provider,
        "to_model": model_of(job),
    }
    connection.execute(_ADD, row | {f"to_{name}": more.get(name, 0) for name in _COUNTED})


class UsageStore:
    """Sums of what was made in one server. Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summary(self, guild_id: int, since: str, by: Dimension) -> list[Used]:
        """From a day on, told apart by this, most credits first; by day, in their order."""
        columns = _COLUMNS[by]
        sums = [func.sum(usage.c[name]) for name in _COUNTED]
        order = columns if by is Dimension.DAY else (func.sum(usage.c.credits).desc(), *columns)
        query = (
            select(*columns, *sums)
            .where(usage.c.guild_id == guild_id, usage.c.day >= since)
            .group_by(*columns)
            .order_by(*order)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [Used(tuple(row[: len(columns)]), *row[len(columns) :]) for row in rows]

    async def render_seconds(self, guild_id: int, since: float) -> list[float]:
        """How long the latest clips took that were rendered since then, SAMPLE of them at most."""
        query = (
            select(jobs.c.rendered_at - jobs.c.submitted_at)
            .where(jobs.c.guild_id == guild_id, jobs.c.rendered_at.is_not(None), jobs.c.rendered_at >= since)
            .order_by(jobs.c.rendered_at.desc())
            .limit(SAMPLE)
        )
        found = await self._database.read(lambda connection: connection.execute(query).scalars().all())
        return [seconds for seconds in found if seconds is not None]
