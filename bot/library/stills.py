"""Stills: pictures of clips that are kept on disk, made when somebody first wants them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.media.clips.stills import take_last_frame, take_poster
from bot.media.ffmpeg import Ffmpeg


class Stills:
    """One directory: `<job_id>-poster.jpg` and `<job_id>-last.png`."""

    def __init__(self, ffmpeg: Ffmpeg, directory: Path) -> None:
        self._ffmpeg = ffmpeg
        self._directory = directory

    async def poster(self, job_id: str, clip: Path) -> Path:
        """The clip's poster, JPEG, 640 pixels wide. Raises MediaFailed."""
        path = self.poster_path(job_id)
        if not await asyncio.to_thread(path.is_file):
            await take_poster(self._ffmpeg, clip, path)
        return path

    async def last_frame(self, job_id: str, clip: Path) -> bytes:
        """The clip's exact last frame, PNG. Raises MediaFailed."""
        path = self._directory / f"{job_id}-last.png"
        if not await asyncio.to_thread(path.is_file):
            await take_last_frame(self._ffmpeg, clip, path)
        return await asyncio.to_thread(path.read_bytes)

    def poster_path(self, job_id: str) -> Path:
        """Where a poster is, or would be."""
        return self._directory / f"{job_id}-poster.jpg"

    async def discard(self, job_id: str) -> None:
        """Delete the pictures of one clip."""
        for path in (self.poster_path(job_id), self._directory / f"{job_id}-last.png"):
            await asyncio.to_thread(path.unlink, missing_ok=True)
