"""Library: what has been made. Looking through clips, voting, and having a clip's file again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

from bot.clocks import Clock
from bot.engine.keyed_locks import KeyedLocks
from bot.errors import ClipError, DeliveryError, DeliveryPostponed, MediaFailed, Refused
from bot.library.clip_files import ClipFiles
from bot.library.stills import Stills
from bot.media.clips.examining import looks_like_clip
from bot.media.pictures.images import PictureStore
from bot.models import ClipScope, ClipSort, HistoryFilters, Job, JobStatus, Picture, RankedClip
from bot.outlet import Outlet
from bot.storage.browsing import Browser
from bot.storage.jobs import JobStore
from bot.storage.kept import KeptClips
from bot.storage.votes import VoteStore

PAGE = 9
"""Clips on one page of a board."""


class Library:
    """Everything about clips that are there already; nothing here costs credits."""

    def __init__(
        self,
        jobs: JobStore,
        kept: KeptClips,
        votes: VoteStore,
        browser: Browser,
        shelf: ClipFiles,
        stills: Stills,
        pictures: PictureStore,
        show_status: Callable[[str], None],
        outlet: Outlet,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._kept = kept
        self._votes = votes
        self._browser = browser
        self._shelf = shelf
        self._stills = stills
        self._pictures = pictures
        self._show_status = show_status
        self._outlet = outlet
        self._clock = clock
        self._fetching = KeyedLocks()

    # -- looking through ---------------------------------------------------------------------------------------------

    async def clips(self, scope: ClipScope, order: ClipSort, page: int = 0) -> tuple[list[RankedClip], int]:
        """One page of a board, counted from 0: (its clips, how many pages there are)."""
        found, total = await self._browser.counted_clips(scope, order, limit=PAGE, offset=page * PAGE)
        return found, -(-total // PAGE)

    async def has_clips(self, scope: ClipScope) -> bool:
        """Whether a board would show any."""
        return bool(await self._browser.clips(scope, ClipSort.NEWEST, limit=1))

    async def best(self, scope: ClipScope, limit: int) -> list[RankedClip]:
        """The clips with the most votes, and after them the newest."""
        return await self._browser.clips(scope, ClipSort.VOTES, limit=limit)

    async def ranked(self, job_ids: Collection[str]) -> dict[str, RankedClip]:
        """These jobs and their votes by id, whether or not their clips are still there."""
        return await self._browser.ranked(job_ids)

    async def history(
        self, guild_id: int, user_id: int, filters: HistoryFilters, page: int = 0
    ) -> tuple[list[Job], int]:
        """One page of a member's own jobs: (they, how many pages there are)."""
        found, total = await self._browser.history(guild_id, user_id, filters, limit=PAGE, offset=page * PAGE)
        return found, -(-total // PAGE)

    async def mentioned(self, scope: ClipScope, words: str, limit: int = 25) -> list[Job]:
        """Delivered clips whose prompt or id holds these words: what autocompletion offers."""
        return await self._browser.mentioned(scope, tuple(words.split()[:8]), limit=limit)

    async def own(self, guild_id: int, user_id: int, words: str, limit: int = 25) -> list[Job]:
        """A member's own jobs whose prompts hold these words, for autocompletion."""
        return await self._browser.own(guild_id, user_id, tuple(words.split()[:8]), limit=limit)

    async def of_server(self, guild_id: int, words: str, limit: int = 25) -> list[Job]:
        """A server's latest jobs whose prompt or id holds these words, for moderators."""
        return await self._browser.in_guild(guild_id, tuple(words.split()[:8]), limit=limit)

    async def of_assembly(self, assembly_id: str) -> list[Job]:
        """The jobs of an assembly, in the order they were asked for."""
        return await self._jobs.of_assembly(assembly_id)

    async def is_first_clip(self, job: Job) -> bool:
        """Whether nothing was delivered to this member in this server before."""
        return not await self._browser.has_other_clip(job)

    # -- votes -------------------------------------------------------------------------------------------------------

    async def vote(self, job: Job, user_id: int) -> tuple[bool, int]:
        """Give or take back a vote: (whether it now stands, how many the clip has)."""
        if job.status is not JobStatus.DELIVERED or job.deleted_at is not None:
            raise Refused("clip_not_kept")
        return await self._votes.toggle(job.job_id, user_id, self._clock())

    async def votes(self, job_ids: Collection[str]) -> dict[str, int]:
        """How many votes each of these clips has."""
        return await self._votes.counts(job_ids)

    # -- files -------------------------------------------------------------------------------------------------------

    async def hide(self, job: Job) -> None:
        """Note that a clip is not in its channel any more: no board shows it. Its file stays as long as any other."""
        await self._jobs.mark_deleted(job.job_id, self._clock(), shown=True)

    async def forget(self, job: Job) -> None:
        """Note that a clip was taken out of its channel by somebody who may, and delete what is kept of it.

        The pictures of its request go with it, and the status message is told to show neither them nor the prompt.
        """
        await self._jobs.mark_deleted(job.job_id, self._clock())
        await self.discard(job.job_id)
        self._show_status(job.job_id)

    async def discard(self, job_id: str) -> None:
        """Delete every file of a job: its clip, what was taken from it, and the pictures of its request."""
        await self._shelf.discard(job_id)
        await self._stills.discard(job_id)
        await self._pictures.discard(job_id)

    async def forget_picture(self, picture: Picture) -> None:
        """Delete a picture that several requests were made from."""
        await self._pictures.discard(picture.name.partition("-")[0])

    async def file(self, job: Job) -> Path:
        """The clip's file: from our disk, else from the message that brought it.

        Refused("clip_not_kept"), or "clip_not_now" where only Discord is unwell.
        """
        path = self._shelf.path(job.job_id)
        if job.deleted_at is not None:
            raise Refused("clip_not_kept")
        async with self._fetching.hold(job.job_id):
            try:
                if not await asyncio.to_thread(path.is_file):
                    await self._fetch(job, path)
                if not await asyncio.to_thread(looks_like_clip, path):
                    raise Refused("clip_not_kept")
            except DeliveryPostponed:
                raise Refused("clip_not_now") from None
            except (DeliveryError, ClipError, OSError):
                raise Refused("clip_not_kept") from None
        return path

    async def _fetch(self, job: Job, path: Path) -> None:
        if job.kept:  # put aside before its clip had come, so its provider's link is all there is
            await self._shelf.clip(job, 0.0)
        else:
            await self._outlet.deliverer.save_clip(job, path)

    async def claim(self, job: Job) -> None:
        """Charge for a clip that was kept, before its requester is given it; Refused("clip_not_kept") if it is not."""
        if job.kept and not await self._kept.fetch(job, self._clock()):
            raise Refused("clip_not_kept")

    async def last_frame(self, job: Job) -> bytes:
        """The clip's exact last frame as PNG, to begin another one with. Raises Refused."""
        clip = await self.file(job)
        try:
            return await self._stills.last_frame(job.job_id, clip)
        except MediaFailed:
            raise Refused("frame_not_taken") from None

    async def poster(self, job: Job) -> Path | None:
        """A picture of the clip, JPEG, 640 pixels wide; None when the clip is gone. Needs the clip only once."""
        path = self._stills.poster_path(job.job_id)
        if await asyncio.to_thread(path.is_file):
            return path
        try:
            return await self._stills.poster(job.job_id, await self.file(job))
        except (MediaFailed, Refused):
            return None
