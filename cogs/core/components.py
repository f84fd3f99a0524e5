"""What boards, histories and reels have in common: presses that are answered whatever happens, turning pages, lines."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import discord
from discord import ui

from bot.models import Job
from cogs.core.answers import Interaction, answering
from cogs.core.replies import TROUBLE, described
from cogs.i18n.words import Translation

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0
ALT_LENGTH = 1024


class PersistentItem(ui.DynamicItem[ui.Item[Any]], template=r"rushes:none"):
    """A button or select that outlives a restart: `press` is called with what its custom id says, and may raise."""

    found: re.Match[str]

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the item as Discord sends it back."""
        made = cls(item)
        made.found = match
        return made

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do the work; whatever goes wrong is told to whoever pressed."""
        async with answering(interaction):
            await self.press(interaction)

    async def press(self, interaction: Interaction) -> None:
        """What it does."""
        raise NotImplementedError


def turns(
    kind: type[PersistentItem], t: Translation, page: int, pages: int, custom_id: Callable[[str, int], str]
) -> ui.ActionRow[Any] | None:
    """Previous and Next, or nothing where there is one page; `custom_id` is given "p" or "n" and where it leads."""
    if pages <= 1:
        return None
    row: ui.ActionRow[Any] = ui.ActionRow()
    for way, to, label in (
        ("p", page - 1, t("board.turn.previous")),
        ("n", page + 1, t("board.turn.next")),
    ):
        there = 0 <= to < pages
        row.add_item(kind(ui.Button(label=label, custom_id=custom_id(way, max(0, to)), disabled=not there)))
    return row


def jump(job: Job) -> str:
    """The address of the message that brought a clip."""
    return f"https://discord.com/channels/{job.target.guild_id}/{job.target.channel_id}/{job.result_message_id}"


@asynccontextmanager
async def patience(say: Callable[[], Awaitable[object]], seconds: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
    """Say something if what is done inside takes longer than this; it is never said after that has ended.

    That it cannot be said is no reason to give up what is done inside.
    """
    done = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.wait_for(done.wait(), seconds)
        except TimeoutError:
            await _try(say)

    waiting = asyncio.create_task(wait())
    try:
        yield
    finally:
        done.set()
        await waiting


async def _try(say: Callable[[], Awaitable[object]]) -> None:
    try:
        await say()
    except TROUBLE as error:
        log.info("nobody could be asked for patience: %s", described(error))
