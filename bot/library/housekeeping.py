"""Housekeeping: deletes files that nobody will ask for any more. What is deleted when is in bot.media.retention."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from bot.clocks import Clock
from bot.media.retention import KEEP_SECONDS, sweep
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.open_jobs import OpenJobs

log = logging.getLogger(__name__)

TIDY_SECONDS = 3600.0


class Housekeeping:
    """Goes through its directories once an hour.

    How long ago a job ended is measured by the steady `clock`, how old a file is by `wall`: the disk dates it by that.
    """

    def __init__(
        self,
        store: JobStore,
        open_jobs: OpenJobs,
        kept: KeptClips,
        directories: Sequence[Path],
        clock: Clock,
        *,
        wall: Clock = time.time,
    ) -> None:
        self._store = store
        self._kept = kept
        self._open_jobs = open_jobs
        self._directories = directories
        self._clock = clock
        self._wall = wall

    async def tidy(self, _: str = "") -> float:
        """Tidy up; returns the moment of the next time."""
        now = self._clock()
        for job_id in await self._kept.expire(now - KEEP_SECONDS, now):
            log.info("job %s: its clip was not fetched and is no longer kept", job_id)
        needed = {*await self._open_jobs.ids(), *await self._kept.ids()}
        young = await self._store.ended_since(now - KEEP_SECONDS)
        for directory in self._directories:
            try:
                gone = await asyncio.to_thread(sweep, directory, needed, self._wall(), young=young)
            except OSError as error:
                # A disk that is unwell must not keep the jobs from going on.
                log.warning("%s cannot be tidied up: %s", directory.name, error.strerror)
                continue
            if gone:
                log.info("%d files deleted from %s", gone, directory.name)
        return now + TIDY_SECONDS
