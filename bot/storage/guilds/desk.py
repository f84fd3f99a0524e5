"""DeskStore: rules, blocks and pauses, each changed together with its entry in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from bot.errors import StaleJob
from bot.models import AuditEntry
from bot.storage.database import Database
from bot.storage.guilds.audit import note
from bot.storage.money import ledger
from bot.storage.money.situation import Alias, Block, Pause, RulesRow
from bot.storage.owner_tables import blocks, guilds, pauses

_MOST_BLOCKS = 25


@dataclass(frozen=True, slots=True)
class BlockedMember:
    """A member who is blocked; a negative `user_id` is that of somebody who was erased."""

    user_id: int
    block: Block


class DeskStore:
    """Every change gives the entry that was written with it."""

    def __init__(self, database: Database, alias: Alias) -> None:
        self._database = database
        self._alias = alias

    # -- rules -------------------------------------------------------------------------------------------------------

    async def rules(self, guild_id: int) -> RulesRow | None:
        """A server's rules as they are stored."""
        query = select(guilds.c.version, guilds.c.rules).where(guilds.c.guild_id == guild_id)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else RulesRow(*row)

    async def change_rules(
        self, entry: AuditEntry, edit: Callable[[RulesRow | None], str], *, version: int | None = None
    ) -> AuditEntry:
        """Write what `edit` makes of the row that is there; it may raise. StaleJob if that is not of this `version`.

        A server without a row has version 0.
        """

        def work(connection: Connection) -> AuditEntry:
            query = select(guilds.c.version, guilds.c.rules).where(guilds.c.guild_id == entry.guild_id)
            row = connection.execute(query).first()
            present = None if row is None else RulesRow(*row)
            now = 0 if present is None else present.version
            if version is not None and version != now:
                raise StaleJob(f"rules of {entry.guild_id}")
            values = {"version": now + 1, "rules": edit(present), "set_by": entry.actor_id, "at": entry.at}
            statement = insert(guilds).values(guild_id=entry.guild_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["guild_id"], set_=values))
            return note(connection, entry)

        return await self._database.write(work)

    # -- members -----------------------------------------------------------------------------------------------------

    async def block(self, entry: AuditEntry, user_id: int, reason: str, until: float | None) -> AuditEntry:
        """Block a member of the entry's server; blocked before, it is this one that holds."""
        values = {"blocked": True, "reason": reason, "until": until, "set_by": entry.actor_id, "at": entry.at}

        def work(connection: Connection) -> AuditEntry:
            # Of one who was erased it may stand under the other number: what is said now holds alone.
            alias = (blocks.c.guild_id == entry.guild_id, blocks.c.user_id == self._alias(user_id))
            connection.execute(delete(blocks).where(*alias))
            statement = insert(blocks).values(guild_id=entry.guild_id, user_id=user_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["guild_id", "user_id"], set_=values))
            return note(connection, entry)

        return await self._database.write(work)

    async def pardon(self, entry: AuditEntry, user_id: int) -> AuditEntry:
        """Lift a block, and forget the strikes so far."""

        def work(connection: Connection) -> AuditEntry:
            theirs = (blocks.c.guild_id == entry.guild_id, blocks.c.user_id.in_([user_id, self._alias(user_id)]))
            connection.execute(delete(blocks).where(*theirs))
            values = {"blocked": False, "reason": "", "until": None, "set_by": entry.actor_id, "at": entry.at}
            row = {"guild_id": entry.guild_id, "user_id": user_id, "pardoned_at": entry.at}
            connection.execute(insert(blocks).values(row | values))
            return note(connection, entry)

        return await self._database.write(work)

    async def blocked(self, guild_id: int, now: float) -> Sequence[BlockedMember]:
        """Those who are blocked in a server now, the latest first, as many as can be shown."""
        query = (
            select(blocks)
            .where(blocks.c.guild_id == guild_id, blocks.c.blocked.is_(True))
            .where((blocks.c.until.is_(None)) | (blocks.c.until > now))
            .order_by(blocks.c.at.desc())
            .limit(_MOST_BLOCKS)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [BlockedMember(row["user_id"], Block(*(row[name] for name in Block.__slots__))) for row in rows]

    async def set_daily(self, entry: AuditEntry, user_id: int | None, credits_: int | None) -> AuditEntry:
        """Set the daily allowance of a member, or with None of the whole server; no credits are those behind it."""
        whose = user_id or ledger.EVERYBODY

        def work(connection: Connection) -> AuditEntry:
            # Of one who was erased it may stand under the other number: what is set now holds alone.
            ledger.unset_daily(connection, entry.guild_id, whose, *([] if user_id is None else [self._alias(user_id)]))
            if credits_ is not None:
                ledger.set_daily(connection, entry.guild_id, whose, credits_, by=entry.actor_id, at=entry.at)
            return note(connection, entry)

        return await self._database.write(work)

    async def grant(
        self, entry: AuditEntry, interaction_id: int, user_id: int, day: str, credits_: int, *, apart: float
    ) -> AuditEntry | None:
        """Give a member extra credits for one day; None when that interaction has done so before.

        So it is where another one of the same admin, not `apart` seconds from it, gave the same.
        """

        def work(connection: Connection) -> AuditEntry | None:
            given = ledger.Grant(interaction_id, entry.guild_id, user_id, day, credits_, entry.actor_id)
            if apart and ledger.granted_lately(connection, given, apart=apart):
                return None
            return note(connection, entry) if ledger.grant(connection, given, at=entry.at) else None

        return await self._database.write(work)

    # -- pauses ------------------------------------------------------------------------------------------------------

    async def pause(self, pause: Pause, entry: AuditEntry | None = None) -> AuditEntry | None:
        """Take nothing new in a server, or EVERYWHERE; paused before, it is this one that holds."""
        values = {name: getattr(pause, name) for name in Pause.__slots__ if name != "guild_id"}

        def work(connection: Connection) -> AuditEntry | None:
            statement = insert(pauses).values(guild_id=pause.guild_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["guild_id"], set_=values))
            return None if entry is None else note(connection, entry)

        return await self._database.write(work)

    async def resume(self, guild_id: int, entry: AuditEntry | None = None) -> AuditEntry | None:
        """Take new requests again; the entry as it was written, None where it was not paused."""

        def work(connection: Connection) -> AuditEntry | None:
            was = connection.execute(delete(pauses).where(pauses.c.guild_id == guild_id)).rowcount == 1
            return note(connection, entry) if was and entry is not None else None

        return await self._database.write(work)

    async def paused(self, guild_id: int) -> Pause | None:
        """Whether a server is paused, or all are with EVERYWHERE."""
        query = select(pauses).where(pauses.c.guild_id == guild_id)
        row = await self._database.read(lambda connection: connection.execute(query).mappings().first())
        return None if row is None else Pause(**row)
