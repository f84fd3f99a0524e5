"""Which picture a member pointed at last: for a while, for that member alone, and never the same one twice."""

from __future__ import annotations

import asyncio
import io
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from PIL import Image

from cogs.video.readers import Reader
from cogs.video.sources import LOOKS_AT_ONCE, REMEMBERED_SECONDS, LastUsed, pictures_in


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300)).save(buffer, "PNG")
    return buffer.getvalue()


PNG = png()
ADA, BEN = (1, 7), (1, 8)


async def nothing() -> bytes:
    return b""


one, two = Reader(nothing), Reader(nothing, spoiler=True)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def linked(content: str) -> Any:
    """A message with a link, as Discord shows it."""
    url = "https://example.org/a.png"
    shown = discord.Embed.from_dict({"url": url, "thumbnail": {"url": url, "proxy_url": f"{url}?proxy"}})
    return SimpleNamespace(content=content, attachments=[], message_snapshots=[], embeds=[shown], components=[])


@pytest.mark.parametrize(
    ("content", "hidden"),
    [
        ("look https://example.org/a.png", False),
        ("look ||https://example.org/a.png||", True),
        ("||no|| https://example.org/a.png ||no||", False),
        ("|| https://example.org/a.png", False),
    ],
)
async def test_a_link_between_bars_is_a_spoiler(content: str, hidden: bool) -> None:
    (found,) = await pictures_in(linked(content), asyncio.Semaphore(1))
    assert found.spoiler is hidden


class Unnamed:
    """A picture whose name says nothing; reading it takes a moment, and those being read are counted."""

    content_type, size, width, height = None, 1000, None, None
    reading = most = 0

    async def read(self) -> bytes:
        Unnamed.reading += 1
        Unnamed.most = max(Unnamed.most, Unnamed.reading)
        await asyncio.sleep(0.02)
        Unnamed.reading -= 1
        return PNG

    def is_spoiler(self) -> bool:
        return False


async def test_few_files_are_looked_into_at_once_however_many_press() -> None:
    looks = asyncio.Semaphore(LOOKS_AT_ONCE)
    messages: list[Any] = [SimpleNamespace(message_snapshots=[], attachments=[Unnamed() for _ in range(4)])] * 5
    found = await asyncio.gather(*(pictures_in(message, looks) for message in messages))
    assert [len(pictures) for pictures in found] == [2] * 5
    assert Unnamed.most == LOOKS_AT_ONCE


def test_the_picture_before_is_given_once_another_message_is_pointed_at() -> None:
    used = LastUsed(Clock())
    assert used.swap(ADA, 1, one) is None
    assert used.swap(ADA, 2, two) is one
    assert used.swap(ADA, 3, one) is two


def test_the_same_message_is_no_second_picture() -> None:
    used = LastUsed(Clock())
    used.swap(ADA, 1, one)
    assert used.swap(ADA, 1, one) is None


def test_members_do_not_see_what_others_pointed_at() -> None:
    used = LastUsed(Clock())
    used.swap(ADA, 1, one)
    assert used.swap(BEN, 2, two) is None
    assert used.swap((2, ADA[1]), 3, two) is None, "nor oneself in another server"


def test_it_is_forgotten_after_some_minutes() -> None:
    clock = Clock()
    used = LastUsed(clock)
    used.swap(ADA, 1, one)
    clock.now += REMEMBERED_SECONDS + 1
    assert used.swap(ADA, 2, two) is None


def test_no_more_than_some_hundreds_are_remembered() -> None:
    used = LastUsed(Clock())
    for user in range(2000):
        used.swap((1, user), 1, one)
    assert len(used._uses) <= 500
    assert used.swap((1, 1999), 2, two) is one
