"""`python -m benchmarks.engine.children.nothing`: a bot with one command, which defers and does nothing more.

It reads DISCORD_TOKEN and DISCORD_API_URL, as the bot that it is compared with does.
"""

from __future__ import annotations

import asyncio
import logging
import os

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from benchmarks.engine.children.parent import end_with_parent

READY = "ready to do nothing"


class Nothing(commands.AutoShardedBot):
    """The floor: what discord.py itself needs for a first answer."""

    def __init__(self) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
        )

    async def setup_hook(self) -> None:
        """Register the one command."""
        self.tree.add_command(nothing)
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say so."""
        print(READY, flush=True)


@app_commands.command()
@app_commands.guild_only()
async def nothing(interaction: discord.Interaction[Nothing], prompt: str) -> None:
    """Take a prompt and do nothing."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def run() -> None:
    """Be connected until a signal ends the process."""
    url, token = os.environ["DISCORD_API_URL"], os.environ["DISCORD_TOKEN"]
    discord.http.Route.BASE = url
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{url}/gateway/bot", headers=headers) as reply:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await reply.json())["url"])
    async with Nothing() as bot:
        await bot.start(token)


if __name__ == "__main__":
    end_with_parent()
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(run())
