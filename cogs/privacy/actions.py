"""What the buttons of /privacy do. How they look is in `message`."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedIOBase
from typing import cast

import discord
from discord import ui

from bot.privacy.exporting import Package
from bot.privacy.service import Stock
from cogs.core.answers import Interaction, bring, defer, defer_update, done, show, translation_for
from cogs.core.components import text_layout
from cogs.i18n.words import Translation

_SPARE_BYTES = 64 * 1024
"""What a message takes beside its file."""
_NAMED = 5


async def export(interaction: Interaction) -> None:
    """Send whoever pressed all that is kept of them."""
    if not await defer(interaction):
        return
    limit = interaction.filesize_limit - _SPARE_BYTES
    package = await interaction.client.services.privacy.export(interaction.user.id, limit)
    with package.file:
        file = discord.File(cast(BufferedIOBase, package.file), filename="rushes-export.zip")
        await bring(interaction, exported(package, translation_for(interaction)), file=file)


def exported(package: Package, t: Translation) -> str:
    """What is said with an export: which clips are not in it, and how to get them."""
    if not package.left_out:
        return t("privacy.export.whole")
    named = [f"`{job_id[:8]}`" for job_id in package.left_out[:_NAMED]]
    more = len(package.left_out) - len(named)
    which = t("common.list.separator").join([*named, *([f"+{more}"] if more else [])])
    missing = t("privacy.export.missing", count=len(package.left_out), which=which)
    return f"{t('privacy.export.whole')}\n{missing}"


async def ask(interaction: Interaction, confirmation: Callable[[Stock, Translation], ui.LayoutView]) -> None:
    """Say what an erasure takes, before it is begun."""
    if not await defer_update(interaction):
        return
    stock = await interaction.client.services.privacy.stock(interaction.user.id)
    await show(interaction, view=confirmation(stock, translation_for(interaction)))


async def erase(interaction: Interaction) -> None:
    """Begin to erase whoever pressed."""
    if not await defer_update(interaction):
        return
    await interaction.client.services.privacy.erase(interaction.user.id, interaction.id)
    done(interaction)
    await show(interaction, view=text_layout(translation_for(interaction)("privacy.erase.begun")))
