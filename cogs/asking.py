"""From a draft to a queued job with its status message: the way that /video and the buttons share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord

from bot.errors import DeliveryError, Refused
from bot.jobs.service import Accepted, Draft
from cogs.answers import Interaction, answer, check_permissions, hold, target_of
from cogs.views import texts

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
    services, job = interaction.client.services, accepted.job
    allowance = accepted.allowance
    held = f"{texts.credits_(job.price).capitalize()} held, {allowance.left} of {allowance.limit} left today."
    try:
        job = await services.jobs.open_status(job, await services.view(job))
    except DeliveryError:
        return f"Accepted. {held} Its status will appear in this channel; `/jobs` shows it too."
    place = f"https://discord.com/channels/{job.target.guild_id}/{job.target.channel_id}/{job.status_message_id}"
    return f"Accepted. {held} [Follow it here]({place})"


async def _read(reader: Reader | None) -> bytes | None:
    if reader is None:
        return None
    try:
        async with asyncio.timeout(_READ_SECONDS):
            return await reader()
    except (discord.HTTPException, TimeoutError):
        raise Refused("image_gone") from None
