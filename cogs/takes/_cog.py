"""Plugs in what shows several takes side by side. There is no command: /video asks for takes."""

from __future__ import annotations

from bot.client.bot import RushesBot
from bot.models import AssemblyKind
from cogs.takes.builder import TakesBuilder
from cogs.takes.buttons import MoreButton


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(MoreButton)
    bot.services.assembler.plug(AssemblyKind.TAKES, TakesBuilder(bot))


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(MoreButton)
