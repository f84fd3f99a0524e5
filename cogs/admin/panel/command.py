"""The command that opens the panel."""

from __future__ import annotations

from discord import app_commands

from cogs.admin.panel.page import Page
from cogs.admin.panel.showing import build
from cogs.core.answers import Interaction, check_manager, defer, show
from cogs.core.posting import NOBODY


@app_commands.command()
async def panel(interaction: Interaction) -> None:
    """See and change who may make what here, for how much: everything in one private message."""
    check_manager(interaction)
    if not await defer(interaction):
        return
    await show(interaction, view=await build(interaction, Page.OVERVIEW), allowed_mentions=NOBODY)
