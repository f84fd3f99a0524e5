"""What was made, for whom, where and with what: counted along in the transactions that move jobs, and summed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from bot.models import Job, LedgerKind
from bot.storage.database import Database
from bot.storage.owner_tables import usage
from bot.storage.tables import jobs, ledger

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


def _summing(column: ColumnElement[Any]) -> Select[Any]:
    key = (column, usage.c.provider)
    return (
        select(*key, *(func.sum(usage.c[name]) for name in _COUNTED))
        .where(
            usage.c.guild_id == bindparam("guild_id"),
            usage.c.day >= bindparam("first"),
            usage.c.day <= bindparam("last"),
        )
        .group_by(*key)
    )


_COLUMNS = {
    Dimension.DAY: usage.c.day,
    Dimension.MEMBER: usage.c.user_id,
    Dimension.CHANNEL: usage.c.channel_id,
    Dimension.MODEL: usage.c.model,
}
_SUMS = {by: _summing(column) for by, column in _COLUMNS.items()}
_AT_ONCE = 60
"""Days that are summed up in one go: what SQLite has to sort for that fits into its cache, and others get a turn."""
_PAGE = 5000
_LINE = (usage.c.day, usage.c.user_id, usage.c.channel_id, usage.c.provider, usage.c.model)
_ENTRIES = (
    select(ledger.c.kind, ledger.c.credits, ledger.c.at)
    .where(ledger.c.job_id == bindparam("job_id"))
    .order_by("at", "kind")
)


class Used(NamedTuple):
    """What was made by one provider; `key` is a day, an id of Discord's, or a model such as "768p/6".

    `cost` is in the provider's own units, of `costed` clips whose cost it has told.
    """

    key: Any
    provider: str
    asked: int
    delivered: int
    failed: int
    credits: int
    cost: float
    costed: int


class UsageRow(NamedTuple):
    """What is counted for one day, member, place and model."""

    day: str
    user_id: int
    channel_id: int
    provider: str
    model: str
    asked: int
    delivered: int
    failed: int
    credits: int
    cost: float
    costed: int


class Entry(NamedTuple):
    """One row of the ledger."""

    kind: LedgerKind
    credits: int
    at: float


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


def add_to(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add a whole row to what is counted under its key."""
    connection.execute(_ADD, {f"to_{name}": row[name] for name in (*_KEY, *_COUNTED)})


class UsageStore:
    """Sums of what was made in one server. Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summary(self, guild_id: int, days: Sequence[str], by: Dimension) -> list[Used]:
        """Of these days, which follow each other, told apart by this and by provider; in their order."""
        found: dict[tuple[Any, str], list[float]] = {}
        for part in _parts(days):
            asked = {"guild_id": guild_id, "first": part[0], "last": part[-1]}
            for key, provider, *sums in await self._database.read(partial(_read, query=_SUMS[by], asked=asked)):
                before = found.setdefault((key, provider), [0] * len(sums))
                found[key, provider] = [one + other for one, other in zip(before, sums, strict=True)]
        return [Used(*key, *sums) for key, sums in sorted(found.items())]  # type: ignore[arg-type]

    async def rows(self, guild_id: int, since: str, most: int) -> list[UsageRow]:
        """All that is counted from a day on, the latest first, `most` rows at most; read page by page."""
        found: list[UsageRow] = []
        while len(found) < most:
            page = _page(guild_id, since, found[-1] if found else None)
            read = await self._database.read(partial(_rows, query=page))
            found += read
            if len(read) < _PAGE:
                break
        return found[:most]

    async def entries(self, job_id: str) -> list[Entry]:
        """What the ledger has of a job, oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_ENTRIES, {"job_id": job_id}).all())
        return [Entry(LedgerKind(kind), credits_, at) for kind, credits_, at in rows]

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


def _page(guild_id: int, since: str, after: UsageRow | None) -> Select[Any]:
    query = select(*_LINE, *(usage.c[name] for name in _COUNTED))
    query = query.where(usage.c.guild_id == guild_id, usage.c.day >= since)
    if after is not None:
        query = query.where(usage.c.day <= after.day, tuple_(*_LINE) < tuple_(*after[: len(_LINE)]))
    return query.order_by(*(column.desc() for column in _LINE)).limit(_PAGE)


def _rows(connection: Connection, query: Select[Any]) -> list[UsageRow]:
    return [UsageRow(*row) for row in connection.execute(query)]


def _parts(days: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(days), _AT_ONCE):
        yield days[start : start + _AT_ONCE]


def _read(connection: Connection, query: Select[Any], asked: Mapping[str, Any]) -> Sequence[Any]:
    return connection.execute(query, asked).all()
