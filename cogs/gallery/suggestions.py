"""What is suggested while somebody looks back: searches for their own prompts, and clips that they may see here."""

from __future__ import annotations

import asyncio

from bot.models import Job
from cogs.core.answers import Interaction
from cogs.gallery.job_list import shortened
from cogs.video.lookup import Where, scope_of
from cogs.video.suggestions import LONGEST, MOST, Choices, choices, own_prompts


async def offer_searches(interaction: Interaction, current: str) -> Choices:
    """For a search: own prompts, as far as a search goes."""
    return choices((prompt, shortened(prompt)) for prompt in await own_prompts(interaction, current))


async def offer_clips(interaction: Interaction, current: str) -> Choices:
    """For a clip: those that this person may see here, by prompt or id."""
    return choices((job.request.prompt, job.job_id) for job in await clips_to_see(interaction, current))


async def clips_to_see(interaction: Interaction, current: str) -> list[Job]:
    """Delivered clips of this channel and one's own of this server that hold these words, newest first."""
    library, wanted = interaction.client.services.library, current[:LONGEST]
    here, own = scope_of(interaction, Where.THREAD), scope_of(interaction, Where.MINE)
    both = await asyncio.gather(*(library.mentioned(scope, wanted, MOST) for scope in (here, own)))
    found = {job.job_id: job for jobs in both for job in jobs}
    return sorted(found.values(), key=lambda job: job.created_at, reverse=True)[:MOST]
