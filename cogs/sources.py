"""Pictures that are in a channel already: where a message has them, and which one a member pointed at last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import discord

from bot.clocks import Clock
from bot.errors import ImageRefused
from bot.media.images import ENDINGS, check_announced
from cogs.asking import Reader, attached, from_discord

MOST = 2
REMEMBERED_SECONDS = 600.0
_REMEMBERED = 500


def pictures_in(message: discord.Message) -> list[Reader]:
    """How to read the pictures of a message, the first two: attached, linked to, or shown in a gallery.

    Raises ImageRefused for those that would be refused for what Discord says of them.
    """
    found: list[Reader] = []
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    for part in parts:
        pictures = [file for file in part.attachments if (file.content_type or "").startswith("image/")]
        usable = [file for file in pictures if (file.content_type or "").partition(";")[0] in ENDINGS]
        if pictures and not usable:
            raise ImageRefused("image_type")
        found += [attached(file) for file in usable]
    if not found:
        media = [*_of_embeds(message.embeds), *_of_galleries(message.components)]
        found = [_proxied(message, item) for item in media if item.proxy_url]
    return found[:MOST]


def _of_embeds(embeds: Iterable[discord.Embed]) -> Iterator[Any]:
    for embed in embeds:
        yield embed.image if embed.image.proxy_url else embed.thumbnail


def _of_galleries(components: Iterable[Any]) -> Iterator[discord.UnfurledMediaItem]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            yield from (item.media for item in component.items if _is_picture(item.media))
        yield from _of_galleries(getattr(component, "children", []))


def _is_picture(media: discord.UnfurledMediaItem) -> bool:
    return (media.content_type or "").partition(";")[0] in ENDINGS


def _proxied(message: discord.Message, media: Any) -> Reader:
    check_announced(0, media.width, media.height)

    async def read() -> bytes:
        # Discord's own copy: what `url` names is for whoever wrote the message to choose, and is never fetched.
        data: bytes = await message._state.http.get_from_cdn(media.proxy_url)
        return data

    return from_discord(read)


@dataclass(frozen=True, slots=True)
class _Use:
    at: float
    message_id: int
    reader: Reader


class LastUsed:
    """The picture that each member pointed at last, for some minutes; lost with the process, and no harm done."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[tuple[int, int], _Use] = {}

    def swap(self, who: tuple[int, int], message_id: int, reader: Reader) -> Reader | None:
        """Remember this one; gives the one before it, if that was of another message and not long ago."""
        now, before = self._clock(), self._uses.pop(who, None)
        while len(self._uses) >= _REMEMBERED:
            self._uses.pop(next(iter(self._uses)))
        self._uses[who] = _Use(now, message_id, reader)
        if before is None or before.message_id == message_id or now - before.at > REMEMBERED_SECONDS:
            return None
        return before.reader
