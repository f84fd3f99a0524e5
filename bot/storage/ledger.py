"""Credits: hold, settle, release, and what is left of a day. Each function works inside the caller's transaction.

A job's row of one kind can exist once (primary key), and of settle and release only one (partial unique index), so
a double charge is impossible by key and not by care.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from bot.models import Allowance, Job, LedgerKind, ReplyTarget
from bot.storage.tables import allowances, grants, ledger

EVERYBODY = 0
"""The user id under which a server's own allowance for all its members is kept."""


def _total(kind: LedgerKind) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((ledger.c.kind == kind, ledger.c.credits), else_=0)), 0)


# Built once: building a statement costs more than running it.
_ENTER = insert(ledger).on_conflict_do_nothing()
_DAY = select(ledger.c.day).where(ledger.c.job_id == bindparam("job_id"), ledger.c.kind == LedgerKind.HOLD)
_TOTALS = select(_total(LedgerKind.HOLD), _total(LedgerKind.SETTLE), _total(LedgerKind.RELEASE)).where(
    ledger.c.guild_id == bindparam("guild_id"),
    ledger.c.user_id == bindparam("user_id"),
    ledger.c.day == bindparam("day"),
)
_GRANTED = select(func.coalesce(func.sum(grants.c.credits), 0)).where(
    grants.c.guild_id == bindparam("guild_id"),
    grants.c.user_id == bindparam("user_id"),
    grants.c.day == bindparam("day"),
)
_DAILY = (
    select(allowances.c.daily_credits)
    .where(
        allowances.c.guild_id == bindparam("guild_id"),
        or_(allowances.c.user_id == bindparam("user_id"), allowances.c.user_id == EVERYBODY),
    )
    .order_by(allowances.c.user_id.desc())
    .limit(1)
)


def hold(connection: Connection, job: Job, day: str, at: float) -> None:
    """Reserve the job's price."""
    _insert(connection, job, LedgerKind.HOLD, day, at)


def close(connection: Connection, job: Job, kind: LedgerKind, at: float) -> bool:
    """Settle or release what is held; False when it was closed before, and then nothing changes."""
    day = connection.execute(_DAY, {"job_id": job.job_id}).scalar_one()
    return _insert(connection, job, kind, day, at)


def _insert(connection: Connection, job: Job, kind: LedgerKind, day: str, at: float) -> bool:
    row = {
        "job_id": job.job_id,
        "kind": kind,
        "guild_id": job.target.guild_id,
        "user_id": job.target.user_id,
        "day": day,
        "credits": job.price,
        "at": at,
    }
    return connection.execute(_ENTER, row).rowcount == 1


def allowance(
    connection: Connection, guild_id: int, user_id: int, day: str, *, base: int, resets_at: float
) -> Allowance:
    """What a member may use on a day: own allowance, else the server's, else `base`; plus grants of that day."""
    whose = {"guild_id": guild_id, "user_id": user_id, "day": day}
    holds, settles, releases = connection.execute(_TOTALS, whose).one()
    daily = connection.execute(_DAILY, {"guild_id": guild_id, "user_id": user_id}).scalar_one_or_none()
    extra = connection.execute(_GRANTED, whose).scalar_one()
    limit = base if daily is None else int(daily)
    return Allowance(limit=limit + extra, used=settles, held=holds - settles - releases, resets_at=resets_at)


def set_daily(connection: Connection, guild_id: int, user_id: int, daily_credits: int, *, by: int, at: float) -> None:
    """Set a member's own daily allowance, or the server's with EVERYBODY."""
    row = {"guild_id": guild_id, "user_id": user_id, "daily_credits": daily_credits, "set_by": by, "at": at}
    statement = insert(allowances).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["guild_id", "user_id"], set_={"daily_credits": daily_credits, "set_by": by, "at": at}
        )
    )


def grant(
    connection: Connection,
    interaction_id: int,
    guild_id: int,
    user_id: int,
    day: str,
    credits_: int,
    *,
    by: int,
    at: float,
) -> bool:
    """Give a member extra credits for one day; False when this interaction has granted before."""
    row = {
        "interaction_id": interaction_id,
        "guild_id": guild_id,
        "user_id": user_id,
        "day": day,
        "credits": credits_,
        "granted_by": by,
        "at": at,
    }
    result = connection.execute(insert(grants).values(row).on_conflict_do_nothing())
    return result.rowcount == 1


def granted_lately(
    connection: Connection, asked: ReplyTarget, user_id: int, day: str, credits_: int, *, apart: float
) -> bool:
    """Whether this admin has given this member just as much, not `apart` seconds from the interaction in `asked`.

    Interaction ids tell when: they are snowflakes of Discord's clock. The grant is known by the latest of them
    afterwards, so that trying again and again does not run out of time.
    """
    query = (
        select(grants.c.interaction_id)
        .where(grants.c.guild_id == asked.guild_id, grants.c.user_id == user_id, grants.c.day == day)
        .where(grants.c.granted_by == asked.user_id, grants.c.credits == credits_)
        .order_by(grants.c.interaction_id.desc())
        .limit(1)
    )
    latest = connection.execute(query).scalar_one_or_none()
    if latest is None or abs((asked.interaction_id >> 22) - (latest >> 22)) > apart * 1000:
        return False
    row = update(grants).where(grants.c.interaction_id == latest)
    connection.execute(row.values(interaction_id=max(latest, asked.interaction_id)))
    return True
