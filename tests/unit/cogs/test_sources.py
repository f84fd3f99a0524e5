"""Which picture a member pointed at last: for a while, for that member alone, and never the same one twice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest

from cogs.video.readers import Reader
from cogs.video.sources import REMEMBERED_SECONDS, LastUsed, pictures_in

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
    (found,) = await pictures_in(linked(content))
    assert found.spoiler is hidden


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
