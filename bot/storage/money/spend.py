"""What servers, and all of them together, have held and used: one row for each day. Within the caller's transaction."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from bot.models import LedgerKind
from bot.storage.owner_tables import EVERYWHERE, spend

ALL = "all"

_TO_HELD = {LedgerKind.HOLD: 1, LedgerKind.SETTLE: -1, LedgerKind.RELEASE: -1}

_insert = insert(spend).values(
    scope=bindparam("scope"), day=bindparam("day"), held=bindparam("to_held"), used=bindparam("to_used")
)
_ADD = _insert.on_conflict_do_update(
    index_elements=["scope", "day"],
    set_={"held": spend.c.held + _insert.excluded.held, "used": spend.c.used + _insert.excluded.used},
)
_BETWEEN = select(func.coalesce(func.sum(spend.c.held + spend.c.used), 0)).where(
    spend.c.scope == bindparam("scope"), spend.c.day >= bindparam("first"), spend.c.day <= bindparam("last")
)


class Spent(NamedTuple):
    """Credits that are held or used on one day, and in its month up to that day."""

    day: int
    month: int


def scope_of(guild_id: int) -> str:
    """The name of a server's rows; that of all servers together for EVERYWHERE."""
    return ALL if guild_id == EVERYWHERE else f"guild:{guild_id}"


def enter(connection: Connection, guild_id: int, day: str, kind: LedgerKind, credits_: int) -> None:
    """Sum up one entry of the ledger."""
    change = {
        "day": day,
        "to_held": _TO_HELD[kind] * credits_,
        "to_used": credits_ if kind is LedgerKind.SETTLE else 0,
    }
    connection.execute(_ADD, [change | {"scope": scope_of(guild_id)}, change | {"scope": ALL}])


def spent(connection: Connection, guild_id: int, day: str) -> Spent:
    """What a server has spent, or all of them with EVERYWHERE, on a day and in its month.

    A month is that of the UTC day, from its first to this one: nothing is held for days to come.
    """
    scope = scope_of(guild_id)

    def between(first: str) -> int:
        return int(connection.execute(_BETWEEN, {"scope": scope, "first": first, "last": day}).scalar_one())

    return Spent(between(day), between(f"{day[:8]}01"))
