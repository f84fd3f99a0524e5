"""What all forms have in common, and the one with a prompt alone. They only collect; what is done is passed in.

A form lives in memory. One that is known to nobody when it is sent was open for too long, or while the bot restarted,
or was sent before: whoever sent it gets back what they wrote. One that came to nothing may be sent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import discord
from discord import ui

from bot.latest import Latest
from bot.policy.rules import PROMPT_LIMIT
from cogs.core.answers import Interaction, acknowledged, bring, is_done, translation_for
from cogs.core.errors import answering

_OPEN_SECONDS = 3600.0
_OURS = f"rushes:form:{secrets.token_hex(4)}:"
"""How the custom ids of this process's forms begin."""

_REMEMBERED = 1000
_acted_on: Latest[str, None] = Latest(_REMEMBERED)
"""The custom ids of forms that were acted on, the latest of them."""


class Form(ui.Modal):
    """What all forms have in common: whatever goes wrong is told to whoever sent it, and none is acted on twice.

    Discord shows a form again whose answer it did not get in time, whatever has become of it.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title=title, timeout=_OPEN_SECONDS, custom_id=f"{_OURS}{secrets.token_hex(10)}")
        self._taken = False

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """See ui.Modal."""
        async with answering(interaction):
            if self._taken:
                await _return(interaction, "taken")
                return
            self._taken = True
            try:
                await self.act(interaction)
            finally:
                self._taken = is_done(interaction)
                if self._taken:
                    _acted_on[self.custom_id] = None

    def stop(self) -> None:
        """What discord.py calls when a form was sent: one that came to nothing stays known, and may be sent again."""
        if self.custom_id in _acted_on:
            super().stop()

    async def act(self, interaction: Interaction) -> None:
        """What it does with what was filled in; it may raise."""
        raise NotImplementedError


async def give_back(interaction: Interaction) -> None:
    """Tell whoever sent a form that nobody knows why, and return what they wrote."""
    custom_id = str(dict(interaction.data or {}).get("custom_id", ""))
    if custom_id in _acted_on:
        await _return(interaction, "taken")
    else:
        await _return(interaction, "expired" if custom_id.startswith(_OURS) else "restarted")


async def _return(interaction: Interaction, why: str) -> None:
    written = "\n\n".join(_texts(dict(interaction.data or {})))
    file = discord.File(BytesIO(written.encode()), filename="written.txt")
    await bring(interaction, translation_for(interaction)(f"forms.forgotten.{why}"), file=file)


def _texts(component: Mapping[str, Any]) -> Iterator[str]:
    """Every text among what a form was filled in with."""
    if component.get("type") == discord.ComponentType.text_input.value and component.get("value"):
        yield str(component["value"])
    for part in [*component.get("components", []), component.get("component")]:
        if part is not None:
            yield from _texts(part)


async def show_form(interaction: Interaction, form: Form) -> None:
    """Answer with a form; it must be the first answer."""
    await interaction.response.send_modal(form)
    acknowledged(interaction)


Submit = Callable[[Interaction, str], Awaitable[None]]
"""What is done with a prompt."""


class PromptForm(Form):
    """A prompt alone; `about` stands above it in small letters: what it costs."""

    def __init__(self, title: str, label: str, prompt: str, submit: Submit, about: str | None = None) -> None:
        super().__init__(title)
        self.prompt = prompt_field(prompt)
        self.submit = submit
        self.add_item(ui.Label(text=label, description=about, component=self.prompt))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self.submit(interaction, self.prompt.value)


def prompt_field(prompt: str) -> ui.TextInput[Any]:
    """Where a prompt is written; what is longer than allowed is cut, or Discord would refuse the form."""
    return ui.TextInput(
        style=discord.TextStyle.paragraph, custom_id="prompt", default=prompt[:PROMPT_LIMIT], max_length=PROMPT_LIMIT
    )
