"""The error handler of all commands: whatever one raises becomes one sentence.

So does a form, a button or a select that is not known: of another version, or opened before a restart.
"""

from __future__ import annotations

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.errors import Refused
from cogs.core.answers import Interaction
from cogs.core.errors import answering, explain, was_taken
from cogs.core.forms import give_back
from cogs.core.replies import Quiet

_TREE_LOG = logging.getLogger("discord.app_commands.tree")

Type = discord.InteractionType


class Errors(commands.Cog):
    """Answers errors of every command, and interactions with components and forms that are not known."""

    def __init__(self, bot: RushesBot) -> None:
        self._tree = bot.tree
        self._before = bot.tree.on_error
        self._quiet = Quiet()

    async def cog_load(self) -> None:
        """Take over the tree's error handler."""
        self._tree.error(self._on_error)
        _TREE_LOG.addFilter(self._quiet)

    async def cog_unload(self) -> None:
        """Give the tree's error handler back."""
        self._tree.error(self._before)
        _TREE_LOG.removeFilter(self._quiet)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Discord.py has handed what was pressed or sent to its item or Form by now, if there is one."""
        if interaction.type not in {Type.component, Type.modal_submit} or was_taken(interaction):
            return
        async with answering(interaction):
            if interaction.type is Type.component:
                raise Refused("button_gone")
            await give_back(interaction)

    async def _on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        await explain(interaction, error)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    await bot.add_cog(Errors(bot))
