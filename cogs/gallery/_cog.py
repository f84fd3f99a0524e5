"""/board: clips of this channel, this thread or one's own on a contact sheet, by votes or age, page by page.

A board of a channel is the public answer to the command: the interaction says who asked for it, needs no more
permission than the command itself, and anybody may turn its pages. A board of one's own clips is seen by oneself alone,
since it brings together what was made in different channels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.media.sheets import Cell, sheet
from bot.models import RankedClip
from bot.storage.browsing import Order, Scope
from cogs.core.answers import Interaction, answer, defer, defer_update, target_of, translation_for
from cogs.core.components import PersistentItem, patience
from cogs.core.posting import NOBODY
from cogs.gallery.page import TEMPLATE, Board, Shown, board_file, board_layout, board_note, number
from cogs.i18n.words import translation
from cogs.video.lookup import Members, Where, scope_of, still_there, where_of

_TRIES = 3
"""How often a page is read again because some of its clips turned out to be gone."""


class BoardButton(PersistentItem, template=TEMPLATE):
    """Turns a page. The place is the one it is pressed in, so it shows nothing that the reader could not see there."""

    async def press(self, interaction: Interaction) -> None:
        """Show another page in place of this one."""
        found = self.found
        board = Board(Where(found["where"]), Order(found["order"]), found["locale"], int(found["page"]))
        scope = scope_of(interaction, board.where)
        if not await defer_update(interaction):
            return
        cog = interaction.client.get_cog(Boards.__cog_name__)
        assert isinstance(cog, Boards)
        drawing = translation_for(interaction)("board.drawing")
        with cog.one_each(interaction.user.id):
            async with patience(lambda: interaction.followup.send(drawing, ephemeral=True)):
                shown = await cog.look(board, scope)
            await cog.show(interaction, board, shown)


class Boards(commands.Cog):
    """What has been made, side by side."""

    def __init__(self, bot: RushesBot) -> None:
        self._bot = bot
        self._members = Members(bot)
        self._drawing: set[int] = set()

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(where="This channel, this thread, or your own clips of this server", by="What comes first")
    async def board(
        self,
        interaction: Interaction,
        where: Literal["channel", "thread", "mine"] | None = None,
        by: Literal["votes", "newest"] = "votes",
    ) -> None:
        """Show clips as one picture: those of this channel or thread, or your own."""
        board = Board(where_of(interaction, where), Order(by), target_of(interaction).locale)
        scope = scope_of(interaction, board.where)
        found, _ = await self._bot.services.library.clips(scope, board.order)
        if not found:
            await answer(interaction, translation_for(interaction)("board.empty"))
            return
        if not await defer(interaction, private=board.where is Where.MINE):
            return
        drawing = board_note(translation(board.locale)("board.drawing"))
        with self.one_each(interaction.user.id):
            async with patience(lambda: interaction.edit_original_response(view=drawing)):
                shown = await self.look(board, scope)
            await self.show(interaction, board, shown)

    @contextmanager
    def one_each(self, user_id: int) -> Iterator[None]:
        """Refuse a member of whom a board is being drawn: boards cost no credits, but they cost the machine work."""
        if user_id in self._drawing:
            raise Refused("board_underway")
        self._drawing.add(user_id)
        try:
            yield
        finally:
            self._drawing.discard(user_id)

    async def look(self, board: Board, scope: Scope) -> Shown:
        """One page: its clips that are still in their channels, and their picture."""
        library = self._bot.services.library
        for _ in range(_TRIES):
            clips, pages = await library.clips(scope, board.order, board.page)
            there = await still_there(self._bot, clips)
            if len(there) == len(clips):
                break
        if not there:
            return Shown([], pages, scope.channel_id)
        return Shown(there, pages, scope.channel_id, await self._draw(board, there))

    async def _draw(self, board: Board, clips: list[RankedClip]) -> bytes:
        library, guild_id = self._bot.services.library, clips[0].job.target.guild_id
        posters = await asyncio.gather(*(library.poster(clip.job) for clip in clips))
        names = await self._members.names(guild_id, [clip.job.target.user_id for clip in clips])
        cells = [
            Cell(
                number(board, index),
                poster,
                names[clip.job.target.user_id],
                clip.job.request.prompt,
                clip.votes or None,
            )
            for index, (clip, poster) in enumerate(zip(clips, posters, strict=True))
        ]
        return await sheet(cells)

    async def show(self, interaction: Interaction, board: Board, shown: Shown) -> None:
        """Put a page in the place of what the interaction shows now."""
        t = translation(board.locale)
        if not shown.clips and not board.page:
            layout = board_note(t("board.empty"))
        else:
            layout = board_layout(board, shown, BoardButton, t)
        files = [] if shown.picture is None else [board_file(shown.picture)]
        await interaction.edit_original_response(view=layout, attachments=files, allowed_mentions=NOBODY)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(BoardButton)
    await bot.add_cog(Boards(bot))


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(BoardButton)
