"""The form in which a take is written. It acts when it is sent, and nothing is half-done if it never is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import ui

from bot.jobs.brainstorming import MOVEMENTS
from bot.jobs.rules import PROMPT_LIMIT
from cogs.answers import Interaction, explain
from cogs.words import Words

Done = Callable[[Interaction, str, bool], Awaitable[None]]
"""Takes the prompt, and whether the take is to be removed; it may raise."""

OPEN_SECONDS = 1800.0
"""After this a form that was never sent is forgotten."""


class TakeForm(ui.Modal):
    """A prompt; for a take that is there already (`number`), also whether to remove it."""

    def __init__(self, words: Words, prompt: str, done: Done, number: int | None = None) -> None:
        title = words("brainstorm.form.add") if number is None else words("brainstorm.form.edit", number=number)
        super().__init__(title=title, timeout=OPEN_SECONDS)
        self._done = done
        self._prompt = ui.TextInput[TakeForm](
            style=discord.TextStyle.paragraph, custom_id="prompt", default=prompt, max_length=PROMPT_LIMIT
        )
        self._remove: ui.Checkbox[TakeForm] = ui.Checkbox(custom_id="remove")
        hint = words("brainstorm.form.hint", example=f"[{MOVEMENTS[0]}]")
        self.add_item(ui.Label(text=words("brainstorm.form.prompt"), description=hint, component=self._prompt))
        if number is not None:
            self.add_item(ui.Label(text=words("brainstorm.form.remove"), component=self._remove))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Do the work; whatever goes wrong is told to whoever sent the form."""
        try:
            await self._done(interaction, self._prompt.value, self._remove.value)
        except Exception as error:  # noqa: BLE001 - as the command tree's: discord.py would only log it
            await explain(interaction, error)
