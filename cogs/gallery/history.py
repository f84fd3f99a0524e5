"""/history: all that one has asked for, to search and to page through; /clip: one clip, with its buttons.

Both are seen by whoever typed them alone.
"""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import Refused
from bot.models import Job, JobStatus, RankedClip
from cogs.core.answers import Interaction, bring, defer, defer_update, target_of, translation_for
from cogs.core.components import PersistentItem, row_view
from cogs.core.names import readable
from cogs.gallery.job_list import TEMPLATE, Asked, history_layout, job_line, listing, shortened
from cogs.gallery.suggestions import clips_to_see, offer_clips, offer_searches
from cogs.video.attachments import can_be_sent, sent_file
from cogs.video.buttons import clip_row

_LONGEST_SEARCH = 100


class HistoryButton(PersistentItem, template=TEMPLATE):
    """Turns a page of one's own history."""

    async def press(self, interaction: Interaction) -> None:
        """Show another page in place of this one."""
        found = self.found
        asked = Asked(found["search"], found["status"], found["pictures"], int(found["page"]))
        if not await defer_update(interaction):
            return
        await interaction.edit_original_response(view=await _page(interaction, asked))


class History(commands.Cog):
    """Looking back."""

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        search="Words that must all stand in the prompt",
        status="Only what came out like this",
        pictures="Only clips made from pictures, or only those without",
    )
    @app_commands.autocomplete(search=offer_searches)
    async def history(
        self,
        interaction: Interaction,
        search: app_commands.Range[str, 1, _LONGEST_SEARCH] = "",
        status: Literal["running", "delivered", "kept", "failed", "cancelled"] | None = None,
        pictures: Literal["with", "without"] | None = None,
    ) -> None:
        """Look through all you have asked for here, and have a clip sent again."""
        if not await defer(interaction):
            return
        asked = Asked(shortened(await readable(interaction, search)), status or "", pictures or "")
        await interaction.edit_original_response(view=await _page(interaction, asked))

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(clip="Begin to type its prompt, or paste its id")
    @app_commands.autocomplete(clip=offer_clips)
    async def clip(self, interaction: Interaction, clip: str) -> None:
        """Show one clip to you alone, with its buttons."""
        if not await defer(interaction):
            return
        found, t = await _visible(interaction, clip), translation_for(interaction)
        job = found.job
        if job.status is not JobStatus.DELIVERED or job.deleted_at is not None:
            await interaction.edit_original_response(view=listing(t("jobs.history.no_clip"), [job], t))
            return
        parts = {} if (file := await _file(interaction, job)) is None else {"file": file}
        await bring(interaction, job_line(job, t), view=row_view(clip_row(job.job_id, t, found.votes)), **parts)


async def _page(interaction: Interaction, asked: Asked) -> discord.ui.LayoutView:
    target, t = target_of(interaction), translation_for(interaction)
    library = interaction.client.services.library
    jobs, pages = await library.history(target.guild_id, target.user_id, asked.filters, asked.page)
    if not pages:
        wanted = asked.search or asked.status or asked.pictures
        return listing(t("jobs.history.nothing_like_it") if wanted else t("jobs.none_yet"), [], t)
    return history_layout(asked, jobs, pages, HistoryButton, t)


async def _visible(interaction: Interaction, typed: str) -> RankedClip:
    """The job of this id, or the one clip that these words can mean; Refused for what this person may not see."""
    target, job_id, library = target_of(interaction), typed.strip(), interaction.client.services.library
    found = (await library.ranked([job_id])).get(job_id)
    if found is None:
        meant = [job.job_id for job in await clips_to_see(interaction, typed)]
        if len(meant) != 1:
            raise Refused("no_such_job")
        return (await library.ranked(meant))[meant[0]]
    job = found.job
    own = (job.target.guild_id, job.target.user_id) == (target.guild_id, target.user_id)
    shown_here = job.target.channel_id == target.channel_id and job.status is JobStatus.DELIVERED
    if not own and (not shown_here or job.deleted_at is not None):
        raise Refused("no_such_job")
    return found


async def _file(interaction: Interaction, job: Job) -> discord.File | None:
    """The clip; None where it is no longer kept, or larger than this person may be sent."""
    try:
        path = await interaction.client.services.library.file(job)
    except Refused:
        return None
    return sent_file(path, job) if await can_be_sent(interaction, path) else None
