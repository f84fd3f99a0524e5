"""/privacy; and what the gateway says of the servers that the bot is in."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from cogs.core.answers import Interaction, acknowledged, translation_for
from cogs.privacy.message import PrivacyButton, privacy_layout


class Privacies(commands.Cog):
    """What is kept of people."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot

    @app_commands.command()
    async def privacy(self, interaction: Interaction) -> None:
        """What is kept of you, for how long, and where it goes; have it sent to you, or erased."""
        services = interaction.client.services
        titles = [services.jobs.provider_title(name) for name in services.provider_names]
        layout = privacy_layout(services.privacy.keeping, titles, translation_for(interaction))
        await interaction.response.send_message(view=layout, ephemeral=True)
        acknowledged(interaction)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """All shards are there: what has happened while nothing was connected shows now.

        Servers that are only unavailable are among the bot's all the same.
        """
        await self._bot.services.privacy.presence.compare([guild.id for guild in self._bot.guilds])

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited, perhaps once more."""
        await self._bot.services.privacy.presence.joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server has come whose beginning could not be read, or that was away for a while."""
        await self._bot.services.privacy.presence.joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed, or the server deleted; discord.py says something else of one that is unavailable."""
        await self._bot.services.privacy.presence.left(guild.id)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(PrivacyButton)
    await bot.add_cog(Privacies(bot))


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(PrivacyButton)
