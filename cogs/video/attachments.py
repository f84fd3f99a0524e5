"""What files are called that go out, and whether they are hidden as spoilers: names of ours, never of who sent them."""

from __future__ import annotations

from pathlib import Path, PurePath

import discord

from bot.models import Job, Picture


def frame_name(frame: Picture, which: str) -> str:
    """What a picture of a request is called where it is attached; Discord knows a spoiler by its name."""
    return f"{'SPOILER_' if frame.spoiler else ''}{which}-frame{PurePath(frame.name).suffix}"


def sent_file(path: Path, job: Job, description: str | None = None) -> discord.File:
    """A clip, as a spoiler if it is made from one."""
    name = f"rushes-{job.job_id[:8]}.mp4"
    return discord.File(path, filename=name, description=description, spoiler=job.request.spoiler)
