"""The /admin family, put together; what a command does is in the module of its name."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from cogs.admin import acts
from cogs.admin.job import job_command
from cogs.admin.panel import controls
from cogs.admin.panel.command import panel
from cogs.admin.quota import AdminQuota, Quota
from cogs.admin.served import ServedServers
from cogs.admin.usage import usage_command


class Admin(commands.GroupCog, group_name="admin", group_description="For those who manage this server"):
    """Everything here checks Manage Server itself, since servers can override the default."""

    def __init__(self, bot: RushesBot) -> None:
        super().__init__()
        group = self.app_command
        assert isinstance(group, app_commands.Group)
        group.default_permissions = discord.Permissions(manage_guild=True)
        group.guild_only = True
        group.add_command(AdminQuota(name="quota", description="Daily credits of the members of this server"))
        for command in (panel, *acts.ALL, usage_command(bot), job_command()):
            group.add_command(command)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(*controls.ALL)
    await bot.add_cog(Quota())
    await bot.add_cog(Admin(bot))
    await bot.add_cog(ServedServers(bot))


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(*controls.ALL)
