"""ClipFiles: finished clips on disk, from their download until retention deletes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.errors import ClipError, ClipUnusable, DownloadFailed
from bot.media.clips.download import Downloader
from bot.media.clips.examining import examine
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.ffmpeg import Ffmpeg
from bot.models import Job, LinkReason
from bot.outlet import Clip


class ClipFiles:
    """One file per job, named by its job id; downloads are limited to a few at a time.

    A file has its name only once it was found to be a clip: what stands here under it can be posted.
    """

    def __init__(self, directory: Path, downloader: Downloader, ffmpeg: Ffmpeg, at_once: int = 4) -> None:
        self._directory = directory
        self._downloader = downloader
        self._ffmpeg = ffmpeg
        self._slots = asyncio.Semaphore(at_once)

    def path(self, job_id: str) -> Path:
        """Where a job's clip is, or would be."""
        return self._directory / f"{job_id}.mp4"

    async def has(self, job_id: str) -> bool:
        """Whether a job's clip is here."""
        return await asyncio.to_thread(self.path(job_id).is_file)

    async def clip(self, job: Job, link_seconds: float) -> Clip:
        """The job's clip, downloaded first unless it is on disk. Raises errors.ClipError."""
        path = self.path(job.job_id)
        if await asyncio.to_thread(path.is_file):
            facts = await asyncio.to_thread(_facts, path)
        else:
            facts = await self._download(job, path)
        size = (await asyncio.to_thread(path.stat)).st_size
        return Clip(
            path=path,
            size=size,
            width=facts.width if facts else 0,
            height=facts.height if facts else 0,
            duration_seconds=facts.duration_seconds if facts else 0.0,
            url=job.video_url or "",
            expires_at=_expires_at(job, link_seconds),
        )

    def link(self, job: Job, link_seconds: float, reason: LinkReason) -> Clip:
        """What there is of a clip whose file cannot be had."""
        expires_at = _expires_at(job, link_seconds)
        return Clip(self.path(job.job_id), 0, 0, 0, 0.0, job.video_url or "", expires_at, reason=reason)

    async def _download(self, job: Job, path: Path) -> Mp4Facts | None:
        if job.video_url is None:
            raise DownloadFailed("the job has no link")
        new = self.path(f"{job.job_id}-new")
        try:
            async with self._slots:
                await self._downloader.fetch(job.video_url, new)
            facts = await examine(self._ffmpeg, new)
            await asyncio.to_thread(new.replace, path)
        except ClipError:
            await asyncio.to_thread(new.unlink, missing_ok=True)
            raise
        return facts

    async def discard(self, job_id: str) -> None:
        """Delete a job's clip, and what was made of it to fit."""
        for path in (self.path(job_id), self.path(f"{job_id}-fit"), self.path(f"{job_id}-new")):
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _facts(path: Path) -> Mp4Facts | None:
    """What is known of a clip that was examined before; None where its boxes cannot be read."""
    try:
        return inspect(path)
    except ClipUnusable:
        return None


def _expires_at(job: Job, link_seconds: float) -> float:
    return (job.rendered_at or job.created_at) + link_seconds
