"""The forms of the panel. They only collect; what they are about is filled in with what holds now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.errors import Refused
from cogs.core.answers import Interaction
from cogs.core.forms import Form
from cogs.i18n.words import Translation

LONGEST_LIST = 4000
"""Characters of a list, which is what one field of a form holds: what could not be shown whole could be lost."""

Numbers = Mapping[str, int | None]
Done = Callable[[Interaction, Numbers], Awaitable[None]]
"""Takes the numbers by the names of their fields, None for one that was left empty; it may raise."""


class NumbersForm(Form):
    """A few numbers, each of which may be left empty."""

    def __init__(self, title: str, labels: Mapping[str, str], present: Numbers, done: Done) -> None:
        super().__init__(title)
        self._done = done
        self._fields: dict[str, ui.TextInput[Any]] = {}
        for name, label in labels.items():
            value = present[name]
            field: ui.TextInput[Any] = ui.TextInput(
                custom_id=name, required=False, max_length=9, default="" if value is None else str(value)
            )
            self._fields[name] = field
            self.add_item(ui.Label(text=label, component=field))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self._done(interaction, {name: number(field.value) for name, field in self._fields.items()})


class WordsForm(Form):
    """The words and the patterns of a server."""

    def __init__(
        self,
        t: Translation,
        words: Sequence[str],
        patterns: Sequence[str],
        done: Callable[[Interaction, str, str], Awaitable[None]],
    ) -> None:
        super().__init__(t("panel.forms.words.title"))
        self._done = done
        self._words = _list_field("words", words)
        self._patterns = _list_field("patterns", patterns)
        about = t("panel.forms.words.about_words"), t("panel.forms.words.about_patterns")
        self.add_item(ui.Label(text=t("panel.forms.words.words"), description=about[0], component=self._words))
        self.add_item(ui.Label(text=t("panel.forms.words.patterns"), description=about[1], component=self._patterns))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self._done(interaction, self._words.value, self._patterns.value)


class RoleForm(Form):
    """A role, and the daily credits of whoever has it."""

    def __init__(self, t: Translation, done: Callable[[Interaction, int, int | None], Awaitable[None]]) -> None:
        super().__init__(t("panel.forms.roles.title"))
        self._done = done
        self._role: ui.RoleSelect[Any] = ui.RoleSelect(custom_id="role", min_values=1, max_values=1)
        self._credits: ui.TextInput[Any] = ui.TextInput(custom_id="credits", required=False, max_length=6)
        self.add_item(ui.Label(text=t("panel.forms.roles.role"), component=self._role))
        about = t("panel.forms.roles.about")
        self.add_item(ui.Label(text=t("panel.forms.roles.credits"), description=about, component=self._credits))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self._done(interaction, self._role.values[0].id, number(self._credits.value))


class BlockForm(Form):
    """A member, why, and for how many days."""

    def __init__(self, t: Translation, done: Callable[[Interaction, int, str, int | None], Awaitable[None]]) -> None:
        super().__init__(t("panel.forms.block.title"))
        self._done = done
        self._member: ui.UserSelect[Any] = ui.UserSelect(custom_id="member", min_values=1, max_values=1)
        self._reason: ui.TextInput[Any] = ui.TextInput(custom_id="reason", required=False, max_length=200)
        self._days: ui.TextInput[Any] = ui.TextInput(custom_id="days", required=False, max_length=3)
        self.add_item(ui.Label(text=t("panel.forms.block.member"), component=self._member))
        self.add_item(ui.Label(text=t("panel.forms.block.reason"), component=self._reason))
        about = t("panel.forms.block.about")
        self.add_item(ui.Label(text=t("panel.forms.block.days"), description=about, component=self._days))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self._done(interaction, self._member.values[0].id, self._reason.value, number(self._days.value))


def number(typed: str) -> int | None:
    """A number as people type one, None for nothing; Refused for anything else."""
    text = typed.strip()
    if not text:
        return None
    if not text.isdecimal():
        raise Refused("not_a_number", text=text[:20])
    return int(text)


def _list_field(name: str, entries: Sequence[str]) -> ui.TextInput[Any]:
    return ui.TextInput(
        style=discord.TextStyle.paragraph,
        custom_id=name,
        required=False,
        max_length=LONGEST_LIST,
        default="\n".join(entries)[:LONGEST_LIST],
    )
