"""RetentionStore: deletes rows that are too old, some at a time, each kind through an index of its age.

Never what a cap or an open job needs: no job that has a next step, is kept, holds credits or is part of something open,
and no hold that is not closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Select, Table, and_, delete, exists, not_, or_, select, text, update

from bot.storage.database import Database
from bot.storage.owner_tables import alarms, audit, blocks, spend, usage
from bot.storage.tables import ENDED, KEPT, OPEN, STEPPING, assemblies, grants, jobs, ledger, votes

AT_ONCE = 200
"""Rows of one transaction: it is to take less than 50 ms with a million rows, since nobody else writes meanwhile."""

JOBS_AT_ONCE = 50
"""A job is in a dozen indices, and takes half a millisecond."""

_closing = ledger.alias("closing")
_CLOSED = exists().where(_closing.c.job_id == ledger.c.job_id, _closing.c.kind.in_(["settle", "release"]))
_HELD = exists().where(ledger.c.job_id == jobs.c.job_id, ledger.c.kind == "hold", not_(_CLOSED))
_IN_OPEN = exists().where(assemblies.c.assembly_id == jobs.c.assembly_id, text(f"assemblies.{OPEN}"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """Before when each kind is too old: moments of the steady clock, and days."""

    prompts: float
    audit: float
    blocks: float
    alarms: float
    ledger: str
    usage: str
    today: str


class RetentionStore:
    """One transaction a call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clear(self, kind: str, bounds: Bounds) -> bool:
        """Delete some of one kind, as KINDS names them; whether there may be more."""
        most = JOBS_AT_ONCE if kind == "jobs" else AT_ONCE
        return await self._database.write(lambda connection: KINDS[kind](connection, bounds)) >= most


def _jobs(connection: Connection, bounds: Bounds) -> int:
    needed = or_(text(STEPPING), text(KEPT), _HELD, _IN_OPEN)
    # The deleted do not count as kept; whatever else is not known for certain stays.
    query = (
        select(jobs.c.job_id)
        .where(jobs.c.ended_at.is_not(None), jobs.c.ended_at < bounds.prompts, not_(needed))
        .order_by(jobs.c.ended_at, jobs.c.job_id)
        .limit(JOBS_AT_ONCE)
    )
    ids = list(connection.execute(query).scalars())
    connection.execute(delete(votes).where(votes.c.job_id.in_(ids)))
    connection.execute(delete(jobs).where(jobs.c.job_id.in_(ids)))
    return len(ids)


def _assemblies(connection: Connection, bounds: Bounds) -> int:
    of_jobs = exists().where(jobs.c.assembly_id == assemblies.c.assembly_id)
    query = select(assemblies.c.assembly_id).where(text(ENDED), assemblies.c.ended_at < bounds.prompts, not_(of_jobs))
    return _by_key(connection, assemblies, query)


def _ledger(connection: Connection, bounds: Bounds) -> int:
    query = select(ledger.c.job_id).where(text("ledger.kind = 'hold'"), ledger.c.day < bounds.ledger, _CLOSED)
    ids = list(connection.execute(query.order_by(ledger.c.day).limit(AT_ONCE)).scalars())
    connection.execute(delete(ledger).where(ledger.c.job_id.in_(ids)))
    return len(ids)


def _aliases(connection: Connection, bounds: Bounds) -> int:
    query = select(ledger.c.job_id).where(text("ledger.user_id < 0"), ledger.c.day < bounds.today).limit(AT_ONCE)
    ids = list(connection.execute(query).scalars())
    connection.execute(update(ledger).where(ledger.c.job_id.in_(ids)).values(user_id=0))
    return len(ids)


def _audit(connection: Connection, bounds: Bounds) -> int:
    # Entries are numbered as they are written, so the oldest come first.
    oldest = select(audit.c.entry_id, audit.c.at).where(audit.c.entry_id > 0).order_by(audit.c.entry_id).limit(AT_ONCE)
    ids = [entry_id for entry_id, at in connection.execute(oldest) if at < bounds.audit]
    connection.execute(delete(audit).where(audit.c.entry_id.in_(ids)))
    return len(ids)


def _blocks(connection: Connection, bounds: Bounds) -> int:
    over = and_(blocks.c.until.is_not(None), blocks.c.until < bounds.blocks)
    lifted = and_(blocks.c.pardoned_at.is_not(None), blocks.c.pardoned_at < bounds.blocks, blocks.c.blocked.is_(False))
    return sum(_by_key(connection, blocks, select(*blocks.primary_key).where(where)) for where in (over, lifted))


def _older(table: Table, column: str, bound: str) -> Callable[[Connection, Bounds], int]:
    def work(connection: Connection, bounds: Bounds) -> int:
        old = table.c[column] < getattr(bounds, bound)
        return _by_key(connection, table, select(*table.primary_key).where(old))

    return work


def _by_key(connection: Connection, table: Table, query: Select[*tuple[object, ...]]) -> int:
    """Delete the first rows of a query of primary keys."""
    rows = [dict(row._mapping) for row in connection.execute(query.limit(AT_ONCE))]
    for row in rows:
        connection.execute(delete(table).where(*(table.c[name] == value for name, value in row.items())))
    return len(rows)


KINDS: dict[str, Callable[[Connection, Bounds], int]] = {
    "jobs": _jobs,
    "assemblies": _assemblies,
    "ledger": _ledger,
    "aliases": _aliases,
    "grants": _older(grants, "day", "today"),
    "spend": _older(spend, "day", "ledger"),
    "usage": _older(usage, "day", "usage"),
    "audit": _audit,
    "blocks": _blocks,
    "alarms": _older(alarms, "at", "alarms"),
}
"""What is cleared, and how."""
