"""Desk: what moderators of a server change, and see. Rights are checked by the cogs, at the moment of the press."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.clocks import Clock
from bot.errors import Refused, StaleJob
from bot.jobs.admission import Admission
from bot.models import AuditEntry, ReplyTarget
from bot.moderation.free_work import FreeWork
from bot.policy.quotas import day_of
from bot.policy.server_rules import MOST_CREDITS, ServerRules, read_rules, write_rules
from bot.storage.guilds.audit import AuditStore
from bot.storage.guilds.desk import BlockedMember, DeskStore
from bot.storage.money.situation import Pause, RulesRow, Situation
from bot.storage.owner_tables import EVERYWHERE

LONGEST_REASON = 200

RuleEdit = Callable[[ServerRules], ServerRules]
"""Makes changed rules of some; may raise Refused."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The rules of a server, and the version of the row that they stand in; 0 where there is none."""

    rules: ServerRules
    version: int


class Desk:
    """Every change is written to the audit log with it, and `noted` is told of the entry."""

    def __init__(
        self,
        store: DeskStore,
        audit: AuditStore,
        admission: Admission,
        clocks: tuple[Clock, Clock],
        noted: Callable[[AuditEntry], None],
    ) -> None:
        self._free_work = FreeWork(clocks[0])
        self._store = store
        self._audit = audit
        self._admission = admission
        self._clock, self._wall = clocks
        self._noted = noted

    # -- rules -------------------------------------------------------------------------------------------------------

    async def rules(self, guild_id: int) -> Posted:
        """A server's rules. Refused("rules_unreadable") where a newer version wrote them."""
        row = await self._store.rules(guild_id)
        return Posted(read_rules(row), 0 if row is None else row.version)

    async def change(
        self,
        admin: ReplyTarget,
        action: str,
        edit: RuleEdit,
        facts: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
    ) -> Posted:
        """Change a server's rules. Refused("rules_changed") if `version` is given and somebody else was faster.

        Refused("rules_unreadable"), or "out_of_bounds" for a number that no rule takes.
        """

        def edited(row: RulesRow | None) -> str:
            try:
                return write_rules(edit(read_rules(row)))
            except ValidationError:
                raise Refused("out_of_bounds") from None

        try:
            entry = await self._store.change_rules(self._entry(admin, action, None, facts), edited, version=version)
        except StaleJob:
            raise Refused("rules_changed") from None
        self._noted(entry)
        return await self.rules(admin.guild_id)

    async def take_free_work(self, target: ReplyTarget) -> None:
        """Count a board or a reel of a member; Refused for one who has had too many within an hour."""
        self._free_work.take(target.guild_id, target.user_id, (await self.rules(target.guild_id)).rules)

    # -- members -----------------------------------------------------------------------------------------------------

    async def block(self, admin: ReplyTarget, user_id: int, reason: str, days: float | None) -> None:
        """Let a member ask for nothing, for so many days or for good."""
        until = None if days is None else self._clock() + days * 24 * 3600.0
        facts = {"until": until, "reason": reason[:LONGEST_REASON]}
        entry = self._entry(admin, "block", user_id, facts)
        self._noted(await self._store.block(entry, user_id, reason[:LONGEST_REASON], until))

    async def pardon(self, admin: ReplyTarget, user_id: int) -> None:
        """Lift a member's block, and forget their strikes."""
        self._noted(await self._store.pardon(self._entry(admin, "unblock", user_id), user_id))

    async def blocked(self, guild_id: int) -> Sequence[BlockedMember]:
        """Those who are blocked, the latest first, as many as can be shown."""
        return await self._store.blocked(guild_id, self._clock())

    async def set_daily(self, admin: ReplyTarget, user_id: int | None, credits_: int | None) -> None:
        """Set the daily allowance of a member, or with None of everybody; without credits what is behind it holds."""
        if credits_ is not None and not 0 <= credits_ <= MOST_CREDITS:
            raise Refused("credits_out_of_range", least=0, most=MOST_CREDITS)
        action = "quota_reset" if credits_ is None else "quota_set"
        entry = self._entry(admin, action, user_id, {} if credits_ is None else {"credits": credits_})
        self._noted(await self._store.set_daily(entry, user_id, credits_))

    async def grant(self, admin: ReplyTarget, user_id: int, credits_: int, *, apart: float = 0.0) -> bool:
        """Give a member extra credits for today; False when this very command has done so before.

        So it is where the same admin gave the same not `apart` seconds ago.
        """
        entry, day = self._entry(admin, "grant", user_id, {"credits": credits_}), day_of(self._wall())
        written = await self._store.grant(entry, admin.interaction_id, user_id, day, credits_, apart=apart)
        if written is not None:
            self._noted(written)
        return written is not None

    # -- pauses ------------------------------------------------------------------------------------------------------

    async def pause(self, admin: ReplyTarget, reason: str = "", *, everywhere: bool = False) -> None:
        """Take nothing new in the admin's server, or everywhere; what is on the way ends."""
        guild_id = EVERYWHERE if everywhere else admin.guild_id
        pause = Pause(guild_id, False, reason[:LONGEST_REASON], admin.user_id, self._clock())
        action = "pause_everywhere" if everywhere else "pause"
        entry = await self._store.pause(pause, self._entry(admin, action, None, {"reason": pause.reason}))
        if entry is not None:
            self._noted(entry)

    async def resume(self, admin: ReplyTarget, *, everywhere: bool = False) -> bool:
        """Take new requests again; whether that was stopped."""
        entry = self._entry(admin, "resume_everywhere" if everywhere else "resume")
        written = await self._store.resume(EVERYWHERE if everywhere else admin.guild_id, entry)
        if written is not None:
            self._noted(written)
        return written is not None

    # -- seeing ------------------------------------------------------------------------------------------------------

    async def situation(self, guild_id: int, user_ids: Sequence[int] = ()) -> Situation:
        """What requests are judged by just now: pauses, what is spent, and what is known of members."""
        return await self._admission.situation(guild_id, user_ids)

    async def log(self, guild_id: int, limit: int = 10, before: int | None = None) -> list[AuditEntry]:
        """The latest entries of the audit log, newest first."""
        return await self._audit.latest(guild_id, limit, before)

    def _entry(
        self, admin: ReplyTarget, action: str, subject: int | None = None, facts: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        return AuditEntry(admin.guild_id, self._clock(), admin.user_id, action, subject, dict(facts or {}))
