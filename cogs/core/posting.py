"""Posting into channels with the bot's own token: Discord's errors as ours, and messages that are posted once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import aiohttp
import discord
from discord import ui

from bot.client.bot import RushesBot
from bot.errors import DeliveryPostponed, DestinationGone, Refused
from bot.models import Assembly, ReplyTarget
from cogs.core.codes import GONE, UNKNOWN_MESSAGE, Doubts, as_ours, bounded
from cogs.core.replies import PAUSES

log = logging.getLogger(__name__)

NOBODY = discord.AllowedMentions.none()

_MIB = 1024 * 1024
_LIMITS = {2: 50 * _MIB, 3: 100 * _MIB}
_DEFAULT_LIMIT = 20 * _MIB
"""Upload limits by boost tier; 20 MiB since 2026-09 (discord-api-docs #8578), where discord.py 2.7.1 says 10."""

_HISTORY_LIMIT = 2000
_doubts = Doubts()


@contextmanager
def translated(about: str | None = None) -> Iterator[None]:
    """Discord's errors as ours, split by what to do about them: DeliveryError and nothing else.

    `about` names the message that is posted or edited, so that it ends even where nobody has judged what Discord says.
    """
    try:
        yield
    except discord.RateLimited as error:
        raise DeliveryPostponed("rate limited", retry_after=bounded(error.retry_after)) from error
    except discord.HTTPException as error:
        raise as_ours(error, _doubts, about) from error
    except (aiohttp.ClientError, OSError) as error:
        raise DeliveryPostponed(type(error).__name__) from error
    except RuntimeError as error:
        # aiohttp's word for a session that was closed under a request: the bot is being stopped.
        if "closed" not in str(error):
            raise
        raise DeliveryPostponed("the connection was closed") from error
    else:
        if about is not None:
            _doubts.over(about)


async def find_own(
    bot: RushesBot, channel: discord.abc.Messageable, since: int, custom_id: str
) -> discord.Message | None:
    """The bot's own latest message that has a component with this custom id, or None.

    `since` is the id of something that was there before it, and no older message is looked at: ids hold Discord's own
    time, while our clock may have been wrong when the message was posted, or be wrong now.

    Raises DeliveryError; a history that is closed to the bot is mostly an empty one.
    """
    with translated():
        async for message in channel.history(limit=_HISTORY_LIMIT):
            if message.id < since:
                return None
            if message.author == bot.user and custom_id in custom_ids(message.components):
                return message
    return None


def custom_ids(components: Sequence[Any]) -> set[str]:
    """Every custom id among a message's components, however deep."""
    found = set()
    for component in components:
        found.add(getattr(component, "custom_id", None) or "")
        found |= custom_ids(getattr(component, "children", None) or [])
        accessory = getattr(component, "accessory", None)
        if accessory is not None:
            found |= custom_ids([accessory])
    return found - {""}


def place_of(bot: RushesBot, target: ReplyTarget) -> discord.PartialMessageable:
    """The channel that something was asked for in."""
    return bot.get_partial_messageable(target.channel_id, guild_id=target.guild_id)


def requester_alone(target: ReplyTarget) -> discord.AllowedMentions:
    """That of all whom a message mentions, whoever asked for it is pinged and nobody else."""
    requester = discord.Object(target.user_id)
    return discord.AllowedMentions(everyone=False, roles=False, users=[requester], replied_user=False)


def upload_limit(bot: RushesBot, guild_id: int) -> int:
    """Bytes that a server takes as one file, as far as is known."""
    guild = bot.get_guild(guild_id)
    return _DEFAULT_LIMIT if guild is None else _LIMITS.get(guild.premium_tier, _DEFAULT_LIMIT)


async def post_once(
    bot: RushesBot,
    assembly: Assembly,
    purpose: str,
    custom_id: str,
    view: ui.View | ui.LayoutView,
    *,
    channel: discord.PartialMessageable | None = None,
    content: str | None = None,
    files: Sequence[discord.File] = (),
    reference: discord.MessageReference | None = None,
) -> int:
    """Post one message of an assembly, unless an earlier attempt has; its id. Pings the requester alone.

    `purpose` (4 letters at most) tells the messages of one assembly apart; `view` holds a component with `custom_id`,
    by which the message is known again when the nonce is forgotten. Raises DeliveryError.
    """
    channel = channel or place_of(bot, assembly.target)
    try:
        earlier = await find_own(bot, channel, assembly.target.interaction_id, custom_id)
    except DestinationGone:
        # History is closed to us, or the channel is gone: the first is borne, the second is found out by posting.
        earlier = None
    if earlier is not None:
        return earlier.id
    parts: dict[str, Any] = {"reference": reference} if reference is not None else {}
    if content is not None:
        parts["content"] = content
    nonce, pinged = f"{assembly.assembly_id}-{purpose}", requester_alone(assembly.target)
    with translated(nonce):
        message = await channel.send(view=view, files=list(files), nonce=nonce, allowed_mentions=pinged, **parts)
    return message.id


async def take_away(message: discord.Message | discord.PartialMessage) -> None:
    """Delete a message of ours while somebody waits for it; one that is not there any more is deleted as well.

    An answer that is lost says nothing of the message, so it is tried again. Refused where the place is closed to us;
    raises DeliveryPostponed.
    """
    for pause in (*PAUSES, None):
        try:
            with translated():
                await message.delete()
        except DestinationGone as error:
            if error.code == UNKNOWN_MESSAGE or error.code in GONE:
                return
            raise Refused("channel_closed") from None
        except DeliveryPostponed:
            if pause is None:
                raise
        else:
            return
        await asyncio.sleep(pause)
