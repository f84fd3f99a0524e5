"""The buttons of brainstorms. They outlive a restart, since the id is in them; rights are checked when pressed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

from cogs.brainstorm import actions as pressing
from cogs.core.answers import Interaction, answering
from cogs.i18n.words import ENGLISH, Translation, translation

Press = Callable[[Interaction, str, int], Awaitable[None]]
"""What a press does, given the interaction, the brainstorm's id and the number of a take, or 0; it may raise."""


@dataclass(frozen=True, slots=True)
class _Kind:
    style: discord.ButtonStyle
    press: Press


_KINDS = {
    "add": _Kind(discord.ButtonStyle.secondary, pressing.add),
    "edit": _Kind(discord.ButtonStyle.secondary, pressing.edit),
    "render": _Kind(discord.ButtonStyle.primary, pressing.render),
    "close": _Kind(discord.ButtonStyle.danger, pressing.close),
    "decide": _Kind(discord.ButtonStyle.secondary, pressing.decide),
    "prompts": _Kind(discord.ButtonStyle.secondary, pressing.prompts),
}


def storm_id(verb: str, assembly_id: str, number: int = 0) -> str:
    """The custom id of a button that does `verb` to a brainstorm, or to one of its takes."""
    return f"storm:{verb}:{assembly_id}:{number}"


class StormButton(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"storm:(?P<verb>{'|'.join(_KINDS)}):(?P<id>[0-9a-f]{{20}}):(?P<number>\d{{1,4}})",
):
    """All of them; `position` is the number that people see, which moves up when a take before it is removed."""

    def __init__(self, verb: str, assembly_id: str, t: Translation, number: int = 0, position: int = 0) -> None:
        super().__init__(
            ui.Button(
                label=t(f"brainstorm.buttons.{verb}", number=position),
                style=_KINDS[verb].style,
                custom_id=storm_id(verb, assembly_id, number),
            )
        )
        self.verb, self.assembly_id, self.number = verb, assembly_id, number

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from what Discord sends back; its label stays what Discord shows."""
        return cls(match["verb"], match["id"], translation(ENGLISH), int(match["number"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do the work; whatever goes wrong is told to whoever pressed."""
        async with answering(interaction):
            await _KINDS[self.verb].press(interaction, self.assembly_id, self.number)
