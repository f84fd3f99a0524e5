"""Drain: lets the running bot end once its last job has, where the command line has asked for that.

Nothing new is taken meanwhile; that is the gates' work (bot.policy.gates), which read the same row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from bot.assemblies.building import is_building
from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.errors import StorageFailed
from bot.storage.assemblies import AssemblyStore
from bot.storage.database import Database
from bot.storage.guilds.drains import DrainStore
from bot.storage.jobs import JobStore
from bot.storage.open_jobs import OpenJobs

log = logging.getLogger(__name__)

DRAIN = "drain"
"""The kind of its one step."""

LOOK_SECONDS = 2.0
_SHOWING_SECONDS = 30.0
"""How long the bot goes on for the status message of a job that has ended; the next start makes up for it, too."""


class UnderWay(NamedTuple):
    """What a drain waits for: clips, and what is being put together from clips."""

    clips: int
    built: int

    def __str__(self) -> str:
        clips = f"{self.clips} clip{'' if self.clips == 1 else 's'} on the way"
        built = f", {self.built} message{'' if self.built == 1 else 's'} being put together from clips"
        return clips + (built if self.built else "")


async def under_way(database: Database) -> UnderWay:
    """What has not ended. Not what waits for people, nor what nobody waits for any more: that survives a restart."""
    building = [one for one in await AssemblyStore(database).open_ones() if is_building(one)]
    return UnderWay(await OpenJobs(database).under_way(), len(building))


class Drain:
    """Looks every couple of seconds whether a drain is on; `ended` is called once there is nothing left to wait for."""

    def __init__(self, database: Database, engine: Engine, clock: Clock, ended: Callable[[], None]) -> None:
        self._database = database
        self._store, self._jobs = DrainStore(database), JobStore(database)
        self._engine = engine
        self._clock = clock
        self._ended = ended
        self._told: UnderWay | None = None

    async def begin(self) -> None:
        """Take away what a process that was killed has left of a drain, and look from now on."""
        if await self._store.end():
            log.info("a drain was on when the bot ended: it is over, and requests are taken again")
        self._engine.plug(DRAIN, self.look)
        self._engine.make_due(DRAIN, "")

    async def over(self) -> None:
        """The orderly end of the bot is that of its drain, too."""
        try:
            await self._store.end()
        except StorageFailed as error:
            log.warning("the drain is not taken back before the next start: %s", error)

    async def look(self, _: str = "") -> float:
        """Take the step; returns the moment of the next one."""
        try:
            if await self._store.on() and not await self._goes_on():
                log.info("drained: nothing is on the way any more")
                self._ended()
        except StorageFailed as error:
            log.debug("whether a drain is on cannot be told: %s", error)
        return self._clock() + LOOK_SECONDS

    async def _goes_on(self) -> bool:
        """Whether there is something to wait for."""
        left = await under_way(self._database)
        if left != self._told:
            log.info("draining, nothing new is taken: %s", left)
            self._told = left
        return any(left) or bool(await self._jobs.unshown(self._clock() - _SHOWING_SECONDS))
