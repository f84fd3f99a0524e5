"""/board: clips of this channel, this thread or one's own on a contact sheet, by votes or age, page by page.

The gallery of a channel is the public answer to the command: the interaction says who asked for it, needs no more
permission than the command itself, and anybody may turn its pages. One of one's own clips is seen by oneself alone,
since it brings together what was made in different channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from discord import app_commands
from discord.ext import commands

from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.library.contact_sheets import SheetClip, contact_sheet
from bot.models import ClipScope, ClipSort, RankedClip
from cogs.core.answers import Interaction, answer, defer, defer_update, target_of, translation_for
from cogs.core.components import PersistentItem, text_layout
from cogs.core.names import Members
from cogs.core.posting import NOBODY
from cogs.gallery.history import History, HistoryButton
from cogs.gallery.jobs import Jobs
from cogs.gallery.page import TEMPLATE, GalleryPage, Shown, clip_number, gallery_layout, sheet_file
from cogs.gallery.pages import patience
from cogs.i18n.words import translation
from cogs.video.lookup import Where, scope_of, still_there, where_of

_TRIES = 3
"""How often a page is read again because some of its clips turned out to be gone."""


class GalleryButton(PersistentItem, template=TEMPLATE):
    """Turns a page. The place is the one it is pressed in, so it shows nothing that the reader could not see there."""

    async def press(self, interaction: Interaction) -> None:
        """Show another page in place of this one."""
        found = self.found
        page = GalleryPage(Where(found["where"]), ClipSort(found["order"]), found["locale"], int(found["page"]))
        scope = scope_of(interaction, page.where)
        if not await defer_update(interaction):
            return
        await interaction.client.services.desk.take_free_work(target_of(interaction))
        cog = interaction.client.get_cog(Gallery.__cog_name__)
        assert isinstance(cog, Gallery)
        drawing = translation_for(interaction)("gallery.drawing")
        with cog.one_each(interaction.user.id):
            async with patience(lambda: interaction.followup.send(drawing, ephemeral=True)):
                shown = await cog.look(page, scope)
            await cog.show(interaction, page, shown)


class Gallery(commands.Cog):
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
        page = GalleryPage(where_of(interaction, where), ClipSort(by), target_of(interaction).locale)
        scope = scope_of(interaction, page.where)
        mine = page.where is Where.MINE
        if mine and not await defer(interaction):
            return
        # Who sees an answer is settled with its first word, and that there is nothing is for nobody else to see: the
        # only rows that are asked for before it.
        if not await self._bot.services.library.has_clips(scope):
            await answer(interaction, translation_for(interaction)("gallery.empty"))
            return
        if not await defer(interaction, private=mine):
            return
        await interaction.client.services.desk.take_free_work(target_of(interaction))
        drawing = text_layout(translation(page.locale)("gallery.drawing"))
        with self.one_each(interaction.user.id):
            async with patience(lambda: interaction.edit_original_response(view=drawing)):
                shown = await self.look(page, scope)
            await self.show(interaction, page, shown)

    @contextmanager
    def one_each(self, user_id: int) -> Iterator[None]:
        """Refuse a member for whom a page is being drawn: it costs no credits, but it costs the machine work."""
        if user_id in self._drawing:
            raise Refused("gallery_underway")
        self._drawing.add(user_id)
        try:
            yield
        finally:
            self._drawing.discard(user_id)

    async def look(self, page: GalleryPage, scope: ClipScope) -> Shown:
        """One page: its clips that are still in their channels, and their picture."""
        library = self._bot.services.library
        for _ in range(_TRIES):
            clips, pages = await library.clips(scope, page.order, page.number)
            there = await still_there(self._bot, clips)
            if len(there) == len(clips):
                break
        if not there:
            return Shown([], pages, scope.channel_id)
        return Shown(there, pages, scope.channel_id, await self._draw(page, there))

    async def _draw(self, page: GalleryPage, clips: list[RankedClip]) -> bytes:
        target = clips[0].job.target
        names = await self._members.names(target.guild_id, [clip.job.target.user_id for clip in clips])
        shown = [
            SheetClip(
                clip_number(page, index),
                clip.job,
                names[clip.job.target.user_id],
                clip.job.request.prompt,
                clip.votes or None,
            )
            for index, clip in enumerate(clips)
        ]
        return await contact_sheet(self._bot.services.library, shown)

    async def show(self, interaction: Interaction, page: GalleryPage, shown: Shown) -> None:
        """Put a page in the place of what the interaction shows now."""
        t = translation(page.locale)
        if not shown.clips and not page.number:
            layout = text_layout(t("gallery.empty"))
        else:
            layout = gallery_layout(page, shown, GalleryButton, t)
        files = [] if shown.picture is None else [sheet_file(shown.picture)]
        await interaction.edit_original_response(view=layout, attachments=files, allowed_mentions=NOBODY)


_ITEMS = (GalleryButton, HistoryButton)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(*_ITEMS)
    await bot.add_cog(Gallery(bot))
    await bot.add_cog(History())
    await bot.add_cog(Jobs())


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(*_ITEMS)
