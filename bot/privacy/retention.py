"""Retention: rows that are too old are deleted, some at a time; and servers whose grace is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.policy.quotas import day_of
from bot.privacy.erasing import Eraser
from bot.privacy.servers import Presence
from bot.storage.privacy.retention import KINDS, Bounds, RetentionStore

RETAIN = "retain"
"""The kind of its step; it has no key."""

EVERY_SECONDS = 3600.0
_KNOWING = {"jobs", "assemblies"}
_PAUSE_SECONDS = 0.25
"""Between two batches: others write meanwhile."""

LEDGER_DAYS = 62
"""Days for which credits are kept by the job: this month's caps need 31 of them at most, and last month's questions as
many again."""
USAGE_DAYS = 800
"""Days for which use is counted, without a word of what was asked for: two years can be compared."""
AUDIT_DAYS = 365
BLOCK_DAYS = 30
"""Days for which a block is kept that has run out."""
ALARM_DAYS = 62


class Retention:
    """Once an hour; as long as there is more to delete, a batch after the other."""

    def __init__(
        self,
        store: RetentionStore,
        presence: Presence,
        eraser: Eraser,
        engine: Engine,
        clocks: tuple[Clock, Clock],
        *,
        keep_prompts_days: int,
    ) -> None:
        self._store = store
        self._presence = presence
        self._eraser = eraser
        self._clock, self._wall = clocks
        self._keep_prompts_days = keep_prompts_days
        engine.plug(RETAIN, self.clear)

    async def clear(self, _: str = "") -> float:
        """Delete a batch of each kind; returns the moment of the next time."""
        now, bounds = self._clock(), self.bounds()
        # Until an erasure has taken back the messages of a row, nobody else deletes it: nothing else knows them.
        kinds = KINDS.keys() - (_KNOWING if await self._eraser.busy() else set())
        more = [kind for kind in kinds if await self._store.clear(kind, bounds)]
        if more:
            return now + _PAUSE_SECONDS
        for guild_id in await self._presence.overdue():
            await self._eraser.server(guild_id)
        return now + EVERY_SECONDS

    def bounds(self) -> Bounds:
        """Before when each kind is too old just now."""
        now, today = self._clock(), datetime.fromtimestamp(self._wall(), UTC)

        def ago(days: int) -> float:
            return now - days * 24 * 3600.0

        def day(days: int) -> str:
            return (today - timedelta(days=days)).date().isoformat()

        # Days that far back are never of this month.
        return Bounds(
            prompts=ago(self._keep_prompts_days),
            audit=ago(AUDIT_DAYS),
            blocks=ago(BLOCK_DAYS),
            alarms=ago(ALARM_DAYS),
            ledger=day(LEDGER_DAYS),
            usage=day(USAGE_DAYS),
            today=day_of(self._wall()),
        )
