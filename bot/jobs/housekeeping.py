"""Housekeeping: deletes files that nobody will ask for any more. What is deleted when is in bot.media.retention."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

from bot.clocks import Clock
from bot.media.retention import KEEP_SECONDS, sweep
from bot.storage.kept import KeptClips

log = logging.getLogger(__name__)

TIDY_SECONDS = 3600.0


class Housekeeping:
    """Looks through its directories once an hour, when the runner comes by."""

    def __init__(self, kept: KeptClips, directories: Sequence[Path], clock: Clock) -> None:
        self._kept = kept
        self._directories = directories
        self._clock = clock
        self._next = 0.0

    async def tidy(self, needed: Collection[str]) -> float:
        """Tidy up if it is time; `needed` are the ids of open jobs. Returns the moment of the next time."""
        now = self._clock()
        if now >= self._next:
            self._next = now + TIDY_SECONDS
            for job_id in await self._kept.expire(now - KEEP_SECONDS, now):
                log.info("job %s: its clip was not fetched and is no longer kept", job_id)
            needed = {*needed, *await self._kept.ids()}
            for directory in self._directories:
                gone = await asyncio.to_thread(sweep, directory, needed, now)
                if gone:
                    log.info("%d files deleted from %s", gone, directory.name)
        return self._next
