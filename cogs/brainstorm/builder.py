"""The steps of a brainstorm: opening its thread, keeping its overview up to date, summing it up.

What comes next is decided in bot.assemblies.brainstorm_course. A message may be tried again after a crash, and is
there once.
"""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Any, Literal

import discord
from discord import ui

from bot.assemblies import brainstorm_course as course
from bot.assemblies.assembler import StepResult
from bot.assemblies.brainstorm import Brainstorm, BrainstormStage
from bot.assemblies.state import read, write
from bot.client.bot import RushesBot
from bot.errors import DeliveryError, DestinationGone, MessageGone, UploadTooLarge
from bot.latest import Latest
from bot.library.contact_sheets import MOST_CLIPS, SheetClip, contact_sheet
from bot.models import Assembly, Job
from cogs.brainstorm.buttons import brainstorm_id
from cogs.brainstorm.content import Seen
from cogs.brainstorm.overview import overview_layout, picture_name
from cogs.brainstorm.result import SHEET, placed, result_layout
from cogs.brainstorm.starter import starter_buttons, starter_text, thread_name
from cogs.core.codes import ARCHIVED, GONE, THREAD_EXISTS, UNKNOWN_MESSAGE
from cogs.core.posting import NOBODY, place_of, post_once, translated

log = logging.getLogger(__name__)

_ARCHIVE_MINUTES: Literal[4320] = 4320
"""Three days without a word: longer than a draft may lie, and than voting takes."""
_REMEMBERED = 200
"""Overviews of which it is known what they show."""


class BrainstormBuilder:
    """The Builder of brainstorms; remembers only what each overview shows and since when."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._overviews: Latest[str, tuple[object, float]] = Latest(_REMEMBERED)
        self._refused: dict[str, BrainstormStage | None] = {}

    async def __call__(self, assembly: Assembly) -> StepResult:
        """See bot.assemblies.assembler.Builder."""
        services, storm = self._bot.services, read(assembly, Brainstorm)
        reserving = services.timings.reserving
        if storm.thread_id is None or assembly.message_id is None:
            storm, message_id = await self.open(assembly)
            return StepResult(
                write(storm), message_id, due_at=course.next_look(storm, services.assembler.now(), reserving)
            )
        jobs = await services.library.of_assembly(assembly.assembly_id)
        now, before = services.assembler.now(), storm.stage
        storm = course.advanced(storm, jobs, now, reserving)
        if before in course.OPEN and storm.stage not in course.OPEN:
            await self._close_starter(assembly, storm)
        seen = await self._seen(storm, jobs)
        if storm.stage is BrainstormStage.ENDED and before is not BrainstormStage.ENDED and jobs:
            await self._end(assembly, storm, seen)
        again = None
        if storm.stage is not BrainstormStage.RESERVING:
            again = await self._show(assembly, storm, seen)
        if storm.stage is BrainstormStage.ENDED:
            self._overviews.pop(assembly.assembly_id, None)
            self._refused.pop(assembly.assembly_id, None)
            return StepResult(write(storm), ended=True)
        looks = [look for look in (course.next_look(storm, now, reserving), again) if look is not None]
        return StepResult(write(storm), due_at=min(looks, default=None))

    # -- opening -----------------------------------------------------------------------------------------------------

    async def open(self, assembly: Assembly) -> tuple[Brainstorm, int]:
        """The brainstorm with its thread, and the id of its overview; both are looked for before they are made."""
        storm = read(assembly, Brainstorm)
        if storm.thread_id is None:
            thread_id = await self._open_thread(assembly, storm)
            storm = replace(storm, thread_id=thread_id)
        picture = storm.picture
        name = picture_name(storm)
        files = []
        if picture is not None and name is not None:
            data = await self._bot.services.jobs.picture(picture)
            files = [discord.File(io.BytesIO(data), filename=name)]
        layout = overview_layout(assembly, storm, await self._seen(storm, []))
        known_by, thread = brainstorm_id("render", assembly.assembly_id), self._thread(assembly, storm)
        message_id = await post_once(self._bot, assembly, "b", known_by, layout, channel=thread, files=files)
        self._remember(assembly, _content(layout))
        return storm, message_id

    async def _open_thread(self, assembly: Assembly, storm: Brainstorm) -> int:
        """A thread on a message of ours: a message has one thread at most, which therefore is never made twice."""
        known_by, buttons = brainstorm_id("add", assembly.assembly_id), starter_buttons(assembly)
        text = starter_text(assembly, storm)
        message_id = await post_once(self._bot, assembly, "o", known_by, buttons, content=text)
        channel = place_of(self._bot, assembly.target)
        try:
            with translated(f"{assembly.assembly_id} thread"):
                starter, name = channel.get_partial_message(message_id), thread_name(assembly, storm)
                await starter.create_thread(name=name, auto_archive_duration=_ARCHIVE_MINUTES)
        except MessageGone as error:
            if error.code != THREAD_EXISTS:
                raise
        return message_id

    async def _close_starter(self, assembly: Assembly, storm: Brainstorm) -> None:
        """Take the button off the message in the channel, once no take can be added any more."""
        channel = place_of(self._bot, assembly.target)
        if storm.thread_id is None or storm.thread_id == channel.id:
            return
        try:
            with translated():
                starter = channel.get_partial_message(storm.thread_id)
                await starter.edit(view=None, allowed_mentions=NOBODY)
        except DeliveryError as error:
            # Whoever presses it is told that it is too late.
            log.info("brainstorm %s: its button stays in the channel: %s", assembly.assembly_id, error)

    # -- the overview ------------------------------------------------------------------------------------------------

    async def _show(self, assembly: Assembly, storm: Brainstorm, seen: Seen) -> float | None:
        """Bring the overview up to date; when to do so if it is too soon now."""
        assert assembly.message_id is not None
        layout = overview_layout(assembly, storm, seen)
        wanted, now = _content(layout), self._bot.services.assembler.now()
        shown, shown_at = self._overviews.get(assembly.assembly_id, (None, 0.0))
        if shown == wanted or self._refused.get(assembly.assembly_id) is storm.stage:
            return None
        due_at = shown_at + self._bot.services.timings.overview
        if storm.stage is not BrainstormStage.ENDED and now < due_at:
            return due_at
        turn = self._turn(assembly, storm)
        if turn is not None:
            return turn
        message = self._thread(assembly, storm).get_partial_message(assembly.message_id)
        try:
            with translated(f"{assembly.assembly_id} overview"):
                parts: dict[str, Any] = {"attachments": []} if storm.picture is None else {}
                await message.edit(view=layout, allowed_mentions=NOBODY, **parts)
        except DestinationGone as error:
            # Without its overview a draft cannot be rendered any more; what is being rendered goes on without it.
            if error.code in GONE or (error.code == UNKNOWN_MESSAGE and storm.stage is BrainstormStage.DRAFTING):
                raise
            self._refuse(assembly, storm, error)
        self._remember(assembly, wanted)
        return None

    def _turn(self, assembly: Assembly, storm: Brainstorm) -> float | None:
        """When the overview may be edited; None now, and for its last word at once."""
        edits, thread_id = self._bot.services.outlet.edits, self._thread(assembly, storm).id
        if storm.stage is BrainstormStage.ENDED:
            edits.book(thread_id)
            return None
        return edits.turn(thread_id, assembly.assembly_id)

    def _remember(self, assembly: Assembly, content: object) -> None:
        # The assembler may end one without a word to us; to forget what an overview shows costs an edit at most.
        self._overviews[assembly.assembly_id] = content, self._bot.services.assembler.now()

    def _refuse(self, assembly: Assembly, storm: Brainstorm, error: DestinationGone) -> None:
        """Leave an overview alone that Discord does not let be edited, until there is more to say than another vote."""
        if assembly.assembly_id not in self._refused:
            log.info("brainstorm %s: its overview cannot be edited: %s", assembly.assembly_id, error)
        # A thread that was archived by hand takes no edit, and the next message opens it again.
        self._refused[assembly.assembly_id] = None if error.code == ARCHIVED else storm.stage

    async def _seen(self, storm: Brainstorm, jobs: list[Job]) -> Seen:
        services = self._bot.services
        votes = await services.library.votes([job.job_id for job in jobs])
        return Seen(jobs, votes, services.jobs.price(course.draft(storm, storm.idea)))

    # -- the result --------------------------------------------------------------------------------------------------

    async def _end(self, assembly: Assembly, storm: Brainstorm, seen: Seen) -> None:
        try:
            await self._sum_up(assembly, storm, seen)
        except MessageGone as error:
            # The clips and their votes are there all the same, and the overview says that it is over.
            log.info("brainstorm %s: its result is refused: %s", assembly.assembly_id, error)

    async def _sum_up(self, assembly: Assembly, storm: Brainstorm, seen: Seen) -> None:
        picture = await self._sheet(storm, seen)
        try:
            await self._post_result(assembly, storm, seen, picture)
        except UploadTooLarge:
            await self._post_result(assembly, storm, seen, None)
        for job in course.winners(seen.jobs, seen.votes or {}):
            await self._pin(assembly, storm, job)

    async def _post_result(self, assembly: Assembly, storm: Brainstorm, seen: Seen, picture: bytes | None) -> None:
        known_by, thread = brainstorm_id("prompts", assembly.assembly_id), self._thread(assembly, storm)
        layout = result_layout(assembly, storm, seen, sheet=picture is not None)
        files = [] if picture is None else [discord.File(io.BytesIO(picture), filename=SHEET)]
        await post_once(self._bot, assembly, "end", known_by, layout, channel=thread, files=files)

    async def _sheet(self, storm: Brainstorm, seen: Seen) -> bytes | None:
        """The clips side by side, those with the most votes if there are too many; None without any."""
        won, library = course.winners(seen.jobs, seen.votes or {}), self._bot.services.library
        clips = sorted(placed(storm, seen.jobs), key=lambda clip: -seen.votes_of(clip[2]))[:MOST_CLIPS]
        shown = [
            SheetClip(position, job, take.name, take.prompt, seen.votes_of(job), job in won)
            for position, take, job in sorted(clips, key=lambda clip: clip[0])
        ]
        return await contact_sheet(library, shown, storm.idea) if shown else None

    async def _pin(self, assembly: Assembly, storm: Brainstorm, job: Job) -> None:
        if job.result_message_id is None:
            return
        try:
            with translated():
                clip = self._thread(assembly, storm).get_partial_message(job.result_message_id)
                await clip.pin()
        except DeliveryError as error:
            # A courtesy that many servers do not allow bots.
            log.info("brainstorm %s: its winner is not pinned: %s", assembly.assembly_id, error)

    def _thread(self, assembly: Assembly, storm: Brainstorm) -> discord.PartialMessageable:
        assert storm.thread_id is not None
        return self._bot.get_partial_messageable(storm.thread_id, guild_id=assembly.target.guild_id)


def _content(layout: ui.LayoutView) -> object:
    """What an overview says, to be compared."""
    return layout.to_components()  # type: ignore[no-untyped-call]
