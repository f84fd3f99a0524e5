"""/reel: choosing clips and their order in a private builder. What becomes of the choice is in `builder`.

All of it is kept in the reel's row, so the builder works after a restart; each press edits it with a token of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from discord import app_commands, ui
from discord.ext import commands

from bot.assemblies.choice import MOST_CLIPS, Choice, ReelStage, Sort, offer
from bot.assemblies.rows import check_no_other_reel
from bot.assemblies.state import read, read_all, write
from bot.changes import AssemblyChanges
from bot.client.bot import RushesBot
from bot.errors import Refused
from bot.models import Assembly, AssemblyKind
from cogs.core.answers import (
    Interaction,
    asker_of,
    check_permissions,
    defer,
    defer_update,
    done,
    show,
    target_of,
    translation_for,
)
from cogs.core.components import PersistentItem, text_layout
from cogs.core.names import readable
from cogs.core.posting import NOBODY
from cogs.reel.builder import ReelBuilder
from cogs.reel.buttons import DeleteReelButton, StopReelButton
from cogs.reel.choosing import builder_layout
from cogs.reel.ids import reel_template
from cogs.video.lookup import scope_of, still_there, where_of

_TITLE_LENGTH = 80


class BuilderSelect(PersistentItem, template=reel_template("pick", "sort", "next")):
    """The three selects of the builder."""

    async def press(self, interaction: Interaction) -> None:
        """Change the choice and show it."""
        assert isinstance(self.item, ui.Select)
        values = self.item.values
        edits: Mapping[str, Callable[[Choice], Choice]] = {
            "pick": lambda choice: choice.pick(values),
            "sort": lambda choice: choice.sorted_by(Sort(values[0])),
            "next": lambda choice: choice.place(values[0]),
        }
        assembly_id, edit = self.found["assembly_id"], edits[self.found["verb"]]
        if not await defer_update(interaction):
            return
        changed = await _edit(interaction, assembly_id, edit)
        done(interaction)
        layout = await _layout(interaction, changed)
        await show(interaction, view=layout, allowed_mentions=NOBODY)


class BuilderButton(PersistentItem, template=reel_template("make", "close")):
    """Make and Cancel: either closes the builder."""

    async def press(self, interaction: Interaction) -> None:
        """Begin the reel, or forget it."""
        t, assembly_id = translation_for(interaction), self.found["assembly_id"]
        if not await defer_update(interaction):
            return
        if self.found["verb"] == "make":
            now = interaction.client.services.assembler.now()
            await interaction.client.services.jobs.check_free(asker_of(interaction))
            await interaction.client.services.desk.take_free_work(target_of(interaction))
            await _edit(interaction, assembly_id, lambda choice: choice.make(now), check_no_other_reel)
            text = t("reel.begun")
        else:
            await _edit(interaction, assembly_id, lambda choice: choice.stop())
            text = t("reel.closed")
        done(interaction)
        await show(interaction, view=text_layout(text))


_KINDS = {
    "pick": BuilderSelect,
    "sort": BuilderSelect,
    "next": BuilderSelect,
    "make": BuilderButton,
    "close": BuilderButton,
}


class Reels(commands.Cog):
    """Several clips as one."""

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        where="Clips of this channel, or of this thread",
        title="A title card of two seconds to begin with",
        captions="Write on each clip who asked for it",
    )
    async def reel(
        self,
        interaction: Interaction,
        where: Literal["channel", "thread"] | None = None,
        title: app_commands.Range[str, 1, _TITLE_LENGTH] = "",
        captions: bool = False,
    ) -> None:
        """Join clips of this channel into one video. It costs no credits."""
        services, target = interaction.client.services, target_of(interaction)
        scope = scope_of(interaction, where_of(interaction, where))
        check_permissions(interaction)
        if not services.reels.available:
            raise Refused("reel_not_possible")
        if not await defer(interaction):
            return
        for forgotten in await _others(interaction):
            with contextlib.suppress(Refused):  # closed meanwhile
                await _edit(interaction, forgotten.assembly_id, lambda choice: choice.stop())
        best = await services.library.best(scope, MOST_CLIPS)
        clips = await still_there(interaction.client, best)
        named = await readable(interaction, title)
        await services.jobs.check_free(asker_of(interaction), named)
        choice = offer(clips, " ".join(named[:_TITLE_LENGTH].split()), captions=captions)
        assembly, _ = await services.assembler.begin(AssemblyKind.REEL, target, write(choice))
        layout = await _layout(interaction, assembly)
        await interaction.edit_original_response(view=layout, allowed_mentions=NOBODY)


async def _others(interaction: Interaction) -> list[Assembly]:
    """This member's builders that are open; Refused while a reel of theirs is being made."""
    assembler, target = interaction.client.services.assembler, target_of(interaction)
    found = await assembler.open_of(target.guild_id, target.user_id, AssemblyKind.REEL)
    check_no_other_reel(found)
    return [other for other, choice in read_all(found, Choice) if choice.stage is ReelStage.CHOOSING]


async def _edit(
    interaction: Interaction,
    assembly_id: str,
    edit: Callable[[Choice], Choice],
    check: Callable[[Sequence[Assembly]], None] | None = None,
) -> Assembly:
    """Change a choice that is still open, for its owner alone; `check` is shown their other reels."""

    def edited(fresh: Assembly) -> AssemblyChanges:
        if fresh.target.user_id != interaction.user.id:
            raise Refused("not_yours")
        choice = read(fresh, Choice)
        if choice.stage is ReelStage.BUILDING:
            raise Refused("reel_underway")
        if fresh.ended_at is not None or choice.stage is not ReelStage.CHOOSING:
            raise Refused("reel_closed")
        return {"state": write(edit(choice))}

    assembler, guild_id = interaction.client.services.assembler, target_of(interaction).guild_id
    return await assembler.change(assembly_id, edited, guild_id=guild_id, check=check)


async def _layout(interaction: Interaction, assembly: Assembly) -> ui.LayoutView:
    choice = read(assembly, Choice)
    clips = await interaction.client.services.library.ranked(choice.by_votes)
    return builder_layout(assembly.assembly_id, choice, clips, _KINDS, translation_for(interaction))


_ITEMS = (BuilderSelect, BuilderButton, StopReelButton, DeleteReelButton)


async def setup(bot: RushesBot) -> None:
    """Called by load_extension."""
    bot.add_dynamic_items(*_ITEMS)
    bot.services.assembler.plug(AssemblyKind.REEL, ReelBuilder(bot))
    await bot.add_cog(Reels())


async def teardown(bot: RushesBot) -> None:
    """Called when the extension is unloaded."""
    bot.remove_dynamic_items(*_ITEMS)
