"""Eraser: takes the steps of erasures, page by page. How a member is erased is in members.py, a server in servers.py.

Nothing is remembered that the rows of `erasures` do not say, and every page may be taken again after a crash.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable

from bot.clocks import Clock
from bot.engine.engine import Engine
from bot.errors import DeliveryPostponed
from bot.outlet import Outlet
from bot.privacy.course import Course, write_course
from bot.storage.owner_tables import EVERYWHERE
from bot.storage.privacy.erasures import NOBODY, Erasure, ErasureStore
from bot.timings import Timings

log = logging.getLogger(__name__)

ERASE = "erase"
"""The kind of its steps; their keys are the ids of erasures."""

Pages = Callable[[Erasure], Awaitable[float | None]]
"""Takes the next page of an erasure; gives when the one after it is due, or None once the erasure is over."""


class Eraser:
    """Begins erasures, and drives them."""

    def __init__(
        self,
        store: ErasureStore,
        members: Pages,
        servers: Pages,
        engine: Engine,
        outlet: Outlet,
        clock: Clock,
        timings: Timings,
    ) -> None:
        self._store = store
        self._members = members
        self._servers = servers
        self._engine = engine
        self._clock = clock
        self._timings = timings
        engine.plug(ERASE, self.advance, ready=lambda: outlet.connected, long=True)
        outlet.on_attach(lambda: engine.release([ERASE]))

    async def recall(self) -> None:
        """Go on with all that are under way."""
        for erasure in await self._store.all():
            self._engine.make_due(ERASE, erasure.erasure_id)

    async def busy(self) -> bool:
        """Whether any member is being erased."""
        return any(not erasure.of_server for erasure in await self._store.all())

    async def member(self, user_id: int, interaction_id: int) -> bool:
        """Erase a member in all servers; False where that is under way already."""
        return await self._begin(EVERYWHERE, user_id, Course(until=interaction_id))

    async def server(self, guild_id: int) -> bool:
        """Erase a whole server that the bot is not in any more."""
        return await self._begin(guild_id, NOBODY, Course())

    async def _begin(self, guild_id: int, user_id: int, course: Course) -> bool:
        new = Erasure(secrets.token_hex(10), guild_id, user_id, self._clock(), write_course(course))
        begun = await self._store.begin(new)
        if begun:
            log.info("erasure %s: begun", new.erasure_id)
            self._engine.make_due(ERASE, new.erasure_id)
        return begun

    async def advance(self, erasure_id: str) -> float | None:
        """Take one page; gives when the next one is due."""
        erasure = await self._store.get(erasure_id)
        if erasure is None:
            return None
        try:
            if erasure.closing:
                return await self._close(erasure)
            due_at = await (self._servers if erasure.of_server else self._members)(erasure)
        except DeliveryPostponed as error:
            attempts = erasure.attempts + 1
            await self._store.note(erasure, cursor=erasure.cursor, attempts=attempts)
            return self._clock() + self._timings.backoff.wait(attempts, error.retry_after)
        return due_at

    async def _close(self, erasure: Erasure) -> float | None:
        """See to it that the files hold nothing of what the rows held, and only then call it done."""
        if not await self._store.scrub():
            return self._clock() + self._timings.erasing
        await self._store.end(erasure)
        log.info("erasure %s: done", erasure.erasure_id)
        return None
