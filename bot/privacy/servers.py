"""Servers that the bot has left: since when, and after a while of grace, the erasure of all that is kept of them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace

from bot.clocks import Clock
from bot.privacy.course import Course, Stage, read_course, write_course
from bot.privacy.members import ErasingParts
from bot.storage.privacy.erasing import PAGE, Whose
from bot.storage.privacy.erasures import NOBODY, Erasure
from bot.storage.privacy.servers import ServerStore

log = logging.getLogger(__name__)

GRACE_DAYS = 30
"""Between the end of a server and its erasure: whoever removed the bot by mistake, or to invite it with other
permissions, finds everything as it was."""

_DAY_SECONDS = 24 * 3600.0


class Presence:
    """In which servers the bot is, as the gateway says it."""

    def __init__(self, store: ServerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def left(self, guild_id: int) -> None:
        """The bot was removed from a server, or the server is no more. One that is only unavailable was not."""
        log.info("server %s was left; what is kept of it is deleted in %d days", guild_id, GRACE_DAYS)
        await self._store.left(guild_id, self._clock())

    async def joined(self, guild_id: int) -> None:
        """The bot is in a server, perhaps again."""
        await self._store.joined(guild_id)

    async def compare(self, connected: Collection[int]) -> None:
        """All servers that the bot is in, those that are unavailable included."""
        await self._store.compare(connected, self._clock())

    async def overdue(self) -> list[int]:
        """Servers whose grace is over."""
        return await self._store.left_before(self._clock() - GRACE_DAYS * _DAY_SECONDS)


class ServerEraser:
    """The Pages of servers. Where the bot is invited again meanwhile, what is left stays."""

    def __init__(self, parts: ErasingParts) -> None:
        self._parts = parts

    async def __call__(self, erasure: Erasure) -> float | None:
        """See bot.privacy.erasing.Pages."""
        parts = self._parts
        if await parts.erasures.is_back(erasure.guild_id):
            log.info("erasure %s: the bot is in that server again", erasure.erasure_id)
            await parts.erasures.end(erasure)
            return None
        waiting = await parts.store.under_way(NOBODY, erasure.guild_id, erasure.asked_at)
        for job in waiting:
            await parts.jobs.let_go(job)
        course = read_course(erasure.cursor)
        if course.stage in {Stage.STOP, Stage.ASSEMBLIES}:
            course = await self._assemblies(erasure, course)
            await parts.erasures.note(erasure, cursor=write_course(course))
            return parts.clock()
        await self._jobs(erasure)
        if waiting:
            return parts.clock() + parts.timings.erasing
        while await parts.unnaming.server(erasure.guild_id):
            pass
        await parts.erasures.note(erasure, cursor="", user_id=-1)
        return parts.clock()

    async def _assemblies(self, erasure: Erasure, course: Course) -> Course:
        page = await self._parts.store.assemblies_after(course.seen)
        if not page:
            return course.on(Stage.ROWS)
        theirs = [one for one in page if one.target.guild_id == erasure.guild_id]
        for assembly in theirs:
            await self._parts.shared.discard(assembly)
        await self._parts.store.delete_assemblies([assembly.assembly_id for assembly in theirs])
        return replace(course, stage=Stage.ASSEMBLIES, seen=page[-1].assembly_id)

    async def _jobs(self, erasure: Erasure) -> None:
        """The jobs that have ended; what is still held for a clip that is kept goes back first."""
        now, store = self._parts.clock(), self._parts.store
        whose = Whose(erasure.guild_id, NOBODY, erasure.asked_at, now)
        while page := await store.hide(whose, (0.0, ""), now):
            for job in page:
                await self._parts.library.discard(job.job_id)
            await store.delete_jobs([job.job_id for job in page])
            if len(page) < PAGE:
                return
