"""The button under takes that asks for as many again. It carries the id of their assembly in place of a job's."""

from __future__ import annotations

import discord

from bot.assemblies import takes as several
from bot.assemblies.state import read
from bot.assemblies.takes import Takes
from bot.errors import Refused
from bot.jobs.intake import again as again_draft
from cogs.core.answers import Interaction, defer, target_of
from cogs.video.actions import pictures_of
from cogs.video.asking import ask
from cogs.video.buttons import job_button


async def more(interaction: Interaction, assembly_id: str) -> None:
    """Ask for as many takes of the same request once more, at the presser's own expense."""
    services = interaction.client.services
    if not await defer(interaction):
        return
    assembly = await services.assembler.get(assembly_id, guild_id=target_of(interaction).guild_id)
    asked = read(assembly, Takes)
    jobs = await services.library.of_assembly(assembly_id)
    if not jobs:
        raise Refused("no_such_assembly")
    job = next(iter(several.shown(jobs)), jobs[0])
    await ask(interaction, again_draft(job), *pictures_of(interaction, job), takes=asked.takes)


MoreButton = job_button("more", "buttons.labels.more", discord.ButtonStyle.secondary, more)
