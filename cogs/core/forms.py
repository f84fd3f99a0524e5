"""Forms: what people fill in before a clip is asked for. They only collect; what is done with it is passed in.

A form lives in memory. One that is known to nobody when it is sent was open for too long, or while the bot restarted,
or was sent before: whoever sent it gets back what they wrote. One that came to nothing may be sent again.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import discord
from discord import ui

from bot.errors import Refused
from bot.jobs.intake import Draft
from bot.models import Resolution
from bot.policy.rules import PROMPT_LIMIT
from cogs.core import texts
from cogs.core.answers import Interaction, answering, bring, is_done, translation_for
from cogs.i18n.words import Translation

_OPEN_SECONDS = 3600.0
_AUTO = "auto"
_OURS = f"rushes:form:{secrets.token_hex(4)}:"
"""How the custom ids of this process's forms begin."""

_REMEMBERED = 1000
_acted_on: OrderedDict[str, None] = OrderedDict()
"""The custom ids of forms that were acted on, the latest of them."""
_RESOLUTIONS: tuple[Resolution | None, ...] = (None, *Resolution)
_DURATIONS: tuple[int | None, ...] = (None, 6, 10)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a remix shall be; `files` are its first and last frame."""

    prompt: str
    resolution: Resolution | None
    duration_seconds: int | None
    provider: str | None
    files: Sequence[discord.Attachment]
    without_pictures: bool


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
                    while len(_acted_on) > _REMEMBERED:
                        _acted_on.popitem(last=False)

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
    delay = (discord.utils.utcnow() - interaction.created_at).total_seconds()
    interaction.client.services.acknowledged(max(0.0, delay))


Submit = Callable[[Interaction, str], Awaitable[None]]
"""What is done with a prompt."""


class PromptForm(Form):
    """A prompt alone."""

    def __init__(self, title: str, label: str, prompt: str, submit: Submit) -> None:
        super().__init__(title)
        self.prompt = prompt_field(prompt)
        self.submit = submit
        self.add_item(ui.Label(text=label, component=self.prompt))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self.submit(interaction, self.prompt.value)


class ChoiceForm(PromptForm):
    """A prompt, and which of several things to do with it; the first is preselected."""

    def __init__(self, title: str, label: str, question: str, choices: Mapping[str, Submit]) -> None:
        self.choices = list(choices.values())
        super().__init__(title, label, "", self.choices[0])
        options = [
            discord.RadioGroupOption(label=name, value=str(number), default=number == 0)
            for number, name in enumerate(choices)
        ]
        self.choice: ui.RadioGroup[Any] = ui.RadioGroup(custom_id="choice", options=options)
        self.add_item(ui.Label(text=question, component=self.choice))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self.choices[int(self.choice.value or 0)](interaction, self.prompt.value)


class RemixForm(Form):
    """A whole request, filled in with another one."""

    def __init__(
        self,
        draft: Draft,
        titles: Mapping[str, str],
        price: Callable[[Draft], int],
        t: Translation,
        submit: Callable[[Interaction, Wish], Awaitable[None]],
    ) -> None:
        super().__init__(t("forms.remix.title"))
        self.submit = submit
        self.prompt = prompt_field(draft.prompt)
        self.format: ui.Select[Any] = ui.Select(custom_id="format", options=format_options(draft, price, t))
        self.provider: ui.Select[Any] = ui.Select(custom_id="provider", options=_providers(draft, titles, t))
        self.files: ui.FileUpload[Any] = ui.FileUpload(custom_id="files", min_values=0, max_values=2, required=False)
        self.without: ui.Checkbox[Any] | None = None
        kept = "forms.remix.files_kept" if draft.has_first_frame else "forms.remix.files"
        self.add_item(ui.Label(text=t("forms.prompt"), component=self.prompt))
        self.add_item(ui.Label(text=t("forms.remix.format"), component=self.format))
        self.add_item(ui.Label(text=t("forms.remix.provider"), component=self.provider))
        self.add_item(ui.Label(text=t("forms.remix.pictures"), description=t(kept), component=self.files))
        if draft.has_first_frame:
            self.without = ui.Checkbox(custom_id="without")
            self.add_item(ui.Label(text=t("forms.remix.without"), component=self.without))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        resolution, duration = self.format.values[0].split("/")
        provider = self.provider.values[0]
        wish = Wish(
            prompt=self.prompt.value,
            resolution=Resolution(resolution) if resolution else None,
            duration_seconds=int(duration) if duration else None,
            provider=None if provider == _AUTO else provider,
            files=self.files.values,
            without_pictures=self.without is not None and self.without.value,
        )
        await self.submit(interaction, wish)


def prompt_field(prompt: str) -> ui.TextInput[Any]:
    """Where a prompt is written; what is longer than allowed is cut, or Discord would refuse the form."""
    return ui.TextInput(
        style=discord.TextStyle.paragraph, custom_id="prompt", default=prompt[:PROMPT_LIMIT], max_length=PROMPT_LIMIT
    )


def format_options(draft: Draft, price: Callable[[Draft], int], t: Translation) -> list[discord.SelectOption]:
    """Every resolution and length that go together, with their prices; the draft's own is preselected."""
    found = []
    for resolution in _RESOLUTIONS:
        for duration in _DURATIONS:
            try:
                cost = price(replace(draft, prompt="-", resolution=resolution, duration_seconds=duration))
            except Refused:
                continue
            named = [str(resolution)] if resolution else []
            named += [t("common.seconds", seconds=duration)] if duration else []
            found.append(
                discord.SelectOption(
                    label=" · ".join(named) or t("forms.remix.any_format"),
                    value=f"{resolution or ''}/{duration or ''}",
                    description=texts.credits_(cost, t),
                    default=(resolution, duration) == (draft.resolution, draft.duration_seconds),
                )
            )
    return found


def _providers(draft: Draft, titles: Mapping[str, str], t: Translation) -> list[discord.SelectOption]:
    chosen = draft.provider if draft.provider in titles else _AUTO
    names = {_AUTO: t("commands.choices.auto")} | dict(titles)
    return [discord.SelectOption(label=title, value=name, default=name == chosen) for name, title in names.items()]
