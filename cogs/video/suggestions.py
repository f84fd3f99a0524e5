"""What is suggested while somebody types a prompt: their own earlier ones.

They come with every keystroke, and only where the commands are: in servers. discord.py logs what goes wrong here, and
Discord says that there are none.
"""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from cogs.core.answers import Interaction
from cogs.core.quoting import plain

MOST = 25
LONGEST = 100
"""Characters that Discord takes for a suggestion, and for what it stands for."""

_LOOKED_THROUGH = 100
"""Own jobs that are read for 25 different prompts."""

Choices = list[app_commands.Choice[str]]


async def own_prompts(interaction: Interaction, current: str) -> list[str]:
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
    whole = (prompt for prompt in await own_prompts(interaction, current) if len(prompt) <= LONGEST)
    return choices((prompt, prompt) for prompt in whole)


def choices(offered: Iterable[tuple[str, str]]) -> Choices:
    """These names and values, as far as Discord can show and hand over any."""
    found = [app_commands.Choice(name=plain(name, LONGEST), value=value) for name, value in offered if value]
    return [choice for choice in found if choice.name][:MOST]
