"""The message that brings a clip: a plain message with the video attached, since that plays everywhere."""

from __future__ import annotations

import discord
from discord import ui

from bot.library.clip_links import shown_link
from bot.models import Job
from bot.outlet import Clip
from cogs.core import texts
from cogs.core.components import row_view
from cogs.core.quoting import quoted
from cogs.i18n.words import Translation, translation
from cogs.video.attachments import sent_file
from cogs.video.buttons import clip_row
from cogs.video.delivery.lineage import ALONE, Lineage, lineage_facts
from cogs.video.delivery.status_message import source_facts

_LONGEST = 2000
_PROMPT_LENGTHS = (300, 100, 30)
"""Characters of the prompt that are shown: fewer where a provider's link is so long that the rest has no room."""


def clip_text(job: Job, title: str, clip: Clip, lineage: Lineage = ALONE) -> str:
    """Who it is for, the prompt, and how it was made."""
    return _fitting(job, _facts(job, title, clip, lineage))


def link_text(job: Job, title: str, clip: Clip, lineage: Lineage = ALONE) -> str:
    """The same with the provider's link in place of the clip: why, and where it is kept, if it is."""
    t, link = translation(job.target.locale), shown_link(clip.url)
    until = texts.moment(clip.expires_at, "f")
    if clip.reason is not None:
        why = t(f"clip.linked.{clip.reason}", url=link, until=until)
    elif link is not None:
        why = t("clip.too_large", megabytes=_megabytes(clip.size), url=link, until=until)
    else:
        why = t("clip.too_large_unlinked", megabytes=_megabytes(clip.size))
    return _fitting(job, f"{_facts(job, title, clip, lineage)}\n{why}")


def plain_text(job: Job) -> str:
    """Who it is for, and no word that anybody wrote: for a server whose rules refuse the whole text."""
    return translation(job.target.locale)("clip.ready", who=f"<@{job.target.user_id}>")


def _facts(job: Job, title: str, clip: Clip, lineage: Lineage) -> str:
    t, request = translation(job.target.locale), job.request
    facts = [*lineage_facts(job, lineage, t), title]
    if clip.width:
        length = t("common.seconds", seconds=f"{clip.duration_seconds:.0f}")
        facts += [f"{clip.width}×{clip.height}", length]
    facts += source_facts(request, t)
    if job.submitted_at is not None and job.rendered_at is not None:
        facts.append(t("clip.took", time=texts.spell(job.rendered_at - job.submitted_at, t)))
    facts.append(texts.credits_(job.price, t))
    if clip.original_size is not None:
        facts.append(_original(clip, clip.original_size, t))
    return f"-# {' · '.join(facts)}"


def _original(clip: Clip, size: int, t: Translation) -> str:
    """That the file was made smaller, and where the larger one is, if that can be shown."""
    link, megabytes = shown_link(clip.url), _megabytes(size)
    if link is None:
        return t("clip.fitted_unlinked", megabytes=megabytes)
    return t("clip.fitted", megabytes=megabytes, url=link, until=texts.moment(clip.expires_at, "f"))


def _fitting(job: Job, rest: str) -> str:
    """The whole text, with as much of the prompt as Discord's limit leaves room for."""
    ready, text = plain_text(job), ""
    for length in _PROMPT_LENGTHS:
        text = f"{ready}\n> {quoted(job.request.prompt, length)}\n{rest}"
        if len(text) <= _LONGEST:
            break
    return text


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}"


def with_hint(text: str, job: Job) -> str:
    """The text of somebody's first clip, with a word about what can be done with it, if there is room."""
    longer = f"{text}\n-# {translation(job.target.locale)('help.first')}"
    return longer if len(longer) <= _LONGEST else text


def clip_buttons(job: Job, votes: int = 0) -> ui.View:
    """The row under a clip."""
    return row_view(clip_row(job.job_id, translation(job.target.locale), votes))


def clip_file(clip: Clip, job: Job, *, described: bool = True) -> discord.File:
    """The video under a name of ours, with the prompt as its description for those who cannot see it."""
    description = job.request.prompt[:1000] if described else None
    return sent_file(clip.path, job, description=description)
