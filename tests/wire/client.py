"""A tiny bot of discord.py, unmodified, with which the simulated Discord is tried out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

from tests.wire.server import Wire


class Client(discord.AutoShardedClient):
    """A bot with one command, /show; `heard` keeps its uses, `answer` is what it does with each."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Interaction[Any]] = []
        self.answer: Callable[[discord.Interaction[Any]], Awaitable[object]] = greet

    async def setup_hook(self) -> None:
        """Register /show."""

        @self.tree.command()
        async def show(
            interaction: discord.Interaction[Any], text: str, file: discord.Attachment | None = None
        ) -> None:
            """Show something."""
            interaction.extras["file"] = None if file is None else await file.read()
            self.heard.append(interaction)
            await self.answer(interaction)

        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds before a second IDENTIFY."""


async def greet(interaction: discord.Interaction[Any]) -> None:
    """Answer at once."""
    await interaction.response.send_message("hello", ephemeral=True)


@asynccontextmanager
async def connected(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client that is ready, until the block ends."""
    monkeypatch.setattr(discord.http.Route, "BASE", wire.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(wire.gateway.url))
    client = Client()
    running = asyncio.create_task(client.start(wire.world.token))
    try:
        await wire.until(client.is_ready)
        yield client
    finally:
        await client.close()
        await running


def channel_of(client: Client, wire: Wire, name: str = "brainstorm") -> discord.PartialMessageable:
    """A channel by its name."""
    channel = wire.world.channel(name)
    return client.get_partial_messageable(channel.channel_id, guild_id=wire.world.guild("The Cutting Room").guild_id)


async def refusal(call: Awaitable[object]) -> tuple[int, int]:
    """(status, code) with which a call is refused."""
    try:
        await call
    except discord.HTTPException as error:
        return error.status, error.code
    raise AssertionError("that was allowed")
