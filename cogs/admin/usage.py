"""/admin usage: what was made in this server, as a table, a picture and a file. How it is shown is in `usage_page`."""

from __future__ import annotations

import asyncio
import contextlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import discord
from discord import app_commands

from bot.client.bot import RushesBot
from bot.moderation.usage import ERASED, MOST_DAYS, Dimension, UsageReport, UsageRow
from bot.moderation.usage_chart import usage_chart
from bot.moderation.usage_csv import build_csv
from cogs.admin.usage_page import PICTURE_NAME, TABLE_LINES, Named, chart_words, usage_layout
from cogs.core.answers import Interaction, answer, defer, target_of, translation_for
from cogs.core.names import Members, channel_name
from cogs.i18n.words import Translation

USUAL_DAYS = 30
_MOST_ASKED_FOR, _ASKING_SECONDS = 60, 8.0
"""Members whose names are looked up for the file, those with the most credits first: Discord is asked for each, and
what it has said by then is remembered. The others are in the file by their ids."""
_FILE_NAME = "usage"


def usage_command(bot: RushesBot) -> app_commands.Command[Any, ..., None]:
    """The command, for the group of those who manage the server."""
    members = Members(bot)

    @app_commands.command()
    @app_commands.describe(days="How many days, today among them", by="By what to tell it apart")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def usage(
        interaction: Interaction,
        days: app_commands.Range[int, 1, MOST_DAYS] = USUAL_DAYS,
        by: Literal["member", "channel", "model"] = "member",
    ) -> None:
        """Show what was made in this server: clips, credits, costs and who made them."""
        # Discord enforces the option's range in its clients; a forged request must not ask for centuries either.
        within = max(1, min(days, MOST_DAYS))
        if await defer(interaction):
            await _show(interaction, members, within, Dimension(by))

    return usage


async def _show(interaction: Interaction, members: Members, days: int, by: Dimension) -> None:
    t, target, desk = translation_for(interaction), target_of(interaction), interaction.client.services.usage
    report = await desk.report(target.guild_id, days, by)
    if not report.total.asked and not report.lines:
        await answer(interaction, t("usage.nothing", count=days))
        return
    rows = await desk.rows(target.guild_id, report.days[0])
    found = await _named(interaction, members, report, rows, t)
    picture = await usage_chart(report, chart_words(report, found, t))
    data = await asyncio.to_thread(build_csv, rows, found.members, found.channels)
    name, data = await _packed(data, interaction.filesize_limit)
    layout = usage_layout(report, found, name, len(rows), t)
    files = [discord.File(io.BytesIO(picture), PICTURE_NAME), discord.File(io.BytesIO(data), name)]
    await interaction.edit_original_response(view=layout, attachments=files)


async def _named(
    interaction: Interaction, members: Members, report: UsageReport, rows: Sequence[UsageRow], t: Translation
) -> Named:
    """The names of channels and providers, and of those members who matter most."""
    guild_id, jobs = target_of(interaction).guild_id, interaction.client.services.jobs
    names: dict[int, str] = {}
    if report.by is Dimension.MEMBER:
        shown = [line.key for line in report.lines[: TABLE_LINES + 1] if line.key != ERASED]
        names |= await members.names(guild_id, shown)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ASKING_SECONDS):
            names |= await members.names(guild_id, _members_of(rows)[:_MOST_ASKED_FOR])
    channels = {channel_id: channel_name(interaction, channel_id) for channel_id in {row.channel_id for row in rows}}
    providers = {provider: jobs.provider_title(provider) for provider in {row.provider for row in rows}}
    return Named(names | {ERASED: t("usage.erased")}, channels, providers)


def _members_of(rows: Iterable[UsageRow]) -> list[int]:
    credits_: Counter[int] = Counter()
    for row in rows:
        credits_[row.user_id] += row.credits
    del credits_[ERASED]
    return [user_id for user_id, _ in credits_.most_common()]


async def _packed(data: bytes, limit: int) -> tuple[str, bytes]:
    """The file and its name: as it is, or packed where this person may not be sent as much."""
    if len(data) <= limit:
        return f"{_FILE_NAME}.csv", data
    return f"{_FILE_NAME}.zip", await asyncio.to_thread(_zipped, data)


def _zipped(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{_FILE_NAME}.csv", data)
    return packed.getvalue()
