"""The command tree's boundary: whatever a command raises becomes one clear sentence to whoever typed it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RushesBot
from cogs.answers import explain


class Errors(commands.Cog):
    """Answers errors of every slash command."""

    def __init__(self, bot: RushesBot) -> None:
        self._tree = bot.tree
        self._before = bot.tree.on_error

    async def cog_load(self) -> None:
        """Take over the tree's error handler."""
        self._tree.error(self._on_error)

    async def cog_unload(self) -> None:
        """Give the tree's error handler back."""
        self._tree.error(self._before)

    async def _on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        await explain(interaction, error)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    await bot.add_cog(Errors(bot))
