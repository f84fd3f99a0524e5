"""Pictures that are in a channel already: where a message has them, and which one a member pointed at last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.clocks import Clock
from bot.errors import ImageRefused
from bot.latest import Latest
from bot.library.pictures import BYTE_LIMIT, CONTENT_TYPES, check_announced, is_picture
from cogs.video.readers import Reader, attached, from_discord

MOST = 2
REMEMBERED_SECONDS = 600.0
_REMEMBERED = 500

_LOOK_SECONDS = 1.2
"""Of the three in which a form must be shown."""
_LOOKED_INTO = 4
LOOKS_AT_ONCE = 2
"""Files of everybody together that are read whole, only to see whether they are pictures."""
_SURELY_NONE = ("video/", "audio/", "text/")


async def pictures_in(message: discord.Message, looks: asyncio.Semaphore) -> list[Reader]:
    """How to read the pictures of a message, the first two: attached, linked to, or shown in a gallery.

    Raises ImageRefused for those that would be refused for what Discord says of them. Of files that Discord does not
    know for pictures, the bytes are looked at, as far as there is time before somebody must be answered; `looks` are
    the places for that, each of which takes as much memory as a file may have.
    """
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    files = [file for part in parts for file in part.attachments]
    doubtful = [file for file in files if _is_doubtful(file)][:_LOOKED_INTO]
    turned_out = dict(zip(doubtful, await asyncio.gather(*(_turns_out(file, looks) for file in doubtful)), strict=True))
    found = [attached(file) for file in files if _kind(file) in CONTENT_TYPES or turned_out.get(file)]
    if not found and any(_kind(file).startswith("image/") for file in files):
        raise ImageRefused("image_type")
    if not found:
        media = [*_of_embeds(message), *_of_galleries(message.components)]
        found = [_proxied(message, item, hidden) for item, hidden in media if item.proxy_url]
    return found[:MOST]


def _kind(media: discord.Attachment | discord.UnfurledMediaItem) -> str:
    return (media.content_type or "").partition(";")[0].strip().lower()


def _is_doubtful(file: discord.Attachment) -> bool:
    """Whether it may be a picture although its type, which Discord takes from its name, says otherwise."""
    kind = _kind(file)
    return kind not in CONTENT_TYPES and not kind.startswith(_SURELY_NONE) and file.size <= BYTE_LIMIT


async def _turns_out(file: discord.Attachment, looks: asyncio.Semaphore) -> bool:
    """Whether a file is a picture; one that cannot be looked at in time is judged when it is asked for."""
    try:
        async with asyncio.timeout(_LOOK_SECONDS), looks:
            return is_picture(await file.read())
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return True


def _of_embeds(message: discord.Message) -> Iterator[tuple[Any, bool]]:
    hidden = "".join(message.content.split("||")[1:-1:2])
    for embed in message.embeds:
        yield embed.image if embed.image.proxy_url else embed.thumbnail, bool(embed.url) and str(embed.url) in hidden


def _of_galleries(components: Iterable[Any], *, hidden: bool = False) -> Iterator[tuple[Any, bool]]:
    for component in components:
        within = hidden or bool(getattr(component, "spoiler", False))
        if isinstance(component, discord.MediaGalleryComponent):
            yield from ((item.media, within or item.spoiler) for item in component.items if _is_picture(item.media))
        yield from _of_galleries(getattr(component, "children", []), hidden=within)


def _is_picture(media: discord.UnfurledMediaItem) -> bool:
    return _kind(media) in {*CONTENT_TYPES, "", "application/octet-stream"}


def _proxied(message: discord.Message, media: Any, hidden: bool) -> Reader:
    check_announced(0, media.width, media.height)

    async def read() -> bytes:
        # Discord's own copy: what `url` names is for whoever wrote the message to choose, and is never fetched.
        data: bytes = await message._state.http.get_from_cdn(media.proxy_url)
        return data

    return from_discord(read, spoiler=hidden)


@dataclass(frozen=True, slots=True)
class _Use:
    at: float
    message_id: int
    reader: Reader


class LastUsed:
    """The picture that each member pointed at last, for some minutes; kept in memory alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: Latest[tuple[int, int], _Use] = Latest(_REMEMBERED)

    def swap(self, who: tuple[int, int], message_id: int, reader: Reader) -> Reader | None:
        """Remember this one; gives the one before it, if that was of another message and not long ago."""
        now, before = self._clock(), self._uses.get(who)
        self._uses[who] = _Use(now, message_id, reader)
        if before is None or before.message_id == message_id or now - before.at > REMEMBERED_SECONDS:
            return None
        return before.reader
