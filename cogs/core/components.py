"""Parts of messages that several features build with: items that outlive a restart, and layouts of one piece.

How the custom ids that carry a job are spelled is in `ids`; what an item does belongs to its feature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

import discord
from discord import ui

from cogs.core.answers import Interaction
from cogs.core.errors import answering

ALT_LENGTH = 1024
"""Characters that Discord takes for the description of a file."""


class PersistentItem(ui.DynamicItem[ui.Item[Any]], template=r"rushes:none"):
    """A button or select that outlives a restart: what `press` needs is in its custom id, and `press` may raise."""

    found: re.Match[str]

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the item as Discord sends it back; its label stays what Discord shows."""
        made = cls(item)
        made.found = match
        return made

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do the work; whatever goes wrong is told to whoever pressed."""
        async with answering(interaction):
            await self.press(interaction)

    async def press(self, interaction: Interaction) -> None:
        """What it does."""
        raise NotImplementedError


def text_layout(text: str) -> ui.LayoutView:
    """A message that is only text."""
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay[Any](text))
    return layout


def row_view(items: Iterable[ui.Item[Any]]) -> ui.View:
    """The row under a plain message."""
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def attached_picture(name: str, description: str, *, spoiler: bool = False) -> ui.MediaGallery[Any]:
    """A gallery of one picture, which is attached to the message under this name."""
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{name}", description=description, spoiler=spoiler)
    return gallery
