"""What /privacy says: what is kept, for how long and where it goes; and what an erasure takes. For one reader alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.privacy.service import Keeping, Stock
from cogs.core import texts
from cogs.core.answers import Interaction
from cogs.core.components import PersistentItem
from cogs.i18n.words import Translation
from cogs.privacy import actions

_COLOUR = 0x4C6FFF
_DANGER = 0xB5473C
_STYLES = {
    "export": discord.ButtonStyle.secondary,
    "erase": discord.ButtonStyle.secondary,
    "confirm": discord.ButtonStyle.danger,
}


class PrivacyButton(PersistentItem, template=r"rushes:privacy:(?P<verb>export|erase|confirm)"):
    """Whoever presses it does it to what is kept of themselves: nobody can do it to somebody else."""

    @classmethod
    def of(cls, verb: str, t: Translation) -> Self:
        """The button that does it."""
        return cls(
            ui.Button[Any](label=t(f"privacy.{verb}.button"), style=_STYLES[verb], custom_id=f"rushes:privacy:{verb}")
        )

    async def press(self, interaction: Interaction) -> None:
        """See PersistentItem."""
        if self.found["verb"] == "export":
            await actions.export(interaction)
        elif self.found["verb"] == "erase":
            await actions.ask(interaction, confirmation)
        else:
            await actions.erase(interaction)


def privacy_layout(keeping: Keeping, providers: Sequence[str], t: Translation) -> ui.LayoutView:
    """The whole message."""
    lines = [
        f"### {t('privacy.heading')}",
        t("privacy.kept"),
        t("privacy.long.requests", prompts=keeping.prompts, files=keeping.files),
        t("privacy.long.sums", credits=keeping.credits, usage=keeping.usage, log=keeping.log),
        t("privacy.long.servers", servers=keeping.servers),
        t("privacy.where", providers=texts.listed(list(providers), t)),
        f"-# {t('privacy.everywhere')}",
    ]
    return _layout(lines, ["export", "erase"], _COLOUR, t)


def confirmation(stock: Stock, t: Translation) -> ui.LayoutView:
    """What an erasure takes, and a button that begins it."""
    lines = [
        f"### {t('privacy.erase.heading')}",
        t("privacy.erase.amount", count=stock.requests, servers=stock.servers),
        t("privacy.erase.goes"),
        t("privacy.erase.shared"),
        t("privacy.erase.stays"),
        t("privacy.erase.under_way"),
        t("privacy.erase.final"),
    ]
    return _layout(lines, ["confirm"], _DANGER, t)


def _layout(lines: Sequence[str], verbs: Sequence[str], colour: int, t: Translation) -> ui.LayoutView:
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=colour)
    container.add_item(ui.TextDisplay("\n".join(lines)))
    container.add_item(ui.ActionRow(*(PrivacyButton.of(verb, t) for verb in verbs)))
    layout.add_item(container)
    return layout
