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
from cogs.words import words


def clip_text(job: Job, title: str, clip: Clip) -> str:
    """Who it is for, the prompt, and how it was made."""
    told, request = words(job.target.locale), job.request
    length = told("common.seconds", seconds=f"{clip.duration_seconds:.0f}")
    facts = [title, f"{clip.width}×{clip.height}", length, *source_words(request, told)]
    if job.submitted_at is not None and job.rendered_at is not None:
        facts.append(told("clip.took", time=texts.spell(job.rendered_at - job.submitted_at, told)))
    facts.append(texts.credits_(job.price, told))
    ready = told("clip.ready", who=f"<@{job.target.user_id}>")
    return f"{ready}\n> {quoted(request.prompt)}\n-# {' · '.join(facts)}"


def link_text(job: Job, title: str, clip: Clip) -> str:
    """The same for a clip that is larger than the channel takes: the provider's link, and where it is kept."""
    too_large = words(job.target.locale)(
        "clip.too_large",
        megabytes=f"{clip.size / 1024 / 1024:.1f}",
        url=clip.url,
        until=texts.moment(clip.expires_at, "f"),
    )
    return f"{clip_text(job, title, clip)}\n{too_large}"


def clip_buttons(job: Job) -> ui.View:
    """The row under a clip."""
    told = words(job.target.locale)
    view = ui.View(timeout=None)
    view.add_item(AgainButton(job.job_id, told))
    view.add_item(DeleteButton(job.job_id, told))
    return view


def clip_file(clip: Clip, job: Job) -> discord.File:
    """The video under a name of ours, with the prompt as its description for those who cannot see it."""
    return discord.File(clip.path, filename=f"rushes-{job.job_id[:8]}.mp4", description=job.request.prompt[:1000])
