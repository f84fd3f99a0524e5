"""The buttons that the channel sees: Stop while a reel is made, and Delete under it."""

from __future__ import annotations

from typing import Any, Self

from discord import ui

from bot.assemblies.choice import Choice
from bot.assemblies.state import read, write
from bot.changes import AssemblyChanges
from bot.errors import Refused
from bot.models import Assembly
from cogs.core.answers import Interaction, answer, check_owner, defer, done, target_of, translation_for
from cogs.core.components import PersistentItem
from cogs.core.posting import take_away
from cogs.i18n.words import Translation
from cogs.reel.ids import reel_id, reel_template


class StopReelButton(PersistentItem, template=reel_template("stop")):
    """Under the progress message: ends the reel, for its owner or a moderator."""

    @classmethod
    def of(cls, assembly_id: str, t: Translation) -> Self:
        """The button of this reel."""
        return cls(ui.Button[Any](label=t("reel.labels.stop"), custom_id=reel_id("stop", assembly_id)))

    async def press(self, interaction: Interaction) -> None:
        """Stop making it."""
        guild_id = target_of(interaction).guild_id

        def stopped(fresh: Assembly) -> AssemblyChanges:
            check_owner(interaction, fresh.target.user_id)
            if fresh.ended_at is not None:
                raise Refused("reel_closed")
            return {"state": write(read(fresh, Choice).stop())}

        if not await defer(interaction):
            return
        await interaction.client.services.assembler.change(self.found["assembly_id"], stopped, guild_id=guild_id)
        done(interaction)
        await answer(interaction, translation_for(interaction)("reel.stopped"))


class DeleteReelButton(PersistentItem, template=reel_template("delete")):
    """Under a reel: takes it out of the channel, for its owner or a moderator."""

    @classmethod
    def of(cls, assembly_id: str, t: Translation) -> Self:
        """The button of this reel."""
        return cls(ui.Button[Any](label=t("buttons.labels.delete"), custom_id=reel_id("delete", assembly_id)))

    async def press(self, interaction: Interaction) -> None:
        """Delete the message."""
        assembler = interaction.client.services.assembler
        guild_id = target_of(interaction).guild_id
        if interaction.message is None or not await defer(interaction):
            return
        reel = await assembler.get(self.found["assembly_id"], guild_id=guild_id)
        check_owner(interaction, reel.target.user_id)
        await take_away(interaction.message)
        done(interaction)
        await answer(interaction, translation_for(interaction)("reel.deleted"))
