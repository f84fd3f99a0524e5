"""Buttons that act on a job: the job id is in the custom id, and rights are checked at each press, in `actions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord
from discord import ui

from cogs.core.answers import Interaction
from cogs.core.components import PersistentItem
from cogs.core.ids import custom_id, template
from cogs.i18n.words import ENGLISH, Translation, translation
from cogs.video import actions, voting

Action = Callable[[Interaction, str], Awaitable[None]]
"""What a press does, given the interaction and the job id; it may raise."""


class JobButton(PersistentItem, template=r"rushes:none"):
    """What the buttons have in common; `job_button` makes the real ones. `label` is the English one."""

    verb: str
    key: str
    label: str
    style: discord.ButtonStyle
    action: Action

    @classmethod
    def of(cls, job_id: str, t: Translation) -> Self:
        """The button that does it to this job."""
        return cls(
            ui.Button[Any](label=t(cls.key), style=cls.style, custom_id=custom_id(cls.verb, job_id)),
        )

    async def press(self, interaction: Interaction) -> None:
        """See PersistentItem."""
        await type(self).action(interaction, self.found["job_id"])


def job_button(verb: str, key: str, style: discord.ButtonStyle, action: Action) -> type[JobButton]:
    """A class of buttons that do `action` to the job whose id they carry; `key` is that of their label."""

    class Button(JobButton, template=template(verb)):
        pass

    Button.verb, Button.key, Button.style = verb, key, style
    Button.label = translation(ENGLISH)(key)
    Button.action = staticmethod(action)
    Button.__name__ = Button.__qualname__ = f"{verb.capitalize()}Button"
    return Button


CancelButton = job_button("cancel", "buttons.labels.cancel", discord.ButtonStyle.danger, actions.cancel)
StopButton = job_button("stop", "buttons.labels.stop", discord.ButtonStyle.danger, actions.stop)
AgainButton = job_button("again", "buttons.labels.again", discord.ButtonStyle.secondary, actions.again)
RemixButton = job_button("remix", "buttons.labels.remix", discord.ButtonStyle.secondary, actions.remix)
ExtendButton = job_button("extend", "buttons.labels.extend", discord.ButtonStyle.secondary, actions.extend)
DeleteButton = job_button("delete", "buttons.labels.delete", discord.ButtonStyle.secondary, actions.delete)
SendButton = job_button("send", "buttons.labels.send", discord.ButtonStyle.secondary, actions.send)


class VoteButton(JobButton, template=template("vote")):
    """Says how many votes there are, once there are any; `voting` keeps that up to date."""

    verb, key, label = "vote", voting.LABEL, translation(ENGLISH)(voting.LABEL)
    style = discord.ButtonStyle.secondary
    action = staticmethod(voting.vote)

    @classmethod
    def of(cls, job_id: str, t: Translation, votes: int = 0) -> Self:
        """The button under a clip with so many votes."""
        label = voting.label(votes, t)
        return cls(ui.Button[Any](label=label, style=cls.style, custom_id=custom_id(cls.verb, job_id)))


ALL = (
    *(CancelButton, StopButton, AgainButton, RemixButton, ExtendButton, VoteButton),
    *(DeleteButton, SendButton),
)


def clip_row(job_id: str, t: Translation, votes: int = 0) -> list[JobButton]:
    """The buttons under a clip, in their order."""
    return [
        AgainButton.of(job_id, t),
        RemixButton.of(job_id, t),
        ExtendButton.of(job_id, t),
        VoteButton.of(job_id, t, votes),
        DeleteButton.of(job_id, t),
    ]
