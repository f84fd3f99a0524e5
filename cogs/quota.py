"""/quota for everybody, /admin quota for those who manage the server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RushesBot
from bot.errors import Refused
from bot.models import Allowance
from cogs.answers import Interaction, answer, target_of
from cogs.views import texts


class Quota(commands.Cog):
    """What people may still make today."""

    @app_commands.command()
    @app_commands.guild_only()
    async def quota(self, interaction: Interaction) -> None:
        """Show your credits: used, held, left, and when new ones come."""
        target = target_of(interaction)
        allowance = await interaction.client.services.jobs.allowance(target.guild_id, target.user_id)
        await answer(interaction, f"Today you have {_summary(allowance)}")


class AdminQuota(app_commands.Group):
    """Credits of other members; the permission is checked here too, since servers can override the default."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Manage Server, at the moment of the command."""
        return interaction.permissions.manage_guild

    @app_commands.command()
    @app_commands.describe(member="Whose credits")
    async def show(self, interaction: Interaction, member: discord.Member) -> None:
        """Show a member's credits of today."""
        target = target_of(interaction)
        allowance = await interaction.client.services.jobs.allowance(target.guild_id, member.id)
        await answer(interaction, f"Today {member.mention} has {_summary(allowance)}")

    @app_commands.command()
    @app_commands.describe(credits="Credits per day", member="Whose; leave it out for everybody in this server")
    async def set(
        self,
        interaction: Interaction,
        credits: app_commands.Range[int, 0, 10_000],
        member: discord.Member | None = None,
    ) -> None:
        """Set the daily credits of a member, or of everybody in this server."""
        _check_range(credits, 0)
        await interaction.client.services.jobs.set_daily(target_of(interaction), member.id if member else None, credits)
        who = member.mention if member else "Everybody in this server without a setting of their own"
        await answer(interaction, f"{who} has {texts.credits_(credits)} a day from now on.")

    @app_commands.command()
    @app_commands.describe(member="Who gets them", credits="Extra credits, for today only")
    async def grant(
        self,
        interaction: Interaction,
        member: discord.Member,
        credits: app_commands.Range[int, 1, 10_000],
    ) -> None:
        """Give a member extra credits for today."""
        _check_range(credits, 1)
        services, target = interaction.client.services, target_of(interaction)
        await services.jobs.grant(target, member.id, credits)
        allowance = await services.jobs.allowance(target.guild_id, member.id)
        await answer(interaction, f"Done. Today {member.mention} has {_summary(allowance)}")


class Admin(commands.GroupCog, group_name="admin", group_description="For those who manage this server"):
    """The /admin family."""

    def __init__(self) -> None:
        super().__init__()
        group = self.app_command
        assert isinstance(group, app_commands.Group)
        group.default_permissions = discord.Permissions(manage_guild=True)
        group.guild_only = True
        group.add_command(AdminQuota(name="quota", description="Daily credits of the members of this server"))


def _summary(allowance: Allowance) -> str:
    return (
        f"**{allowance.left} of {texts.credits_(allowance.limit)} left**: {allowance.used} used, "
        f"{allowance.held} held by clips in progress. New ones come {texts.moment(allowance.resets_at)}."
    )


def _check_range(value: int, least: int) -> None:
    # Discord enforces the option's range in its clients; a forged request must not pass either.
    if not least <= value <= 10_000:
        raise Refused("credits_out_of_range", least=least, most=10_000)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    await bot.add_cog(Quota())
    await bot.add_cog(Admin())
