"""Votes: what a press of the vote button does, and how the counts on all messages stay right.

The count is on the button itself, and the rows say what it is. Where a message is edited, all its counts are read anew,
and once more after it was: whoever edits it last sees what is true then, so two presses at once, in one process or in
several, cannot leave an old count behind. The message that was pressed is edited at once, others in the turn of their
channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import ui

from bot.client.bot import RushesBot
from bot.errors import DeliveryError, Refused, StorageFailed
from bot.models import AssemblyKind, Job
from cogs.core.answers import Interaction, answer, defer_update, target_of, translation_for
from cogs.core.ids import job_of
from cogs.core.posting import NOBODY, translated
from cogs.i18n.words import Translation, translation

log = logging.getLogger(__name__)

COUNT = "count"
"""The kind of edits that bring counts up to date where nobody pressed."""

LABEL = "buttons.labels.vote"
_ROUNDS = 5
"""Edits of one message for one press at most, however often others press meanwhile: theirs show the rest."""
_MARK = "▲"


class Turns:
    """One edit of a message at a time; of several that wait, only the last needs to be made."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: Counter[int] = Counter()

    @asynccontextmanager
    async def turn(self, message_id: int) -> AsyncIterator[bool]:
        """Wait for one's turn; False when somebody behind will see all that one would show."""
        lock = self._locks.setdefault(message_id, asyncio.Lock())
        self._waiting[message_id] += 1
        try:
            await lock.acquire()
        finally:
            self._waiting[message_id] -= 1
        try:
            yield not self._waiting[message_id]
        finally:
            lock.release()
            if not self._waiting[message_id]:
                del self._locks[message_id], self._waiting[message_id]


_turns = Turns()


def label(votes: int, t: Translation) -> str:
    """What stands on a vote button."""
    return f"{_MARK} {votes}" if votes else t(LABEL)


async def vote(interaction: Interaction, job_id: str) -> None:
    """Give a vote or take it back, and show the count on the button that was pressed, and wherever else it stands."""
    services, target, message = interaction.client.services, target_of(interaction), interaction.message
    # An event that comes twice is answered once: it must not take back the vote that it gave.
    if message is None or not await defer_update(interaction):
        return
    job = await services.jobs.job(job_id, guild_id=target.guild_id)
    stands, votes = await services.library.vote(job, target.user_id)
    if not await _show_here(interaction, message, job):
        t = translation_for(interaction)
        said = "buttons.done.voted" if stands else "buttons.done.vote_taken_back"
        await answer(interaction, t(said, votes=votes))
    await _show_elsewhere(interaction.client, job, besides=message.id)


async def _show_here(interaction: Interaction, message: discord.Message, job: Job) -> bool:
    """Whether the press can be seen to have counted; an archived thread lets nothing in it be changed."""
    async with _turns.turn(message.id) as needed:
        try:
            t, shown = translation(job.target.locale), message
            for _ in range(_ROUNDS if needed else 0):
                view = await recounted(interaction.client, shown, t)
                if view is None:
                    break
                with translated():
                    shown = await interaction.edit_original_response(view=view)
        except (DeliveryError, StorageFailed) as error:
            log.info("job %s: its votes cannot be shown: %s", job.job_id, error)
            return False
    return True


async def _show_elsewhere(bot: RushesBot, job: Job, *, besides: int) -> None:
    found = [job.result_message_id]
    if job.assembly_id is not None:
        try:
            assembly = await bot.services.assembler.get(job.assembly_id, guild_id=job.target.guild_id)
        except (Refused, StorageFailed):
            return
        if assembly.kind is AssemblyKind.TAKES:
            found.append(assembly.message_id)
        bot.services.assembler.poke(assembly.assembly_id)
    for message_id in found:
        if message_id is not None and message_id != besides:
            key = f"{job.target.guild_id}:{job.target.channel_id}:{message_id}:{job.target.locale}"
            bot.services.edits.ask(COUNT, key, job.target.channel_id)


async def count_again(bot: RushesBot, key: str) -> None:
    """Bring the counts up to date on a message that nobody pressed; the step of kind COUNT."""
    guild_id, channel_id, message_id, locale = key.split(":")
    channel = bot.get_partial_messageable(int(channel_id), guild_id=int(guild_id))
    async with _turns.turn(int(message_id)) as needed:
        try:
            with translated():
                message = await channel.fetch_message(int(message_id)) if needed else None
            for _ in range(_ROUNDS):
                view = None if message is None else await recounted(bot, message, translation(locale))
                if message is None or view is None:
                    break
                with translated():
                    message = await message.edit(view=view, allowed_mentions=NOBODY)
        except (DeliveryError, StorageFailed) as error:
            log.debug("the votes on message %s cannot be shown: %s", message_id, error)


async def recounted(bot: RushesBot, message: discord.Message, t: Translation) -> ui.View | ui.LayoutView | None:
    """The message's own components with the counts of this moment; None when they stand there already."""
    view: ui.View | ui.LayoutView
    if message.flags.components_v2:
        view = ui.LayoutView.from_message(message, timeout=None)
        for item in view.walk_children():
            if isinstance(item, ui.MediaGallery):
                _keep_own_files(item)
    else:
        view = ui.View.from_message(message, timeout=None)
    buttons = list(_vote_buttons(view))
    counts = await bot.services.library.votes([job_id for job_id, _ in buttons])
    changed = False
    for job_id, button in buttons:
        shown = (button.label or "").startswith(_MARK)
        if shown or counts[job_id]:
            fresh = label(counts[job_id], t)
            changed, button.label = changed or fresh != button.label, fresh
    # PersistentItem buttons are found by their ids; discord.py would remember this view for good otherwise.
    view.stop()
    return view if changed else None


def _vote_buttons(view: ui.View | ui.LayoutView) -> Iterator[tuple[str, ui.Button[Any]]]:
    for item in view.walk_children():
        if isinstance(item, ui.Button) and (job_id := job_of(item.custom_id or "", "vote")):
            yield job_id, item


def _keep_own_files(gallery: ui.MediaGallery[Any]) -> None:
    """Name the message's own files by their names: their addresses run out, and are not ours to post."""
    for item in gallery.items:
        if item.media.attachment_id is not None:
            item.media = f"attachment://{item.media.url.partition('?')[0].rpartition('/')[2]}"
