"""The message that shows several takes side by side: all of them to play, and a line with a vote button for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.jobs.transitions import gave_back
from bot.models import Assembly, Job, RankedClip
from cogs.core import texts
from cogs.core.quoting import quoted
from cogs.i18n.words import Translation, translation
from cogs.takes.buttons import MoreButton
from cogs.video.buttons import VoteButton

_ALT_LENGTH = 250
_COLOUR = 0x2E8B57


@dataclass(frozen=True, slots=True)
class ShownTake:
    """One take in the message: `path` is its clip, or its poster where the clip is too large, or nothing."""

    clip: RankedClip
    path: Path | None


def takes_layout(
    assembly: Assembly, jobs: Sequence[Job], takes: Sequence[ShownTake]
) -> tuple[ui.LayoutView, list[discord.File]]:
    """The message and its files; `jobs` are all that were asked for."""
    t, first = translation(assembly.target.locale), jobs[0]
    layout, files = ui.LayoutView(timeout=None), []
    container: ui.Container[Any] = ui.Container(accent_colour=_COLOUR)
    heading = t("clip.takes.heading", takes=len(takes))
    container.add_item(ui.TextDisplay(f"{heading}\n> {quoted(first.request.prompt)}"))
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    for take in takes:
        if take.path is not None:
            file, alt = _file(take.path, take.clip.job), _alt(take.clip.job, t)
            files.append(file)
            gallery.add_item(media=file, description=alt, spoiler=file.spoiler)
    if files:
        container.add_item(gallery)
    for take in takes:
        job = take.clip.job
        line = t("clip.takes.line", number=job.take + 1, jump=texts.clip_jump_url(job))
        container.add_item(ui.Section(line, accessory=VoteButton.of(job.job_id, t, take.clip.votes)))
    if missing := _missing(jobs, t):
        container.add_item(ui.TextDisplay(f"-# {missing}"))
    container.add_item(ui.ActionRow(MoreButton.of(assembly.assembly_id, t)))
    layout.add_item(container)
    return layout, files


def _missing(jobs: Sequence[Job], t: Translation) -> str | None:
    """What became of those that brought no clip."""
    missing = [job for job in jobs if job.result_message_id is None]
    if not missing:
        return None
    back = sum(job.price for job in missing if gave_back(job))
    if not back:
        return t("clip.takes.missing", missing=len(missing), takes=len(jobs))
    return t("clip.takes.missing_back", missing=len(missing), takes=len(jobs), credits=texts.credits_(back, t))


def _alt(job: Job, t: Translation) -> str:
    alt = t("clip.takes.alt", number=job.take + 1, prompt=" ".join(job.request.prompt.split()))
    return alt if len(alt) <= _ALT_LENGTH else f"{alt[: _ALT_LENGTH - 1]}…"


def _file(path: Path, job: Job) -> discord.File:
    return discord.File(path, filename=f"take-{job.take + 1}{path.suffix}", spoiler=job.request.spoiler)
