"""ClipShelf: finished clips on disk, from the moment they are paid for until nobody is likely to ask for them again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.errors import DownloadFailed
from bot.failpoints import at
from bot.jobs.delivery import Clip
from bot.media.download import Downloader
from bot.media.mp4 import inspect
from bot.models import Job


class ClipShelf:
    """One file per job, named by its job id; downloads are limited to a few at a time."""

    def __init__(self, directory: Path, downloader: Downloader, at_once: int = 4) -> None:
        self._directory = directory
        self._downloader = downloader
        self._slots = asyncio.Semaphore(at_once)

    def path(self, job_id: str) -> Path:
        """Where a job's clip is, or would be."""
        return self._directory / f"{job_id}.mp4"

    async def clip(self, job: Job, link_seconds: float) -> Clip:
        """The job's clip, downloaded first unless it is on disk. Raises errors.ClipError."""
        path = self.path(job.job_id)
        if job.video_url is None:
            raise DownloadFailed("the job has no link")
        if not await at("clip.there", asyncio.to_thread(path.is_file)):
            async with self._slots:
                await at("clip.fetch", self._downloader.fetch(job.video_url, path))
        facts = await at("clip.inspect", asyncio.to_thread(inspect, path))
        size = (await at("clip.size", asyncio.to_thread(path.stat))).st_size
        return Clip(
            path=path,
            size=size,
            width=facts.width,
            height=facts.height,
            duration_seconds=facts.duration_seconds,
            url=job.video_url,
            expires_at=(job.rendered_at or job.created_at) + link_seconds,
        )

    async def discard(self, job_id: str) -> None:
        """Delete a job's clip, and what was made of it to fit."""
        for path in (self.path(job_id), self.path(f"{job_id}-fit")):
            await at("clip.discard", asyncio.to_thread(path.unlink, missing_ok=True))
