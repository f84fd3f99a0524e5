"""Buttons that outlive a restart: the job id is in the custom id, and rights are checked at each press."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord
from discord import ui

from cogs.core.answers import Interaction, answering
from cogs.core.ids import custom_id, template
from cogs.i18n.words import ENGLISH, Translation, translation
from cogs.video import actions as pressing
from cogs.video import voting

Press = Callable[[Interaction, str], Awaitable[None]]
"""What a press does, given the interaction and the job id; it may raise."""


class JobButton(ui.DynamicItem[ui.Button[Any]], template=r"rushes:none"):
    """What the buttons have in common; `job_button` makes the real ones. `label` is the English one."""

    verb: str
    key: str
    label: str
    style: discord.ButtonStyle
    press: Press

    def __init__(self, job_id: str, t: Translation) -> None:
        label = t(self.key)
        super().__init__(ui.Button(label=label, style=self.style, custom_id=custom_id(self.verb, job_id)))
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from what Discord sends back; its label stays what Discord shows."""
        return cls(match["job_id"], translation(ENGLISH))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do the work; whatever goes wrong is told to whoever pressed."""
        async with answering(interaction):
            await type(self).press(interaction, self.job_id)


def job_button(verb: str, key: str, style: discord.ButtonStyle, press: Press) -> type[JobButton]:
    """A class of buttons that do `press` to the job whose id they carry; `key` is that of their label."""

    class Button(JobButton, template=template(verb)):
        pass

    Button.verb, Button.key, Button.style = verb, key, style
    Button.label = translation(ENGLISH)(key)
    Button.press = staticmethod(press)
    Button.__name__ = Button.__qualname__ = f"{verb.capitalize()}Button"
    return Button


CancelButton = job_button("cancel", "buttons.labels.cancel", discord.ButtonStyle.danger, pressing.cancel)
StopButton = job_button("stop", "buttons.labels.stop", discord.ButtonStyle.danger, pressing.stop)
AgainButton = job_button("again", "buttons.labels.again", discord.ButtonStyle.secondary, pressing.again)
RemixButton = job_button("remix", "buttons.labels.remix", discord.ButtonStyle.secondary, pressing.remix)
ExtendButton = job_button("extend", "buttons.labels.extend", discord.ButtonStyle.secondary, pressing.extend)
DeleteButton = job_button("delete", "buttons.labels.delete", discord.ButtonStyle.secondary, pressing.delete)
SendButton = job_button("send", "buttons.labels.send", discord.ButtonStyle.secondary, pressing.send)

MoreButton = job_button("more", "buttons.labels.more", discord.ButtonStyle.secondary, pressing.more)
"""Stands under takes shown side by side, and carries the id of their assembly in place of a job's."""


class VoteButton(JobButton, template=template("vote")):
    """Says how many votes there are, once there are any; `voting` keeps that up to date."""

    verb, key, label = "vote", voting.LABEL, translation(ENGLISH)(voting.LABEL)
    style = discord.ButtonStyle.secondary
    press = staticmethod(voting.vote)

    def __init__(self, job_id: str, t: Translation, votes: int = 0) -> None:
        super().__init__(job_id, t)
        self.item.label = voting.label(votes, t)


ALL = (
    *(CancelButton, StopButton, AgainButton, RemixButton, ExtendButton, VoteButton),
    *(DeleteButton, SendButton, MoreButton),
)


def clip_row(job_id: str, t: Translation, votes: int = 0) -> list[JobButton]:
    """The buttons under a clip, in their order."""
    return [
        AgainButton(job_id, t),
        RemixButton(job_id, t),
        ExtendButton(job_id, t),
        VoteButton(job_id, t, votes),
        DeleteButton(job_id, t),
    ]
