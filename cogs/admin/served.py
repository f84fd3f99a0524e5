"""Which servers the bot stays in: where its owner has named some, it says a sentence in any other, and leaves."""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.errors import DeliveryError
from cogs.core.posting import NOBODY, translated
from cogs.i18n.words import translation

log = logging.getLogger(__name__)


class ServedServers(commands.Cog):
    """Looks at each server when the bot comes into it, and at all of them after a start: the setting may be new."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody has let the bot in."""
        await self._look(guild)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """All servers are known now."""
        for guild in list(self._bot.guilds):
            await self._look(guild)

    async def _look(self, guild: discord.Guild) -> None:
        if self._bot.services.jobs.serves(guild.id):
            return
        log.warning("server %d is not among GUILDS_ALLOWED: it is left", guild.id)
        try:
            await self._say(guild)
            with translated():
                await guild.leave()
        except DeliveryError as error:
            # Nothing can be made there all the same; at the next start it is tried again.
            log.warning("server %d could not be left: %s", guild.id, error)

    async def _say(self, guild: discord.Guild) -> None:
        """Say why, where people would look for it; that it cannot be said keeps nobody."""
        channels = [guild.system_channel, *guild.text_channels]
        for channel in channels:
            if channel is None or not channel.permissions_for(guild.me).send_messages:
                continue
            try:
                with translated():
                    text = translation(str(guild.preferred_locale))("panel.not_served")
                    await channel.send(text, allowed_mentions=NOBODY)
            except DeliveryError as error:
                log.info("server %d cannot be told why it is left: %s", guild.id, error)
            return
