"""/quota for everybody, /admin quota for those who manage the server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import Refused
from bot.models import Allowance
from cogs.core import texts
from cogs.core.answers import Interaction, answer, asker_of, defer, done, roles_of, target_of, translation_for
from cogs.i18n.words import Translation

APART_SECONDS = 180.0
"""Within so long the same grant by the same admin is taken for one that was typed again."""


class Quota(commands.Cog):
    """What people may still make today."""

    @app_commands.command()
    @app_commands.guild_only()
    async def quota(self, interaction: Interaction) -> None:
        """Show your credits: used, held, left, and when new ones come."""
        asker = asker_of(interaction)
        if not await defer(interaction):
            return
        target, roles = asker.target, asker.standing.roles
        allowance = await interaction.client.services.jobs.allowance(target.guild_id, target.user_id, roles)
        t = translation_for(interaction)
        await answer(interaction, t("quota.yours", summary=summary(allowance, t)))


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
        allowance = await interaction.client.services.jobs.allowance(target.guild_id, member.id, roles_of(member))
        t = translation_for(interaction)
        await answer(interaction, t("quota.theirs", member=member.mention, summary=summary(allowance, t)))

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
        await interaction.client.services.desk.set_daily(target_of(interaction), member.id if member else None, credits)
        done(interaction)
        t = translation_for(interaction)
        share = texts.credits_(credits, t)
        if member is not None:
            await answer(interaction, t("quota.set_member", member=member.mention, credits=share))
        else:
            await answer(interaction, t("quota.set_everybody", credits=share))

    @app_commands.command()
    @app_commands.describe(member="Whose; leave it out for everybody in this server")
    async def reset(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        """Forget what was set for a member, or for everybody: the usual credits hold again."""
        if not await defer(interaction):
            return
        target, t = target_of(interaction), translation_for(interaction)
        await interaction.client.services.desk.set_daily(target, member.id if member else None, None)
        done(interaction)
        if member is not None:
            await answer(interaction, t("quota.reset_member", member=member.mention))
        else:
            await answer(interaction, t("quota.reset_everybody"))

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
        services, target, t = interaction.client.services, target_of(interaction), translation_for(interaction)
        if not await defer(interaction):
            return
        # Whoever did not see the answer types the command again: to add twice takes a word more.
        added = await services.desk.grant(target, member.id, credits, apart=0.0 if again else APART_SECONDS)
        done(interaction)
        has = summary(await services.jobs.allowance(target.guild_id, member.id, roles_of(member)), t)
        if added:
            await answer(interaction, t("quota.granted", member=member.mention, summary=has))
            return
        option, share = t("commands.admin.quota.grant.options.again.name"), texts.credits_(credits, t)
        facts = {"member": member.mention, "credits": share, "summary": has, "option": option}
        await answer(interaction, t("quota.repeated", **facts))


def summary(allowance: Allowance, t: Translation) -> str:
    """Credits in words: left, used, held, and when new ones come."""
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
