"""RequestFrames: a request's pictures as addresses that a provider can fetch."""

from __future__ import annotations

from bot.clocks import Clock
from bot.media.links import PATH, PictureLinks
from bot.media.pictures.images import PictureStore
from bot.models import Job
from bot.outlet import Outlet
from bot.providers.base import VideoProvider

LINK_SECONDS = 3600.0
"""How long an address of our own web server is good for: a provider fetches the pictures when it starts the task."""


class RequestFrames:
    """From our own web server when it is reachable from outside, else by the provider's upload endpoint, else as
    the fresh Discord address of the copy attached to the status message."""

    def __init__(self, pictures: PictureStore, links: PictureLinks | None, outlet: Outlet, clock: Clock) -> None:
        self._pictures = pictures
        self._links = links
        self._outlet = outlet
        self._clock = clock

    async def urls(self, job: Job, provider: VideoProvider) -> tuple[str, ...]:
        """Addresses of the first and the last frame to keep; FileNotFoundError when a picture is gone from the disk.

        They are stored with the job before the POST: a repeated POST must be equal to the first to the letter. Ours
        are kept without their signature, since nothing that opens a door belongs in the database.
        """
        frames = [frame for frame in (job.request.first_frame, job.request.last_frame) if frame is not None]
        if not frames:
            return ()
        if self._links is not None:
            expires_at = int(self._clock() + LINK_SECONDS)
            return tuple(self._links.unsigned(frame.name, expires_at) for frame in frames)
        if provider.capabilities.uploads:
            return tuple(
                [await provider.upload(await self._pictures.read(frame), frame.content_type) for frame in frames]
            )
        return await self._outlet.deliverer.picture_urls(job)

    def addresses(self, job: Job) -> list[str]:
        """What was kept, as a provider is to fetch it."""
        frames = [frame for frame in (job.request.first_frame, job.request.last_frame) if frame is not None]
        return [
            self._links.signed(kept) if self._links is not None and f"{PATH}/{frame.name}/" in kept else kept
            for kept, frame in zip(job.image_urls, frames, strict=False)
        ]
