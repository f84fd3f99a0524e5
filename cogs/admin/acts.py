"""/admin block, unblock, budget, pause, resume and log: what is done more quickly by a command than in the panel."""

from __future__ import annotations

from typing import Any, Literal

import discord
from discord import app_commands

from bot.errors import Refused
from bot.policy.server_rules import MOST_BUDGET
from cogs.admin.panel.lines import budget_lines
from cogs.core import texts
from cogs.core.answers import Interaction, answer, check_manager, defer, done, target_of, translation_for
from cogs.core.quoting import as_many
from cogs.i18n.words import Translation
from cogs.video.delivery.log_channel import audit_line
from cogs.video.delivery.notices import is_owner

LONGEST_REASON = 200
_ENTRIES, _ROOM = 15, 2000


@app_commands.command()
@app_commands.describe(
    member="Who may make nothing in this server",
    reason="Why; they are told",
    days="For how many days; for good unless you say so",
)
async def block(
    interaction: Interaction,
    member: discord.Member,
    reason: app_commands.Range[str, 0, LONGEST_REASON] = "",
    days: app_commands.Range[int, 1, 365] | None = None,
) -> None:
    """Let a member make nothing in this server, for good or for some days."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    t = translation_for(interaction)
    await interaction.client.services.desk.block(target_of(interaction), member.id, reason, days)
    done(interaction)
    key = "panel.done.blocked" if days is None else "panel.done.blocked_until"
    await answer(interaction, t(key, member=member.mention, days=days))


@app_commands.command()
@app_commands.describe(member="Who may make clips again")
async def unblock(interaction: Interaction, member: discord.Member) -> None:
    """Lift a member's block, and forget what a provider's filter has stopped."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    await interaction.client.services.desk.pardon(target_of(interaction), member.id)
    done(interaction)
    await answer(interaction, translation_for(interaction)("panel.done.pardoned", member=member.mention))


@app_commands.command()
@app_commands.describe(
    day="Credits that this server may spend in a day", month="The same for a month", remove="Which cap to take away"
)
async def budget(
    interaction: Interaction,
    day: app_commands.Range[int, 0, MOST_BUDGET] | None = None,
    month: app_commands.Range[int, 0, MOST_BUDGET] | None = None,
    remove: Literal["day", "month", "both"] | None = None,
) -> None:
    """Show or set what this server may spend in a day and in a month."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    desk, target, t = interaction.client.services.desk, target_of(interaction), translation_for(interaction)
    changes: dict[str, int | None] = {} if day is None else {"daily_budget": day}
    changes |= {} if month is None else {"monthly_budget": month}
    changes |= {} if remove in {None, "month"} else {"daily_budget": None}
    changes |= {} if remove in {None, "day"} else {"monthly_budget": None}
    if changes:
        facts = {"day": changes.get("daily_budget"), "month": changes.get("monthly_budget")}
        await desk.change(target, "budget", lambda rules: rules.but(**changes), facts)
        done(interaction)
    await answer(interaction, await budget_text(interaction, t))


async def budget_text(interaction: Interaction, t: Translation) -> str:
    """What the server has spent of its caps."""
    desk, guild_id = interaction.client.services.desk, target_of(interaction).guild_id
    rules, spent = (await desk.rules(guild_id)).rules, (await desk.situation(guild_id)).here
    return "\n".join(budget_lines(rules, (spent.day, spent.month), t))


@app_commands.command()
@app_commands.describe(reason="Why; everybody who asks is told", everywhere="In all servers: for the bot's owner alone")
async def pause(
    interaction: Interaction, reason: app_commands.Range[str, 0, LONGEST_REASON] = "", everywhere: bool = False
) -> None:
    """Take no new clips in this server until it is resumed; what is on the way still comes."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    await check_may_everywhere(interaction, everywhere)
    await interaction.client.services.desk.pause(target_of(interaction), reason, everywhere=everywhere)
    done(interaction)
    key = "panel.done.paused_everywhere" if everywhere else "panel.done.paused"
    await answer(interaction, translation_for(interaction)(key))


@app_commands.command()
@app_commands.describe(everywhere="In all servers: for the bot's owner alone")
async def resume(interaction: Interaction, everywhere: bool = False) -> None:
    """Take new clips in this server again."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    await check_may_everywhere(interaction, everywhere)
    was = await interaction.client.services.desk.resume(target_of(interaction), everywhere=everywhere)
    done(interaction)
    await answer(interaction, translation_for(interaction)("panel.done.resumed" if was else "panel.done.not_paused"))


async def check_may_everywhere(interaction: Interaction, everywhere: bool) -> None:
    """Refused for all but the bot's owners, where something is about every server."""
    if everywhere and not await is_owner(interaction.client, interaction.user.id):
        raise Refused("owner_only")


@app_commands.command()
async def log(interaction: Interaction) -> None:
    """Show what moderators of this server did last."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    t = translation_for(interaction)
    lines = as_many(await log_lines(interaction, t, _ENTRIES), _ROOM)
    await answer(interaction, "\n".join(lines) or t("panel.log.empty"), allowed_mentions=discord.AllowedMentions.none())


async def log_lines(interaction: Interaction, t: Translation, count: int) -> list[str]:
    """The latest entries of the audit log, newest first."""
    entries = await interaction.client.services.desk.log(target_of(interaction).guild_id, count)
    return [f"-# {texts.moment(entry.at, 'f')} {audit_line(entry, t)}" for entry in entries]


ALL: tuple[app_commands.Command[Any, ..., Any], ...] = (block, unblock, budget, pause, resume, log)
"""The commands of this module, in the order in which Discord lists them."""
