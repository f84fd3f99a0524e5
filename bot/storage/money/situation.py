"""Everything that a request is judged by, read in one transaction: in the one that reserves, above all.

What follows from it is decided in bot.policy.gates.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, text

from bot.storage.money import ledger, spend
from bot.storage.money.ledger import Purse
from bot.storage.money.spend import Spent
from bot.storage.owner_tables import DRAIN, EVERYWHERE, blocks, guilds, pauses
from bot.storage.tables import MODERATED, UNDER_WAY, jobs

MINUTE_SECONDS = 60.0
STRIKE_SECONDS = 24 * 3600.0
"""How long it counts against a member that a provider's filter has stopped a clip."""
_MOST_READ = 200

Alias = Callable[[int], int]
"""The number under which a member who was erased is still known to what a cap needs."""

_RULES = select(guilds.c.version, guilds.c.rules).where(guilds.c.guild_id == bindparam("guild_id"))
_PAUSES = select(pauses).where(pauses.c.guild_id.in_(bindparam("guild_ids", expanding=True)))
_BLOCK = select(blocks).where(
    blocks.c.guild_id == bindparam("guild_id"), blocks.c.user_id.in_(bindparam("user_ids", expanding=True))
)
_PENDING = select(func.count(), func.coalesce(func.sum(jobs.c.guild_id == bindparam("guild_id")), 0)).where(
    text(UNDER_WAY), jobs.c.user_id == bindparam("user_id")
)
_ASKED = (
    select(func.min(jobs.c.created_at))
    .where(
        jobs.c.guild_id == bindparam("guild_id"),
        jobs.c.user_id == bindparam("user_id"),
        jobs.c.created_at > bindparam("since"),
    )
    .group_by(jobs.c.interaction_id)
    .limit(_MOST_READ)
)
_MODERATED = (
    select(jobs.c.ended_at)
    .where(
        text(MODERATED),
        jobs.c.guild_id == bindparam("guild_id"),
        jobs.c.user_id == bindparam("user_id"),
        jobs.c.ended_at > bindparam("since"),
    )
    .order_by(jobs.c.ended_at)
    .limit(_MOST_READ)
)


class RulesRow(NamedTuple):
    """A server's rules as they are stored."""

    version: int
    document: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing new is taken, in one server, EVERYWHERE, or in a DRAIN; without `set_by` the command line said so."""

    guild_id: int
    draining: bool
    reason: str
    set_by: int | None
    at: float


@dataclass(frozen=True, slots=True)
class Block:
    """What a server's moderators have said about a member; `until` None is for good."""

    blocked: bool
    reason: str
    until: float | None
    set_by: int
    at: float
    pardoned_at: float | None


@dataclass(frozen=True, slots=True)
class MemberSituation:
    """One member: credits, clips on the way anywhere and in this server, when they asked within the last minute, and
    when a provider's filter stopped a clip of theirs within a day, oldest first."""

    purse: Purse
    pending: int = 0
    pending_here: int = 0
    asked: tuple[float, ...] = ()
    block: Block | None = None
    moderated: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """One server and some of its members at one moment of the steady clock, and what is spent on the day."""

    guild_id: int
    at: float
    rules: RulesRow | None
    pauses: tuple[Pause, ...]
    here: Spent
    everywhere: Spent
    members: Mapping[int, MemberSituation] = field(default_factory=dict)


def read_situation(
    connection: Connection, guild_id: int, user_ids: Collection[int], day: str, at: float, alias: Alias
) -> Situation:
    """The situation of a server and of these members, as the transaction sees it."""
    rules = connection.execute(_RULES, {"guild_id": guild_id}).first()
    found = connection.execute(_PAUSES, {"guild_ids": [guild_id, EVERYWHERE, DRAIN]}).all()
    return Situation(
        guild_id,
        at,
        None if rules is None else RulesRow(*rules),
        tuple(Pause(**row._mapping) for row in found),
        spend.spent(connection, guild_id, day),
        spend.spent(connection, EVERYWHERE, day),
        {user_id: _member(connection, guild_id, user_id, day, at, alias(user_id)) for user_id in user_ids},
    )


def pending_of(connection: Connection, user_id: int) -> int:
    """How many jobs of a member have not ended, wherever they were asked for."""
    return int(connection.execute(_PENDING, {"guild_id": EVERYWHERE, "user_id": user_id}).one()[0])


def _member(connection: Connection, guild_id: int, user_id: int, day: str, at: float, alias: int) -> MemberSituation:
    ids = [user_id, alias]
    who = {"guild_id": guild_id, "user_id": user_id}
    pending, here = connection.execute(_PENDING, who).one()
    asked = connection.execute(_ASKED, who | {"since": at - MINUTE_SECONDS}).scalars()
    block = _block(connection, guild_id, ids)
    pardoned = 0.0 if block is None or block.pardoned_at is None else block.pardoned_at
    since = max(at - STRIKE_SECONDS, pardoned)
    return MemberSituation(
        ledger.purse(connection, guild_id, ids, day),
        int(pending),
        int(here),
        tuple(sorted(asked)),
        block,
        tuple(connection.execute(_MODERATED, who | {"since": since}).scalars()),
    )


def _block(connection: Connection, guild_id: int, user_ids: Collection[int]) -> Block | None:
    found = connection.execute(_BLOCK, {"guild_id": guild_id, "user_ids": list(user_ids)}).mappings().all()
    if not found:
        return None
    # One that was erased may be known by both numbers: what says blocked counts.
    row = max(found, key=lambda one: (one["blocked"], one["at"]))
    return Block(*(row[name] for name in Block.__slots__))
