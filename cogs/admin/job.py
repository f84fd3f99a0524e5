"""/admin job: one job of this server with all that is known of it. How it is shown is in `job_page`."""

from __future__ import annotations

import re
from typing import Any

from discord import app_commands

from bot.errors import Refused
from bot.models import Job
from cogs.admin.job_page import job_layout
from cogs.core.answers import Interaction, defer, target_of, translation_for
from cogs.video.suggestions import LONGEST, MOST, Choices, choices

_ID = re.compile(r"[0-9a-f]{20}")
_LINK = re.compile(r"https?://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild_id>\d+)/\d+/(?P<message_id>\d{1,20})/?")


@app_commands.checks.has_permissions(manage_guild=True)  # discord.py holds suggestions to checks of their own alone
async def offer_jobs(interaction: Interaction, current: str) -> Choices:
    """This server's latest jobs, by prompt or id."""
    return choices((job.request.prompt, job.job_id) for job in await _mentioned(interaction, current))


def job_command() -> app_commands.Command[Any, ..., None]:
    """The command, for the group of those who manage the server."""

    @app_commands.command()
    @app_commands.describe(id="Begin to type its prompt, or paste its id, or a link to its clip or status message")
    @app_commands.autocomplete(id=offer_jobs)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def job(interaction: Interaction, id: str) -> None:
        """Show one job with every step, its times, its credits and where it was made."""
        if await defer(interaction):
            await _show(interaction, id.strip())

    return job


async def _show(interaction: Interaction, typed: str) -> None:
    services, t = interaction.client.services, translation_for(interaction)
    job = await _meant(interaction, typed)
    trail, entries = await services.jobs.trail(job), await services.usage.entries(job.job_id)
    layout = job_layout(job, trail, entries, services.jobs.provider_title, t)
    await interaction.edit_original_response(view=layout)


async def _meant(interaction: Interaction, typed: str) -> Job:
    """The job of this id or message, or the one that these words can mean; Refused for jobs of other servers too."""
    jobs, guild_id = interaction.client.services.jobs, target_of(interaction).guild_id
    if _ID.fullmatch(typed):
        return await jobs.job(typed, guild_id=guild_id)
    if link := _LINK.fullmatch(typed):
        return await jobs.of_message(int(link["message_id"]) % 2**63, guild_id=guild_id)
    found = await _mentioned(interaction, typed)
    if len(found) != 1:
        raise Refused("no_such_job")
    return found[0]


async def _mentioned(interaction: Interaction, words: str) -> list[Job]:
    guild_id, library = target_of(interaction).guild_id, interaction.client.services.library
    return await library.of_server(guild_id, words, MOST) if len(words) <= LONGEST else []
