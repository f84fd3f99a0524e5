"""What nobody else answers: whatever a command raises becomes one clear sentence, and so does a form nobody knows."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RushesBot
from cogs.answers import Interaction, answering, explain
from cogs.views.forms import give_back, is_forgotten


class Errors(commands.Cog):
    """Answers errors of every slash command, and forms that were opened before a restart."""

    def __init__(self, bot: RushesBot) -> None:
        self._tree = bot.tree
        self._before = bot.tree.on_error

    async def cog_load(self) -> None:
        """Take over the tree's error handler."""
        self._tree.error(self._on_error)

    async def cog_unload(self) -> None:
        """Give the tree's error handler back."""
        self._tree.error(self._before)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Discord.py has handed a form to its Form by now, if there is one."""
        if is_forgotten(interaction):
            async with answering(interaction):
                await give_back(interaction)

    async def _on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        await explain(interaction, error)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    await bot.add_cog(Errors(bot))
