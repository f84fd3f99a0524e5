"""The message that brings a clip: a plain message with the video attached, since that plays everywhere."""

from __future__ import annotations

import discord
from discord import ui

from bot.jobs.delivery import Clip
from bot.models import Job
from cogs.views import texts
from cogs.views.buttons import AgainButton, DeleteButton
from cogs.views.quoting import quoted
from cogs.views.status import source_words


def clip_text(job: Job, title: str, clip: Clip) -> str:
    """Who it is for, the prompt, and how it was made."""
    request = job.request
    words = [title, f"{clip.width}×{clip.height}", f"{clip.duration_seconds:.0f} s", *source_words(request)]
    if job.submitted_at is not None and job.rendered_at is not None:
        words.append(f"took {_spoken(job.rendered_at - job.submitted_at)}")
    words.append(texts.credits_(job.price))
    return f"<@{job.target.user_id}> your clip is ready.\n> {quoted(request.prompt)}\n-# {' · '.join(words)}"


def link_text(job: Job, title: str, clip: Clip) -> str:
    """The same for a clip that is larger than the channel takes: the provider's link, and where it is kept."""
    megabytes = clip.size / 1024 / 1024
    return (
        f"{clip_text(job, title, clip)}\n"
        f"It has {megabytes:.1f} MiB, more than this channel takes. "
        f"[Watch it here](<{clip.url}>) until {texts.moment(clip.expires_at, 'f')}, "
        "The file is kept for seven days: `/jobs` sends it to you where your own limit allows."
    )


def clip_buttons(job_id: str) -> ui.View:
    """The row under a clip."""
    view = ui.View(timeout=None)
    view.add_item(AgainButton(job_id))
    view.add_item(DeleteButton(job_id))
    return view


def clip_file(clip: Clip, job: Job) -> discord.File:
    """The video under a name of ours, with the prompt as its description for those who cannot see it."""
    return discord.File(clip.path, filename=f"rushes-{job.job_id[:8]}.mp4", description=job.request.prompt[:1000])


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
