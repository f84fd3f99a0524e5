"""The form in which a take is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from discord import ui

from bot.assemblies.brainstorm import MOVEMENTS
from cogs.core.answers import Interaction
from cogs.core.forms import Form, prompt_field
from cogs.i18n.words import Translation

Done = Callable[[Interaction, str, bool], Awaitable[None]]
"""Takes the prompt, and whether the take is to be removed; it may raise."""


class TakeForm(Form):
    """A prompt; for a take that is there already (`number`), also whether to remove it."""

    def __init__(self, t: Translation, prompt: str, done: Done, number: int | None = None) -> None:
        super().__init__(t("brainstorm.form.add") if number is None else t("brainstorm.form.edit", number=number))
        self._done = done
        self._prompt = prompt_field(prompt)
        self._remove: ui.Checkbox[TakeForm] = ui.Checkbox(custom_id="remove")
        hint = t("brainstorm.form.hint", example=f"[{MOVEMENTS[0]}]")
        self.add_item(ui.Label(text=t("brainstorm.form.prompt"), description=hint, component=self._prompt))
        if number is not None:
            self.add_item(ui.Label(text=t("brainstorm.form.remove"), component=self._remove))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self._done(interaction, self._prompt.value, self._remove.value)
