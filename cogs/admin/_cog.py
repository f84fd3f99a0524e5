"""/quota for everybody, /admin quota for those who manage the server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.models import Allowance
from cogs.core import texts
from cogs.core.answers import Interaction, answer, defer, done, target_of, translation_for
from cogs.i18n.words import Translation

APART_SECONDS = 180.0
"""Within so long the same grant by the same admin is taken for one that was typed again."""


class Quota(commands.Cog):
    """What people may still make today."""

    @app_commands.command()
    @app_commands.guild_only()
    async def quota(self, interaction: Interaction) -> None:
        """Show your credits: used, held, left, and when new ones come."""
        target = target_of(interaction)
        if not await defer(interaction):
            return
        allowance = await interaction.client.services.jobs.allowance(target.guild_id, target.user_id)
        t = translation_for(interaction)
        await answer(interaction, t("quota.yours", summary=_summary(allowance, t)))


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
        if not await defer(interaction):
            return
        allowance = await interaction.client.services.jobs.allowance(target.guild_id, member.id)
        t = translation_for(interaction)
        await answer(interaction, t("quota.theirs", member=member.mention, summary=_summary(allowance, t)))

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
        if not await defer(interaction):
            return
        await interaction.client.services.jobs.set_daily(target_of(interaction), member.id if member else None, credits)
        done(interaction)
        t = translation_for(interaction)
        share = texts.credits_(credits, t)
        if member is not None:
            await answer(interaction, t("quota.set_member", member=member.mention, credits=share))
        else:
            await answer(interaction, t("quota.set_everybody", credits=share))

    @app_commands.command()
    @app_commands.describe(
        member="Who gets them",
        credits="Extra credits, for today only",
        again="Give them although you gave the same a moment ago",
    )
    async def grant(
        self,
        interaction: Interaction,
        member: discord.Member,
        credits: app_commands.Range[int, 1, 10_000],
        again: bool = False,
    ) -> None:
        """Give a member extra credits for today."""
        _check_range(credits, 1)
        jobs, target, t = interaction.client.services.jobs, target_of(interaction), translation_for(interaction)
        if not await defer(interaction):
            return
        # Whoever did not see the answer types the command again: to add twice takes a word more.
        added = await jobs.grant(target, member.id, credits, apart=0.0 if again else APART_SECONDS)
        done(interaction)
        summary = _summary(await jobs.allowance(target.guild_id, member.id), t)
        if added:
            await answer(interaction, t("quota.granted", member=member.mention, summary=summary))
            return
        option, share = t("commands.admin.quota.grant.options.again.name"), texts.credits_(credits, t)
        facts = {"member": member.mention, "credits": share, "summary": summary, "option": option}
        await answer(interaction, t("quota.repeated", **facts))


class Admin(commands.GroupCog, group_name="admin", group_description="For those who manage this server"):
    """The /admin family."""

    def __init__(self) -> None:
        super().__init__()
        group = self.app_command
        assert isinstance(group, app_commands.Group)
        group.default_permissions = discord.Permissions(manage_guild=True)
        group.guild_only = True
        group.add_command(AdminQuota(name="quota", description="Daily credits of the members of this server"))


def _summary(allowance: Allowance, t: Translation) -> str:
    return t(
        "quota.summary",
        left=allowance.left,
        credits=texts.credits_(allowance.limit, t),
        used=allowance.used,
        held=allowance.held,
        resets=texts.moment(allowance.resets_at),
    )


def _check_range(value: int, least: int) -> None:
    # Discord enforces the option's range in its clients; a forged request must not pass either.
    if not least <= value <= 10_000:
        raise Refused("credits_out_of_range", least=least, most=10_000)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    await bot.add_cog(Quota())
    await bot.add_cog(Admin())
