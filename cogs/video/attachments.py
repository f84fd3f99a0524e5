"""Names of the files that are sent, never those of the uploader, and whether they are spoilers."""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePath

import discord

from bot.models import Job, Picture
from cogs.core.answers import Interaction


def frame_name(frame: Picture, which: str) -> str:
    """What a picture of a request is called where it is attached; Discord knows a spoiler by its name."""
    return f"{'SPOILER_' if frame.spoiler else ''}{which}-frame{PurePath(frame.name).suffix}"


def sent_file(path: Path, job: Job, description: str | None = None) -> discord.File:
    """A clip, as a spoiler if it is made from one."""
    name = f"rushes-{job.job_id[:8]}.mp4"
    return discord.File(path, filename=name, description=description, spoiler=job.request.spoiler)


async def can_be_sent(interaction: Interaction, path: Path) -> bool:
    """Whether a file is as small as an answer to this person has to be."""
    return (await asyncio.to_thread(path.stat)).st_size <= interaction.filesize_limit
