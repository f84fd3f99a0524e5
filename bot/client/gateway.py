"""Dialling the gateway: with growing pauses while it does not answer, whichever part of discord.py dials it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from discord.http import HTTPClient

from bot.client.patience import Patience
from bot.clocks import Clock

FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 300.0

Dial = Callable[..., Awaitable[Any]]


def pace(http: HTTPClient, clock: Clock) -> None:
    """Let this client dial no sooner than it may: discord.py would do so every five seconds, for as long as it takes.

    It gives each attempt a minute or three, and begins another; the pause goes on through all of them.
    """
    dial: Dial = http.ws_connect
    patience = Patience("the gateway cannot be reached", first=FIRST_RETRY_SECONDS, longest=LONGEST_RETRY_SECONDS)
    not_before = clock()

    async def ws_connect(url: str, **options: Any) -> Any:
        nonlocal not_before
        await asyncio.sleep(max(0.0, not_before - clock()))
        try:
            socket = await dial(url, **options)
        except (aiohttp.ClientError, OSError) as error:
            not_before = clock() + patience.wait(error)
            raise
        patience.over()
        return socket

    http.ws_connect = ws_connect  # type: ignore[method-assign]
