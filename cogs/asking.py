"""From a draft to a queued job with its status message: the way that /video and the buttons share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord

from bot.errors import DeliveryError, Refused
from bot.jobs.intake import Accepted, Draft
from cogs.answers import Interaction, answer, check_permissions, hold, target_of, words_of

Reader = Callable[[], Awaitable[bytes]]

_READ_SECONDS = 60.0


async def ask(interaction: Interaction, draft: Draft, first: Reader | None = None, last: Reader | None = None) -> None:
    """Refuse, or hold the price, queue the job, show its status in the channel and give a private receipt."""
    services = interaction.client.services
    target = target_of(interaction)
    check_permissions(interaction)
    await services.jobs.check(target, draft)
    if not await hold(interaction):
        return
    pictures = await asyncio.gather(_read(first), _read(last))
    accepted = await services.jobs.submit(target, draft, first=pictures[0], last=pictures[1])
    await answer(interaction, await _receipt(interaction, accepted))


async def _receipt(interaction: Interaction, accepted: Accepted) -> str:
    services, job, words = interaction.client.services, accepted.job, words_of(interaction)
    allowance = accepted.allowance
    held = words("status.held", count=job.price, left=allowance.left, limit=allowance.limit)
    try:
        job = await services.jobs.open_status(job, await services.view(job))
    except DeliveryError:
        return words("status.accepted_unposted", held=held)
    place = f"https://discord.com/channels/{job.target.guild_id}/{job.target.channel_id}/{job.status_message_id}"
    return words("status.accepted", held=held, place=place)


async def _read(reader: Reader | None) -> bytes | None:
    if reader is None:
        return None
    try:
        async with asyncio.timeout(_READ_SECONDS):
            return await reader()
    except (discord.HTTPException, TimeoutError):
        raise Refused("image_gone") from None
