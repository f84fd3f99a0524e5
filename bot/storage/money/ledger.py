"""Credits: hold, settle, release, and what is left of a day. Each function works inside the caller's transaction.

A job's row of one kind can exist once (primary key), and of settle and release only one (partial unique index), so
a double charge is impossible by key and not by care.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.models import Job, LedgerKind
from bot.storage.money import spend, usage
from bot.storage.tables import allowances, grants, ledger

EVERYBODY = 0
"""The user id under which a server's own allowance for all its members is kept."""


def _total(kind: LedgerKind) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((ledger.c.kind == kind, ledger.c.credits), else_=0)), 0)


# Built once: building a statement costs more than running it.
_ENTER = insert(ledger).on_conflict_do_nothing()
_HELD = select(ledger.c.day, ledger.c.user_id).where(
    ledger.c.job_id == bindparam("job_id"), ledger.c.kind == LedgerKind.HOLD
)
_TOTALS = select(_total(LedgerKind.HOLD), _total(LedgerKind.SETTLE), _total(LedgerKind.RELEASE)).where(
    ledger.c.guild_id == bindparam("guild_id"),
    ledger.c.user_id.in_(bindparam("user_ids", expanding=True)),
    ledger.c.day == bindparam("day"),
)
_GRANTED = select(func.coalesce(func.sum(grants.c.credits), 0)).where(
    grants.c.guild_id == bindparam("guild_id"),
    grants.c.user_id.in_(bindparam("user_ids", expanding=True)),
    grants.c.day == bindparam("day"),
)
_DAILY = select(allowances.c.user_id, allowances.c.daily_credits).where(
    allowances.c.guild_id == bindparam("guild_id"), allowances.c.user_id.in_(bindparam("whose", expanding=True))
)


class Purse(NamedTuple):
    """A member's credits of one day in one server: what was set for them and for everybody, if anything was, what was
    granted, and what is held and used."""

    own: int | None
    everybodys: int | None
    granted: int
    held: int
    used: int


def hold(connection: Connection, job: Job, day: str, at: float) -> None:
    """Reserve the job's price."""
    _insert(connection, job, LedgerKind.HOLD, day, job.target.user_id, at)
    usage.count(connection, job, day, asked=1)


def close(connection: Connection, job: Job, kind: LedgerKind, at: float) -> None:
    """Settle or release what is held, unless it was closed before: a clip that comes all the same then costs nothing.

    A member who was erased meanwhile has another number in the hold, which the entry that closes it takes over. Where
    there is no hold any more it was closed long ago: no other is deleted.
    """
    held = connection.execute(_HELD, {"job_id": job.job_id}).first()
    if held is None:
        return
    day, user_id = held
    first = _insert(connection, job, kind, day, user_id, at)
    if kind is LedgerKind.SETTLE:
        paid = {"credits": job.price} if first else {"failed": -1}
        usage.count(connection, job, day, delivered=1, **paid)
    elif first:
        usage.count(connection, job, day, failed=1)


def note_cost(connection: Connection, job: Job, cost: float) -> None:
    """Count what the provider says that a job has cost."""
    held = connection.execute(_HELD, {"job_id": job.job_id}).first()
    if held is not None:
        usage.count(connection, job, held.day, cost=cost, costed=1)


def _insert(connection: Connection, job: Job, kind: LedgerKind, day: str, user_id: int, at: float) -> bool:
    row = {
        "job_id": job.job_id,
        "kind": kind,
        "guild_id": job.target.guild_id,
        "user_id": user_id,
        "day": day,
        "credits": job.price,
        "at": at,
    }
    entered = connection.execute(_ENTER, row).rowcount == 1
    if entered:
        spend.enter(connection, job.target.guild_id, day, kind, job.price)
    return entered


def purse(connection: Connection, guild_id: int, user_ids: Collection[int], day: str) -> Purse:
    """What is known of a member's credits; `user_ids` are the numbers they go by, their own first."""
    ids = list(user_ids)
    whose = {"guild_id": guild_id, "user_ids": ids, "day": day}
    holds, settles, releases = connection.execute(_TOTALS, whose).one()
    daily = {
        row[0]: int(row[1]) for row in connection.execute(_DAILY, {"guild_id": guild_id, "whose": [EVERYBODY, *ids]})
    }
    own = next((daily[user_id] for user_id in ids if user_id in daily), None)
    granted = connection.execute(_GRANTED, whose).scalar_one()
    return Purse(own, daily.get(EVERYBODY), granted, holds - settles - releases, settles)


def set_daily(connection: Connection, guild_id: int, user_id: int, daily_credits: int, *, by: int, at: float) -> None:
    """Set a member's own daily allowance, or the server's with EVERYBODY."""
    row = {"guild_id": guild_id, "user_id": user_id, "daily_credits": daily_credits, "set_by": by, "at": at}
    statement = insert(allowances).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["guild_id", "user_id"], set_={"daily_credits": daily_credits, "set_by": by, "at": at}
        )
    )


def unset_daily(connection: Connection, guild_id: int, *user_ids: int) -> None:
    """Forget a member's own daily allowance, or the server's with EVERYBODY: what is behind it holds again."""
    connection.execute(allowances.delete().where(allowances.c.guild_id == guild_id, allowances.c.user_id.in_(user_ids)))


class Grant(NamedTuple):
    """Extra credits for one day, and the interaction by which an admin gives them."""

    interaction_id: int
    guild_id: int
    user_id: int
    day: str
    credits: int
    granted_by: int


def grant(connection: Connection, given: Grant, *, at: float) -> bool:
    """Give a member extra credits for one day; False when this interaction has granted before."""
    row = insert(grants).values(given._asdict() | {"at": at})
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def granted_lately(connection: Connection, given: Grant, *, apart: float) -> bool:
    """Whether this admin has given this member just as much, not `apart` seconds from the interaction of `given`.

    Interaction ids tell when: they are snowflakes of Discord's clock. The grant is known by the latest of them
    afterwards, so that trying again and again does not run out of time.
    """
    same = (getattr(grants.c, name) == getattr(given, name) for name in Grant._fields if name != "interaction_id")
    query = select(grants.c.interaction_id).where(*same).order_by(grants.c.interaction_id.desc()).limit(1)
    latest = connection.execute(query).scalar_one_or_none()
    if latest is None or abs((given.interaction_id >> 22) - (latest >> 22)) > apart * 1000:
        return False
    row = update(grants).where(grants.c.interaction_id == latest)
    connection.execute(row.values(interaction_id=max(latest, given.interaction_id)))
    return True
