"""Builds the message that shows several clips of one request side by side, once nothing more will come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import discord

from bot.assemblies import takes as several
from bot.assemblies.assembler import StepResult
from bot.assemblies.state import read
from bot.assemblies.takes import LEAST_SHOWN, Next, Takes
from bot.client.bot import RushesBot
from bot.errors import DestinationGone, Refused, UploadTooLarge
from bot.models import Assembly, Job, RankedClip
from cogs.core.ids import custom_id, job_of
from cogs.core.posting import NOBODY, custom_ids, find_own, place_of, post_once, translated, upload_limit
from cogs.takes.message import ShownTake, takes_layout
from cogs.video.lookup import still_there

log = logging.getLogger(__name__)

_TOGETHER = 24 * 1024 * 1024
"""Bytes of all files of one message: Discord takes requests of up to 25 MiB (resources/message.mdx)."""


class TakesBuilder:
    """The Builder of takes. The message itself tells which clips it shows, by its vote buttons."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot

    async def __call__(self, assembly: Assembly) -> StepResult:
        """See bot.assemblies.assembler.Builder."""
        services = self._bot.services
        abandoned = services.timings.abandoned
        read(assembly, Takes)  # nothing of it is needed to show them, but one that cannot be read is not touched
        jobs = await services.library.of_assembly(assembly.assembly_id)
        todo = several.plan(assembly, jobs, services.assembler.now(), abandoned)
        if todo is Next.WAIT:
            return StepResult(due_at=None if jobs else assembly.created_at + abandoned)
        if todo is Next.END:
            return StepResult(ended=True)
        shown = several.shown(jobs)
        ranked = await services.library.ranked([job.job_id for job in shown])
        clips = await still_there(self._bot, [ranked[job.job_id] for job in shown])
        try:
            message_id = await self._show(assembly, jobs, clips)
            return StepResult(message_id=message_id, ended=True)
        finally:
            await services.takes.discard(assembly.assembly_id)

    async def _show(self, assembly: Assembly, jobs: list[Job], clips: list[RankedClip]) -> int | None:
        """Post the message, or bring it in step with the clips that there are; its id."""
        message = await self._message(assembly)
        enough = len(clips) >= LEAST_SHOWN
        if message is None:
            there_was_one = assembly.message_id is not None
            if there_was_one or not enough:
                return None
            return await self._send(assembly, jobs, clips)
        if _shown_in(message) == {clip.job.job_id for clip in clips}:
            return message.id
        with translated(f"{assembly.assembly_id} takes"):
            if enough:
                self._bot.services.outlet.edits.book(message.channel.id)
                takes = await self._takes(assembly, clips)
                layout, files = takes_layout(assembly, jobs, takes)
                await message.edit(view=layout, attachments=files, allowed_mentions=NOBODY)
            else:
                await message.delete()
        return message.id

    async def _message(self, assembly: Assembly) -> discord.Message | None:
        channel, known_by = place_of(self._bot, assembly.target), custom_id("more", assembly.assembly_id)
        try:
            if assembly.message_id is None:
                return await find_own(self._bot, channel, assembly.target.interaction_id, known_by)
            with translated():
                return await channel.fetch_message(assembly.message_id)
        except DestinationGone:
            return None

    async def _send(self, assembly: Assembly, jobs: list[Job], clips: list[RankedClip]) -> int:
        known_by = custom_id("more", assembly.assembly_id)
        takes = await self._takes(assembly, clips)
        layout, files = takes_layout(assembly, jobs, takes)
        try:
            return await post_once(self._bot, assembly, "t", known_by, layout, files=files)
        except UploadTooLarge:
            log.info("takes %s: together they are not taken, so posters are sent", assembly.assembly_id)
        library = self._bot.services.library
        posters = [ShownTake(clip, await library.poster(clip.job)) for clip in clips]
        layout, files = takes_layout(assembly, jobs, posters)
        return await post_once(self._bot, assembly, "p", known_by, layout, files=files)

    async def _takes(self, assembly: Assembly, clips: Sequence[RankedClip]) -> list[ShownTake]:
        """Each clip's file, as large as all of them together may be; else its poster, if there is one."""
        services = self._bot.services
        files = await asyncio.gather(*(self._file(clip.job) for clip in clips))
        there = [file for file in files if file is not None]
        limit = upload_limit(self._bot, assembly.target.guild_id)
        fitted = iter(await services.takes.fitted(assembly.assembly_id, there, limit, _TOGETHER))
        found = []
        for clip, file in zip(clips, files, strict=True):
            path = None if file is None else next(fitted)
            found.append(ShownTake(clip, path or await services.library.poster(clip.job)))
        return found

    async def _file(self, job: Job) -> Path | None:
        try:
            return await self._bot.services.library.file(job)
        except Refused:
            return None


def _shown_in(message: discord.Message) -> set[str]:
    return {job_id for custom in custom_ids(message.components) if (job_id := job_of(custom, "vote"))}
