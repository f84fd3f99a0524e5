"""/help: a short tour of four pictures, for whoever typed it alone."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.policy.prices import PriceTable, price_table
from cogs.core import texts
from cogs.core.answers import Interaction, translation_for
from cogs.core.components import PersistentItem, attached_picture
from cogs.i18n.words import Translation

PAGES = ("make", "shape", "choose", "join")
_PICTURES = Path(__file__).with_name("pictures")


class PageButton(PersistentItem, template=r"rushes:help:(?P<page>make|shape|choose|join)"):
    """Turns to a page of the tour; works as long as the message is there."""

    @classmethod
    def of(cls, page: str, t: Translation, *, shown: bool = False) -> Self:
        """The button that leads to a page; `shown` for the page that it stands on."""
        style = discord.ButtonStyle.primary if shown else discord.ButtonStyle.secondary
        return cls(ui.Button[Any](label=t(f"help.{page}.button"), style=style, custom_id=f"rushes:help:{page}"))

    async def press(self, interaction: Interaction) -> None:
        """Show the page in place of the one before."""
        page = self.found["page"]
        layout = tour(page, translation_for(interaction))
        await interaction.response.edit_message(view=layout, attachments=[picture(page)])


def tour(page: str, t: Translation) -> ui.LayoutView:
    """One page: its picture, what it shows, and the way to the others."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container()
    container.add_item(attached_picture(f"{page}.png", t(f"help.{page}.alt")))
    lines = [t(f"help.{page}.one"), t(f"help.{page}.two"), *_third(page, t)]
    if page == PAGES[0]:
        lines.append(t("help.prices", prices=price_line(price_table(), t)))
    container.add_item(ui.TextDisplay("\n".join([f"### {t(f'help.{page}.title')}", *lines])))
    container.add_item(ui.ActionRow(*(PageButton.of(name, t, shown=name == page) for name in PAGES)))
    layout.add_item(container)
    return layout


def picture(page: str) -> discord.File:
    """The picture of a page; out of memory, since nothing may be waited for before a first answer."""
    return discord.File(io.BytesIO(_picture_bytes(page)), filename=f"{page}.png")


@cache
def _picture_bytes(page: str) -> bytes:
    return (_PICTURES / f"{page}.png").read_bytes()


def price_line(table: PriceTable, t: Translation) -> str:
    """What clips cost, the cheapest first: the first price in words, the others as numbers."""
    said: list[str] = []
    for resolution, seconds, credits_ in table.lines():
        price = str(credits_) if said else texts.credits_(credits_, t)
        said.append(t("help.price", resolution=resolution, seconds=seconds, price=price))
    return " · ".join(said)


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
