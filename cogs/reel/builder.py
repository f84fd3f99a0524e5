"""From a reel that was asked for to the message that brings it; driven by the Assembler, step by step.

Every step may be taken again after a crash: messages are posted once, and what was joined is joined once.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from math import inf
from time import monotonic

from discord import ui

from bot.assemblies.assembler import ATTEMPTS, StepResult
from bot.assemblies.choice import CHOOSING_SECONDS, LEAST_CLIPS, Choice, ReelStage
from bot.assemblies.reel import Part, Reel, ReelOrder
from bot.assemblies.state import read, write
from bot.client.bot import RushesBot
from bot.errors import (
    DeliveryError,
    DeliveryPostponed,
    DestinationGone,
    MediaFailed,
    MessageGone,
    Refused,
    StaleJob,
    UploadTooLarge,
)
from bot.library.fitting import SMALLEST
from bot.models import Assembly, JobStatus, RankedClip
from cogs.core import texts
from cogs.core.components import row_view
from cogs.core.names import Members
from cogs.core.posting import NOBODY, find_own, place_of, post_once, translated, upload_limit
from cogs.i18n.words import Translation, translation
from cogs.reel.buttons import DeleteReelButton, StopReelButton
from cogs.reel.ids import reel_id
from cogs.reel.message import left_out, progress_layout, reel_file, reel_text
from cogs.video.lookup import still_there

log = logging.getLogger(__name__)


class Given(Exception):
    """The reel comes to nothing; the text says why."""


class ReelBuilder:
    """The Builder of reels."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._members = Members(bot)

    async def __call__(self, assembly: Assembly) -> StepResult:
        """See bot.assemblies.assembler.Builder."""
        choice, t = read(assembly, Choice), translation(assembly.target.locale)
        if choice.stage is ReelStage.CHOOSING:
            closes = assembly.created_at + CHOOSING_SECONDS
            return StepResult(due_at=closes, ended=self._bot.services.assembler.now() >= closes)
        if choice.stage is ReelStage.STOPPED:
            return await self._stopped(assembly, t)
        if assembly.message_id is None:
            message_id = await self._announce(assembly, choice)
            return StepResult(message_id=message_id, due_at=self._bot.services.assembler.now())
        if assembly.attempts >= ATTEMPTS - 1:  # the assembler ends it after this one, and would tell nobody
            return await self._end(assembly, t("reel.failed"))
        try:
            return await self._build(assembly, choice)
        except MessageGone as error:
            log.info("reel %s is refused: %s", assembly.assembly_id, error)
            return await self._end(assembly, translation(assembly.target.locale)("reel.not_taken"))
        except DestinationGone:
            await self._bot.services.reels.discard(assembly.assembly_id)
            raise

    async def _announce(self, assembly: Assembly, choice: Choice) -> int:
        layout = self._progress(assembly, choice, None)
        known_by = reel_id("stop", assembly.assembly_id)
        return await post_once(self._bot, assembly, "p", known_by, layout)

    async def _build(self, assembly: Assembly, choice: Choice) -> StepResult:
        t = translation(assembly.target.locale)
        posted = await self._posted(assembly)
        if posted is None:
            try:
                posted = await self._bring(assembly, choice, t)
            except Refused as error:
                return await self._end(assembly, texts.refusal(error, t))
            except Given as error:
                return await self._end(assembly, str(error))
            except MediaFailed as error:
                log.warning("reel %s cannot be made: %s", assembly.assembly_id, error)
                return await self._end(assembly, t("reel.failed"))
        return await self._done(assembly, posted, t)

    async def _stopped(self, assembly: Assembly, t: Translation) -> StepResult:
        # Whoever pressed may have been a moment too late.
        posted = None
        if assembly.message_id is not None:
            posted = await self._posted(assembly)
        if posted is not None:
            return await self._done(assembly, posted, t)
        return await self._end(assembly, t("reel.stopped"))

    async def _done(self, assembly: Assembly, posted: int, t: Translation) -> StepResult:
        return await self._end(assembly, t("reel.done", jump=texts.jump_url(assembly.target, posted)))

    async def _posted(self, assembly: Assembly) -> int | None:
        """The reel's message, if an earlier attempt came so far: then nothing has to be made."""
        marker, since = reel_id("delete", assembly.assembly_id), assembly.target.interaction_id
        try:
            found = await find_own(self._bot, place_of(self._bot, assembly.target), since, marker)
        except DestinationGone:
            return None
        return None if found is None else found.id

    async def _bring(self, assembly: Assembly, choice: Choice, t: Translation) -> int:
        """Make the reel and post it; the message's id. Raises Given with a sentence where it comes to nothing."""
        parts, clips, gone = await self._collect(choice)
        if len(parts) < LEAST_CLIPS:
            raise Given("\n".join([t("reel.too_few_left"), *([left_out(gone, t)] if gone else [])]))
        order = ReelOrder(assembly.assembly_id, tuple(parts), choice.title, t("reel.clips", count=len(parts)))
        reel = await self._make(assembly, choice, order)
        text = reel_text(assembly.target.user_id, choice, reel, clips, gone, t)
        return await self._post(assembly, reel, text, clips)

    async def _collect(self, choice: Choice) -> tuple[list[Part], list[RankedClip], list[RankedClip]]:
        """(Files in the order of the reel, their clips, and those that are gone.)"""
        library = self._bot.services.library
        ranked = await library.ranked(choice.sequence)
        wanted = [ranked[job_id] for job_id in choice.sequence if job_id in ranked]
        shown = [clip for clip in wanted if clip.job.status is JobStatus.DELIVERED and clip.job.deleted_at is None]
        names: dict[int, str] = {}
        if choice.captions and wanted:
            guild_id, members = wanted[0].job.target.guild_id, [clip.job.target.user_id for clip in wanted]
            names = await self._members.names(guild_id, members)
        parts, clips = [], []
        for clip in await still_there(self._bot, shown):
            try:
                path = await library.file(clip.job)
            except Refused:
                continue
            parts.append(Part(clip.job.job_id, path, names.get(clip.job.target.user_id, "")))
            clips.append(clip)
        return parts, clips, [clip for clip in wanted if clip not in clips]

    async def _make(self, assembly: Assembly, choice: Choice, order: ReelOrder) -> Reel:
        """Have it joined, showing how far it is; StaleJob when it was stopped meanwhile."""
        done = 0.0

        def note(fraction: float) -> None:
            nonlocal done
            done = fraction

        making = asyncio.create_task(self._bot.services.reels.make(order, note))
        try:
            shown, quiet_until = 0, 0.0
            while not (await asyncio.wait({making}, timeout=self._bot.services.timings.edit))[0]:
                await self._check_wanted(assembly)
                if round(done * 100) > shown and monotonic() >= quiet_until and self._turn(assembly):
                    shown = round(done * 100)
                    layout = self._progress(assembly, choice, shown)
                    quiet_until = monotonic() + await self._tell(assembly, layout)
        finally:
            making.cancel()
            await asyncio.wait({making})
        await self._check_wanted(assembly)
        return making.result()

    def _turn(self, assembly: Assembly) -> bool:
        """Whether it is the turn of the progress message among all that are edited in its channel."""
        return self._bot.services.outlet.edits.turn(assembly.target.channel_id, assembly.assembly_id) is None

    async def _check_wanted(self, assembly: Assembly) -> None:
        assembler, guild_id = self._bot.services.assembler, assembly.target.guild_id
        fresh = await assembler.get(assembly.assembly_id, guild_id=guild_id)
        if fresh.version != assembly.version:
            raise StaleJob(assembly.assembly_id)

    async def _post(self, assembly: Assembly, reel: Reel, text: str, clips: list[RankedClip]) -> int:
        t, reels = translation(assembly.target.locale), self._bot.services.reels
        marker = reel_id("delete", assembly.assembly_id)
        for limit in (upload_limit(self._bot, assembly.target.guild_id), SMALLEST):
            try:
                fitted = await reels.fitted(reel, limit)
            except MediaFailed as error:
                log.info(
                    "reel %s of %d bytes cannot be made to fit %d: %s", assembly.assembly_id, reel.size, limit, error
                )
                break
            view = row_view([DeleteReelButton.of(assembly.assembly_id, t)])
            file = reel_file(fitted, assembly.assembly_id, clips, t)
            try:
                return await post_once(self._bot, assembly, "r", marker, view, content=text, files=[file])
            except UploadTooLarge:
                log.info("reel %s: %d bytes are not taken", assembly.assembly_id, fitted.size)
        raise Given(t("reel.too_large"))

    async def _end(self, assembly: Assembly, text: str) -> StepResult:
        # The last word waits for no turn.
        self._bot.services.outlet.edits.book(assembly.target.channel_id)
        await self._tell(assembly, progress_layout(text, None))
        await self._bot.services.reels.discard(assembly.assembly_id)
        return StepResult(state=write(replace(read(assembly, Choice), stage=ReelStage.ENDED)), ended=True)

    async def _tell(self, assembly: Assembly, layout: ui.LayoutView) -> float:
        """Edit the progress message; that somebody deleted it, or that Discord is unwell, keeps no reel back.

        Returns the seconds for which there is no use in doing so again.
        """
        if assembly.message_id is None:
            return inf
        message = place_of(self._bot, assembly.target).get_partial_message(assembly.message_id)
        try:
            with translated(f"{assembly.assembly_id} progress"):
                await message.edit(view=layout, allowed_mentions=NOBODY)
        except DeliveryPostponed as error:
            log.info("reel %s: its progress cannot be shown just now: %s", assembly.assembly_id, error)
            return error.retry_after or 0.0
        except DeliveryError as error:
            log.info("reel %s: its progress cannot be shown: %s", assembly.assembly_id, error)
            return inf
        return 0.0

    def _progress(self, assembly: Assembly, choice: Choice, percent: int | None) -> ui.LayoutView:
        t = translation(assembly.target.locale)
        doing = t("reel.making", who=f"<@{assembly.target.user_id}>", clips=t("reel.clips", count=len(choice.chosen)))
        if percent is not None:
            doing += f" {t('reel.percent', percent=percent)}"
        return progress_layout(f"{doing}\n-# {t('reel.free')}", StopReelButton.of(assembly.assembly_id, t))
