"""Which clips are meant where somebody is, and whether their messages are still there: no event says so."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from enum import StrEnum

import discord

from bot.client.bot import RushesBot
from bot.errors import DeliveryError, DestinationGone, MessageGone, Refused
from bot.models import ClipScope, Job, RankedClip
from cogs.core.answers import Interaction, asker_of
from cogs.core.codes import GONE, UNKNOWN_MESSAGE
from cogs.core.posting import place_of, translated

_WORTH_A_LOOK = 3


class Where(StrEnum):
    """Whose clips are meant."""

    CHANNEL = "channel"
    THREAD = "thread"
    MINE = "mine"


def where_of(interaction: Interaction, said: str | None) -> Where:
    """What was asked for, or the place somebody is in. Refused for a thread outside of one."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    if said is None:
        return Where.THREAD if in_thread else Where.CHANNEL
    if said == Where.THREAD and not in_thread:
        raise Refused("not_in_thread")
    return Where(said)


def scope_of(interaction: Interaction, where: Where) -> ClipScope:
    """The clips of that place. It is always one that whoever reads the answer is in: nothing of other channels shows.

    In a thread, the channel is the one that it belongs to. A forum has no messages but those of its posts.
    """
    asker, channel = asker_of(interaction), interaction.channel
    guild_id, place = asker.target.guild_id, asker.target.channel_id
    if where is Where.MINE:
        # For their eyes alone.
        return ClipScope(guild_id, user_id=asker.target.user_id, age_restricted=True)
    if where is Where.CHANNEL and isinstance(channel, discord.Thread):
        in_forum = isinstance(channel.parent, discord.ForumChannel)
        place = channel.id if in_forum else channel.parent_id
    return ClipScope(guild_id, channel_id=place, age_restricted=asker.standing.age_restricted)


async def still_there(bot: RushesBot, clips: Sequence[RankedClip]) -> list[RankedClip]:
    """Those whose messages are still in their channels; the others were taken out by hand, and are shown no more.

    Their files are left alone: whatever comes back from a look, a clip that was paid for is not deleted for it.
    """
    channels = {clip.job.target.channel_id for clip in clips}
    seen = set().union(*await asyncio.gather(*(_seen(bot, channel, clips) for channel in channels)))
    found = await asyncio.gather(*(_is_there(bot, clip.job, seen) for clip in clips))
    for clip, there in zip(clips, found, strict=True):
        if not there:
            await bot.services.library.hide(clip.job)
    return [clip for clip, there in zip(clips, found, strict=True) if there]


async def _seen(bot: RushesBot, channel_id: int, clips: Sequence[RankedClip]) -> set[int]:
    """The messages that one look at a channel's history finds; others may be there as well."""
    jobs = [clip.job for clip in clips if clip.job.target.channel_id == channel_id]
    ids = [job.result_message_id for job in jobs if job.result_message_id is not None]
    if len(ids) < _WORTH_A_LOOK:
        return set()
    channel = place_of(bot, jobs[0].target)
    before, after = discord.Object(max(ids) + 1), discord.Object(min(ids) - 1)
    try:
        with translated():
            return {message.id async for message in channel.history(limit=100, before=before, after=after)}
    except DeliveryError:
        return set()


async def _is_there(bot: RushesBot, job: Job, seen: Collection[int]) -> bool:
    if job.result_message_id is None or job.result_message_id in seen:
        return True
    channel = place_of(bot, job.target)
    try:
        # Asked for by itself: a history that is closed to the bot looks like an empty one.
        with translated():
            await channel.fetch_message(job.result_message_id)
    except MessageGone as error:
        return error.code != UNKNOWN_MESSAGE or not await _is_open(bot, job)
    except DestinationGone as error:
        return error.code not in GONE
    except DeliveryError:
        return True  # nothing is taken away on a guess
    return True


async def _is_open(bot: RushesBot, job: Job) -> bool:
    """Whether the channel of a message that is said to be unknown can be seen at all."""
    try:
        with translated():
            await bot.fetch_channel(job.target.channel_id)
    except DeliveryError:
        return False
    return True
