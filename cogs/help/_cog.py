"""/help: a short tour of four pictures, for whoever typed it alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.client.bot import RushesBot
from cogs.core.answers import Interaction, answering, translation_for
from cogs.i18n.words import Translation, translation

PAGES = ("make", "shape", "choose", "join")
_PICTURES = Path(__file__).with_name("pictures")


class PageButton(ui.DynamicItem[ui.Button[Any]], template=r"rushes:help:(?P<page>make|shape|choose|join)"):
    """Turns to a page of the tour; works as long as the message is there."""

    def __init__(self, page: str, t: Translation, *, shown: bool = False) -> None:
        style = discord.ButtonStyle.primary if shown else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=t(f"help.{page}.button"), style=style, custom_id=f"rushes:help:{page}"))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from what Discord sends back."""
        return cls(match["page"], translation("en"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in place of the one before."""
        async with answering(interaction):
            layout = tour(self.page, translation_for(interaction))
            await interaction.response.edit_message(view=layout, attachments=[picture(self.page)])


def tour(page: str, t: Translation) -> ui.LayoutView:
    """One page: its picture, what it shows, and the way to the others."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container()
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{page}.png", description=t(f"help.{page}.alt"))
    container.add_item(gallery)
    lines = [t(f"help.{page}.one"), t(f"help.{page}.two"), *_third(page, t)]
    container.add_item(ui.TextDisplay("\n".join([f"### {t(f'help.{page}.title')}", *lines])))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for name in PAGES:
        row.add_item(PageButton(name, t, shown=name == page))
    container.add_item(row)
    layout.add_item(container)
    return layout


def picture(page: str) -> discord.File:
    """The picture of a page."""
    return discord.File(_PICTURES / f"{page}.png")


def _third(page: str, t: Translation) -> list[str]:
    return [t(f"help.{page}.three")] if page in {"make", "choose"} else []


class Help(commands.Cog):
    """The tour."""

    @app_commands.command()
    async def help(self, interaction: Interaction) -> None:
        """A short tour in four pictures: make clips, go on from them, choose together, join them."""
        layout = tour(PAGES[0], translation_for(interaction))
        await interaction.response.send_message(view=layout, file=picture(PAGES[0]), ephemeral=True)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(PageButton)
    await bot.add_cog(Help())


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(PageButton)
