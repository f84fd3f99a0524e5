"""The buttons of brainstorms: the id is in the custom id, and rights are checked at each press, in `actions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

from cogs.brainstorm import actions
from cogs.core.answers import Interaction
from cogs.core.components import PersistentItem
from cogs.i18n.words import Translation

Action = Callable[[Interaction, str, int], Awaitable[None]]
"""What a press does, given the interaction, the brainstorm's id and the number of a take, or 0; it may raise."""


@dataclass(frozen=True, slots=True)
class _Kind:
    style: discord.ButtonStyle
    action: Action


_KINDS = {
    "add": _Kind(discord.ButtonStyle.secondary, actions.add),
    "edit": _Kind(discord.ButtonStyle.secondary, actions.edit),
    "render": _Kind(discord.ButtonStyle.primary, actions.render),
    "close": _Kind(discord.ButtonStyle.danger, actions.close),
    "decide": _Kind(discord.ButtonStyle.secondary, actions.decide),
    "prompts": _Kind(discord.ButtonStyle.secondary, actions.prompts),
}


def brainstorm_id(verb: str, assembly_id: str, number: int = 0) -> str:
    """The custom id of a button that does `verb` to a brainstorm, or to one of its takes."""
    return f"storm:{verb}:{assembly_id}:{number}"


class BrainstormButton(
    PersistentItem,
    template=rf"storm:(?P<verb>{'|'.join(_KINDS)}):(?P<id>[0-9a-f]{{20}}):(?P<number>\d{{1,4}})",
):
    """All of them."""

    @classmethod
    def of(cls, verb: str, assembly_id: str, t: Translation, number: int = 0, position: int = 0) -> Self:
        """One of them; `position` is the number that people see, which moves up when a take before it is removed."""
        return cls(
            ui.Button[Any](
                label=t(f"brainstorm.buttons.{verb}", number=position),
                style=_KINDS[verb].style,
                custom_id=brainstorm_id(verb, assembly_id, number),
            )
        )

    async def press(self, interaction: Interaction) -> None:
        """See PersistentItem."""
        await _KINDS[self.found["verb"]].action(interaction, self.found["id"], int(self.found["number"]))
