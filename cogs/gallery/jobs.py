"""/jobs: one's own recent clips, with what can still be done about each."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from cogs.core.answers import Interaction, answer, defer, target_of, translation_for
from cogs.gallery.job_list import listing


class Jobs(commands.Cog):
    """A member's own clips."""

    @app_commands.command()
    @app_commands.guild_only()
    async def jobs(self, interaction: Interaction) -> None:
        """List your recent clips: their state, cancel one, or have a finished one sent again."""
        target, t = target_of(interaction), translation_for(interaction)
        if not await defer(interaction):
            return
        found = await interaction.client.services.jobs.recent(target.guild_id, target.user_id)
        if not found:
            await answer(interaction, t("jobs.none_yet"))
            return
        await interaction.edit_original_response(view=listing(t("jobs.heading"), found, t))
