"""How the pictures of a request are read: attached ones, those that Discord has otherwise, and ones of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import discord

from bot.errors import Refused
from bot.library.pictures import check_announced
from bot.models import Picture
from cogs.core.answers import Interaction
from cogs.core.replies import TROUBLE

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
