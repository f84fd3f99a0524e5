"""What is suggested while somebody types: their own prompts, and clips that they may see where they are.

They come with every keystroke, and only where the commands are: in servers. discord.py logs what goes wrong here, and
Discord says that there are none.
"""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from bot.models import Job
from bot.storage.browsing import Scope
from cogs.core.answers import Interaction
from cogs.core.quoting import plain
from cogs.gallery.job_list import shortened

MOST = 25
LONGEST = 100
"""Characters that Discord takes for a suggestion, and for what it stands for."""

_LOOKED_THROUGH = 100
"""Own jobs that are read for 25 different prompts."""

Choices = list[app_commands.Choice[str]]


async def _prompts(interaction: Interaction, current: str) -> list[str]:
    """One's own prompts that hold these words, the latest first, each once."""
    if len(current) > LONGEST:
        return []
    assert interaction.guild_id is not None
    jobs = await interaction.client.services.library.own(
        interaction.guild_id, interaction.user.id, current, limit=_LOOKED_THROUGH
    )
    return list(dict.fromkeys(job.request.prompt for job in jobs))


async def offer_prompts(interaction: Interaction, current: str) -> Choices:
    """For a new clip: own prompts that Discord can hand over whole."""
    whole = (prompt for prompt in await _prompts(interaction, current) if len(prompt) <= LONGEST)
    return _choices((prompt, prompt) for prompt in whole)


async def offer_searches(interaction: Interaction, current: str) -> Choices:
    """For a search: own prompts, as far as a search goes."""
    return _choices((prompt, shortened(prompt)) for prompt in await _prompts(interaction, current))


async def offer_clips(interaction: Interaction, current: str) -> Choices:
    """For a clip: those that this person may see here, by prompt or id."""
    return _choices((job.request.prompt, job.job_id) for job in await clips_to_see(interaction, current))


async def clips_to_see(interaction: Interaction, current: str) -> list[Job]:
    """Delivered clips of this channel and one's own of this server that hold these words, newest first."""
    assert interaction.guild_id is not None
    library, wanted = interaction.client.services.library, current[:LONGEST]
    here = Scope(interaction.guild_id, channel_id=interaction.channel_id)
    own = Scope(interaction.guild_id, user_id=interaction.user.id)
    found = {job.job_id: job for scope in (here, own) for job in await library.mentioned(scope, wanted, MOST)}
    return sorted(found.values(), key=lambda job: job.created_at, reverse=True)[:MOST]


def _choices(offered: Iterable[tuple[str, str]]) -> Choices:
    found = [app_commands.Choice(name=plain(name, LONGEST), value=value) for name, value in offered if value]
    return [choice for choice in found if choice.name][:MOST]
