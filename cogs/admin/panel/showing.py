"""What each page of the panel shows. What its controls do is in `controls`."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.moderation.desk import Desk
from bot.policy.server_rules import ServerRules
from cogs.admin.acts import log_lines
from cogs.admin.panel.lines import Seen, page_text
from cogs.admin.panel.page import Page, panel_id
from cogs.core import texts
from cogs.core.answers import Interaction, target_of, translation_for
from cogs.core.quoting import quoted
from cogs.i18n.words import Translation

_COLOUR = 0x4C6FFF
_PAUSED_COLOUR = 0xC98A1B
_LOGGED = 8
_MOST_CHOSEN = 25
"""What one menu of Discord's holds."""


async def build(interaction: Interaction, page: Page, note: str = "") -> ui.LayoutView:
    """A page as it is now; `note` says what came of the last press."""
    t = translation_for(interaction)
    seen = await _look(interaction, page, t)
    layout = ui.LayoutView(timeout=None)
    colour = _PAUSED_COLOUR if seen.paused else _COLOUR
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=colour)
    head = f"### {t('panel.title')} · {t(f'panel.pages.{page}')}"
    container.add_item(ui.TextDisplay(f"{head}\n{note}" if note else head))
    container.add_item(ui.TextDisplay(page_text(page, seen, t)))
    for row in _rows(page, seen, interaction.guild, t):
        container.add_item(row)
    container.add_item(ui.ActionRow(_page_menu(page, seen.posted.version, t)))
    layout.add_item(container)
    return layout


async def _look(interaction: Interaction, page: Page, t: Translation) -> Seen:
    desk, guild_id = interaction.client.services.desk, target_of(interaction).guild_id
    situation = await desk.situation(guild_id, [interaction.user.id])
    purse = situation.members[interaction.user.id].purse
    base = interaction.client.services.jobs.usual_credits
    pauses = [_pause_line(pause.guild_id, pause.set_by, pause.at, pause.reason, t) for pause in situation.pauses]
    return Seen(
        await desk.rules(guild_id),
        (situation.here.day, situation.here.month),
        "\n".join(pauses),
        base if purse.everybodys is None else purse.everybodys,
        await _blocked(desk, guild_id, t) if page is Page.MEMBERS else (),
        await log_lines(interaction, t, _LOGGED) if page is Page.LOG else (),
    )


async def _blocked(desk: Desk, guild_id: int, t: Translation) -> list[str]:
    found = []
    for member in await desk.blocked(guild_id):
        block = member.block
        until = t("audit.for_good") if block.until is None else texts.moment(block.until, "f")
        who = f"<@{member.user_id}>" if member.user_id > 0 else t("audit.nobody")
        reason = f" · {quoted(block.reason, 80)}" if block.reason else ""
        found.append(f"{who} · {until}{reason}")
    return found


def _pause_line(guild_id: int, by: int | None, at: float, reason: str, t: Translation) -> str:
    who = t("panel.pause.owner") if by is None else f"<@{by}>"
    line = t("panel.pause.here" if guild_id else "panel.pause.everywhere", who=who, when=texts.moment(at))
    return f"{line} {t('common.reason', reason=quoted(reason, 200))}" if reason else line


# -- controls ----------------------------------------------------------------------------------------------------------


def _rows(page: Page, seen: Seen, guild: discord.Guild | None, t: Translation) -> list[ui.ActionRow[Any]]:
    rules, rows = seen.rules, []
    version = seen.posted.version
    if page is Page.MEMBERS:
        rows.append(ui.ActionRow(_role_menu(rules, version, guild, t)))
        rows += [ui.ActionRow(_unblock_menu(version, t))] if seen.blocked else []
    if page in {Page.PLACES, Page.LOG}:
        rows.append(ui.ActionRow(_channel_menu(page, rules, version, guild, t)))
    verbs = {
        Page.OVERVIEW: ("resume",) if seen.paused else ("pause",),
        Page.MEMBERS: ("roles", "block"),
        Page.PLACES: ("adults", "spoilers"),
        Page.BUDGET: ("budget",),
        Page.PACE: ("pace",),
        Page.WORDS: ("words",),
    }.get(page, ())
    on = {"adults": rules.age_restricted_only, "spoilers": rules.spoilers}
    buttons = [_button(verb, page, version, t, on=on.get(verb, False)) for verb in verbs]
    return [*rows, ui.ActionRow(*buttons)] if buttons else rows


def _button(verb: str, page: Page, version: int, t: Translation, *, on: bool) -> ui.Button[Any]:
    style = discord.ButtonStyle.success if on or verb == "resume" else discord.ButtonStyle.secondary
    style = discord.ButtonStyle.danger if verb == "pause" else style
    return ui.Button(label=t(f"panel.buttons.{verb}"), style=style, custom_id=panel_id(verb, page, version))


def _page_menu(page: Page, version: int, t: Translation) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=t(f"panel.pages.{one}"), value=one, description=t(f"panel.about.{one}"), default=one is page
        )
        for one in Page
    ]
    return ui.Select(custom_id=panel_id("page", page, version), options=options)


def _role_menu(rules: ServerRules, version: int, guild: discord.Guild | None, t: Translation) -> ui.RoleSelect[Any]:
    # Discord refuses a menu that is filled in with what is not there any more.
    known = [role for role in rules.makers if guild is not None and guild.get_role(role) is not None]
    chosen = [discord.SelectDefaultValue(id=role, type=discord.SelectDefaultValueType.role) for role in known]
    return ui.RoleSelect(
        custom_id=panel_id("makers", Page.MEMBERS, version),
        placeholder=t("panel.menus.makers"),
        min_values=0,
        max_values=_MOST_CHOSEN,
        default_values=chosen,
    )


def _channel_menu(
    page: Page, rules: ServerRules, version: int, guild: discord.Guild | None, t: Translation
) -> ui.ChannelSelect[Any]:
    log = page is Page.LOG
    wanted = ((rules.log_channel,) if rules.log_channel is not None else ()) if log else rules.channels
    known = [channel for channel in wanted if guild is not None and guild.get_channel(channel) is not None]
    kinds = [discord.ChannelType.text, discord.ChannelType.news]
    return ui.ChannelSelect(
        custom_id=panel_id("log" if log else "channels", page, version),
        placeholder=t("panel.menus.log" if log else "panel.menus.channels"),
        channel_types=kinds if log else [*kinds, discord.ChannelType.forum, discord.ChannelType.voice],
        min_values=0,
        max_values=1 if log else _MOST_CHOSEN,
        default_values=[
            discord.SelectDefaultValue(id=channel, type=discord.SelectDefaultValueType.channel) for channel in known
        ],
    )


def _unblock_menu(version: int, t: Translation) -> ui.UserSelect[Any]:
    # Discord shows names and pictures in it: the options of other menus hold no mention.
    return ui.UserSelect(custom_id=panel_id("unblock", Page.MEMBERS, version), placeholder=t("panel.menus.unblock"))
