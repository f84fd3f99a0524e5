"""From a draft to queued jobs with their status messages: the way that /video, the buttons and the menus share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

import discord

from bot.assemblies import takes as several
from bot.errors import DeliveryError, Refused, StorageFailed
from bot.jobs.intake import Accepted, Draft
from bot.media.images import check_announced
from bot.models import Picture, ReplyTarget
from cogs.core.answers import Interaction, answer, check_permissions, defer, done, target_of, translation_for
from cogs.core.names import readable
from cogs.core.replies import TROUBLE

log = logging.getLogger(__name__)

_READ_SECONDS = 60.0


Fetch = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Reader:
    """How to read a picture, and whether it was posted as a spoiler."""

    fetch: Fetch
    spoiler: bool = False

    async def __call__(self) -> bytes:
        """The bytes, wherever they come from."""
        return await self.fetch()


async def ask(
    interaction: Interaction,
    draft: Draft,
    first: Reader | None = None,
    last: Reader | None = None,
    *,
    takes: int = 1,
    note: str = "",
) -> None:
    """Refuse, or hold the price, queue the jobs, show their status in the channel and give a private receipt.

    `note` is said after the receipt.
    """
    services = interaction.client.services
    target = target_of(interaction)
    check_permissions(interaction)
    hidden = [picture is not None and picture.spoiler for picture in (first, last)]
    prompt = await readable(interaction, draft.prompt)
    draft = replace(draft, prompt=prompt, first_spoiler=hidden[0], last_spoiler=hidden[1])
    await services.jobs.check(target, draft, takes)
    if not await defer(interaction):
        return
    async with _reading(interaction, target, takes, first):
        pictures = await asyncio.gather(_read_any(first), _read_any(last))
        accepted = await _submit(interaction, target, draft, pictures, takes)
        done(interaction)
    receipt = await _receipt(interaction, accepted)
    await answer(interaction, f"{receipt}\n{note}" if note else receipt)


def _reading(
    interaction: Interaction, target: ReplyTarget, takes: int, first: Reader | None
) -> AbstractAsyncContextManager[None]:
    return nullcontext() if first is None else interaction.client.services.jobs.reading(target, takes)


async def _submit(
    interaction: Interaction, target: ReplyTarget, draft: Draft, pictures: tuple[bytes | None, bytes | None], takes: int
) -> Accepted:
    services, (first, last) = interaction.client.services, pictures
    if takes == 1:
        return await services.jobs.submit(target, draft, first=first, last=last)
    assembly = await several.begin(services.assembler, target, takes)
    draft = replace(draft, assembly_id=assembly.assembly_id)
    try:
        return await services.jobs.submit(target, draft, first=first, last=last, takes=takes)
    except Refused:
        with contextlib.suppress(StorageFailed):  # it gets no jobs, and is found to be abandoned by itself
            await several.abandon(services.assembler, assembly)
        raise


async def _receipt(interaction: Interaction, accepted: Accepted) -> str:
    services, t = interaction.client.services, translation_for(interaction)
    allowance = accepted.allowance
    held = t("status.held", count=accepted.price, left=allowance.left, limit=allowance.limit)
    place = None
    for job in accepted.jobs:
        try:
            shown = await services.jobs.open_status(job, await services.view(job))
        except (DeliveryError, StorageFailed) as error:
            log.info("job %s: its status message is left to the board: %s", job.job_id, error)
            continue
        target = shown.target
        here = f"https://discord.com/channels/{target.guild_id}/{target.channel_id}/{shown.status_message_id}"
        place = place or here
    if place is None:
        return t("status.accepted_unposted", held=held)
    return t("status.accepted", held=held, place=place)


def attached(attachment: discord.Attachment) -> Reader:
    """How to read an attached picture. Raises ImageRefused by what Discord says of it.

    Its type is not asked for: Discord goes by the name of the file. The bytes are judged once they are read.
    """
    check_announced(attachment.size, attachment.width, attachment.height)
    return from_discord(attachment.read, spoiler=attachment.is_spoiler())


def from_discord(
    fetch: Callable[[], Awaitable[bytes]], seconds: float = _READ_SECONDS, *, spoiler: bool = False
) -> Reader:
    """How to read a picture that Discord has: Refused where it does not hand it over in time.

    What we have ourselves is not read like this: how long FFmpeg takes is nothing that Discord could be blamed for.
    """

    async def read() -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await fetch()
        except TROUBLE:
            raise Refused("image_gone") from None

    return Reader(read, spoiler)


def stored(interaction: Interaction, picture: Picture | None) -> Reader | None:
    """How to read a picture of an earlier request."""
    if picture is None:
        return None

    async def fetch() -> bytes:
        return await interaction.client.services.jobs.picture(picture)

    return Reader(fetch, picture.spoiler)


async def _read_any(reader: Reader | None) -> bytes | None:
    return None if reader is None else await reader()
