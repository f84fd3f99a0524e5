"""Forms in which a clip is asked for: a prompt with a choice, and a whole request to change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.errors import Refused
from bot.jobs.intake import Draft
from bot.models import Resolution
from cogs.core import texts
from cogs.core.answers import Interaction
from cogs.core.forms import Form, PromptForm, Submit, prompt_field
from cogs.i18n.words import Translation

_AUTO = "auto"
_RESOLUTIONS: tuple[Resolution | None, ...] = (None, *Resolution)
_DURATIONS: tuple[int | None, ...] = (None, 6, 10)


class ChoiceForm(PromptForm):
    """A prompt, and which of several things to do with it; the first is preselected."""

    def __init__(self, title: str, label: str, question: str, choices: Mapping[str, Submit], about: str) -> None:
        self.choices = list(choices.values())
        super().__init__(title, label, "", self.choices[0], about)
        options = [
            discord.RadioGroupOption(label=name, value=str(number), default=number == 0)
            for number, name in enumerate(choices)
        ]
        self.choice: ui.RadioGroup[Any] = ui.RadioGroup(custom_id="choice", options=options)
        self.add_item(ui.Label(text=question, component=self.choice))

    async def act(self, interaction: Interaction) -> None:
        """See Form."""
        await self.choices[int(self.choice.value or 0)](interaction, self.prompt.value)


def cost_line(price: int, t: Translation) -> str:
    """What sending a form costs whoever sends it."""
    return t("forms.costs", credits=texts.credits_(price, t))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a remix shall be; `files` are its first and last frame."""

    prompt: str
    resolution: Resolution | None
    duration_seconds: int | None
    provider: str | None
    files: Sequence[discord.Attachment]
    without_pictures: bool


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
