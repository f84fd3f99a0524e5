"""Whose fault it is when a picture cannot be read."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.errors import Refused
from cogs.video.readers import Fetch, from_discord


def failing(error: Exception) -> Fetch:
    async def read() -> bytes:
        raise error

    return read


async def slow() -> bytes:
    await asyncio.sleep(5)
    return b""


async def quick() -> bytes:
    return b"a picture"


LOST = cast(Any, SimpleNamespace(status=404, reason="Not Found", headers={}))


@pytest.mark.parametrize(
    "reader",
    [
        slow,
        failing(discord.NotFound(LOST, "gone")),
        failing(aiohttp.ServerDisconnectedError()),
        failing(TimeoutError()),
    ],
)
async def test_a_picture_that_discord_does_not_hand_over_is_refused(reader: Fetch) -> None:
    with pytest.raises(Refused) as refused:
        await from_discord(reader, 0.05)()
    assert refused.value.code == "image_gone"


async def test_one_that_it_does_is_read() -> None:
    assert await from_discord(quick)() == b"a picture"
