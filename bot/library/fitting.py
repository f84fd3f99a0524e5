"""Fitter: makes a clip that is larger than its channel takes smaller, once, and remembers it on disk."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from bot.errors import ClipUnusable, MediaFailed
from bot.library.clip_files import ClipFiles
from bot.media.clips.fit import fit
from bot.media.container.mp4 import inspect
from bot.media.ffmpeg import Ffmpeg
from bot.outlet import Clip

log = logging.getLogger(__name__)

SMALLEST = 8 * 1024 * 1024
"""Bytes that every channel there is has ever taken: what is tried when Discord refuses what should have fitted."""


class Fitter:
    """One fitted file beside each original, `<job_id>-fit.mp4`; the original stays for extending and joining."""

    def __init__(self, ffmpeg: Ffmpeg, shelf: ClipFiles) -> None:
        self._ffmpeg = ffmpeg
        self._shelf = shelf

    async def fitted(self, job_id: str, clip: Clip, limit: int) -> Clip:
        """The clip in at most `limit` bytes; as it is where it fits already, or cannot be made to."""
        if clip.size <= limit:
            return clip
        to = self._shelf.path(f"{job_id}-fit")
        try:
            if not await asyncio.to_thread(lambda: to.is_file() and to.stat().st_size <= limit):
                await fit(self._ffmpeg, clip.path, limit, to)
            facts = await asyncio.to_thread(inspect, to)
            size = (await asyncio.to_thread(to.stat)).st_size
        except (MediaFailed, ClipUnusable, OSError) as error:
            log.info("job %s: its clip of %d bytes cannot be made to fit %d: %s", job_id, clip.size, limit, error)
            return clip
        return replace(
            clip,
            path=to,
            size=size,
            width=facts.width,
            height=facts.height,
            original_size=clip.original_size or clip.size,
        )
