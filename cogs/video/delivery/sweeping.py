"""Taking back what was posted about a member who is erased: messages that are known, and those that a look finds.

What is gone, or closed to the bot, is passed over: nothing of it can be taken back, or need be.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord

from bot.client.bot import RushesBot
from bot.errors import DestinationGone, UploadTooLarge
from bot.outlet import Swept, Traces
from cogs.core.codes import ARCHIVED
from cogs.core.posting import translated
from cogs.i18n.words import ENGLISH, translation

log = logging.getLogger(__name__)

_LOOK = 500
"""Messages of one look: five questions to Discord."""
_PRIVATE = 200

_IDS = re.compile(r"(?<![0-9a-f])[0-9a-f]{20}(?![0-9a-f])")
_LINKS = re.compile(r"discord\.com/channels/\d+/\d+/(\d+)")
_MENTIONS = re.compile(r"<@!?(\d+)>")


class MessageSweeper:
    """The Sweeper of Discord. Deletes messages of the bot's own and no others. Raises DeliveryPostponed alone."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot

    async def delete(self, guild_id: int, channel_id: int, message_id: int) -> None:
        """Delete one message, in a thread that was archived as well."""
        message = self._bot.get_partial_messageable(channel_id, guild_id=guild_id).get_partial_message(message_id)
        async with passing_over(f"message {message_id}"):
            try:
                with translated():
                    await message.delete()
            except DestinationGone as error:
                if error.code != ARCHIVED:
                    raise
                await self._edit_thread(channel_id, archived=False)
                await message.delete()

    async def unname_thread(self, thread_id: int) -> None:
        """Give a thread a name that says nothing; whoever made it may do so, unless it is locked.

        https://docs.discord.com/developers/topics/threads#editing-deleting-threads
        """
        async with passing_over(f"thread {thread_id}"):
            await self._edit_thread(thread_id, name=translation(ENGLISH)("brainstorm.thread"), archived=False)

    async def _edit_thread(self, thread_id: int, **how: Any) -> None:
        thread = await self._bot.fetch_channel(thread_id)
        us = None if self._bot.user is None else self._bot.user.id
        if isinstance(thread, discord.Thread) and thread.owner_id == us:
            await thread.edit(**how)

    async def sweep(self, guild_id: int, channel_id: int, traces: Traces, before: int | None) -> Swept:
        """Look through some of a channel's messages, newest first."""
        channel = self._bot.get_partial_messageable(channel_id, guild_id=guild_id)
        where = None if before is None else discord.Object(before)
        seen: list[discord.Message] = []
        async with passing_over(f"the history of channel {channel_id}"):
            seen = [message async for message in channel.history(limit=_LOOK, before=where)]
        own = [one for one in seen if one.id >= traces.since and one.author == self._bot.user]
        for message in own:
            if message.id not in traces.spared and is_about(message, traces):
                await self.delete(guild_id, channel_id, message.id)
        over = len(seen) < _LOOK or seen[-1].id < traces.since
        return Swept(len(seen), None if over else seen[-1].id)

    async def shows(self, guild_id: int, channel_id: int, message_id: int, traces: Traces) -> bool:
        """Whether a message is there and has traces."""
        channel = self._bot.get_partial_messageable(channel_id, guild_id=guild_id)
        async with passing_over(f"message {message_id}"):
            return is_about(await channel.fetch_message(message_id), traces)
        return False

    async def sweep_private(self, user_id: int, until: int) -> None:
        """Delete the bot's side of what was said in private."""
        found: list[discord.Message] = []
        async with passing_over("a private conversation"):
            user = self._bot.get_user(user_id) or await self._bot.fetch_user(user_id)
            private = user.dm_channel or await user.create_dm()
            found = [message async for message in private.history(limit=_PRIVATE)]
        for message in found:
            if message.id < until and message.author == self._bot.user:
                async with passing_over(f"message {message.id}"):
                    await message.delete()


@asynccontextmanager
async def passing_over(what: str) -> AsyncIterator[None]:
    """Go on where something cannot be had any more."""
    try:
        with translated():
            yield
    except (DestinationGone, UploadTooLarge) as error:
        log.debug("%s is passed over: %s", what, error)


def is_about(message: discord.Message, traces: Traces) -> bool:
    """Whether a message of the bot's own is about a member, or about what is taken away with them.

    One that merely links to a clip of theirs and is for somebody else is that of a clip which was made from it: it
    belongs to whoever asked for that.
    """
    text = f"{message.content} {[component.to_dict() for component in message.components]}"
    if traces.ids.intersection(_IDS.findall(text)):
        return True
    if message.is_system() and _refers(message, traces):
        return True  # what Discord says by itself, of a new thread or of a pin
    named = {int(user_id) for user_id in _MENTIONS.findall(text)}
    asked = message.interaction_metadata
    if message.id < traces.until and (traces.user_id in named or (asked and asked.user.id == traces.user_id)):
        return True
    linked = {int(message_id) for message_id in _LINKS.findall(text)}
    return not named and not traces.messages.isdisjoint(linked)


def _refers(message: discord.Message, traces: Traces) -> bool:
    to = message.reference
    return to is not None and not traces.messages.isdisjoint({to.channel_id, to.message_id or 0})
