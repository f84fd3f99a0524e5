"""What a channel sees of a reel: the message that tells how far it is, and the one that brings it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.assemblies.choice import Choice
from bot.assemblies.reel import Reel
from bot.models import RankedClip
from cogs.core import texts
from cogs.core.components import ALT_LENGTH
from cogs.core.quoting import as_many, plain, quoted
from cogs.i18n.words import Translation

COLOUR = 0x4C6FFF
_CONTENT_LENGTH = 1900
_NAMED = 5


def progress_layout(text: str, stop: ui.Item[Any] | None) -> ui.LayoutView:
    """How far a reel is; `stop` ends it."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=COLOUR)
    container.add_item(ui.TextDisplay(text))
    if stop is not None:
        container.add_item(ui.ActionRow(stop))
    layout.add_item(container)
    return layout


def reel_text(
    user_id: int, choice: Choice, reel: Reel, clips: Sequence[RankedClip], gone: Sequence[RankedClip], t: Translation
) -> str:
    """The message that brings a reel: for whom, what is in it and what no longer is, and where each clip is."""
    lines = [t("reel.ready", who=f"<@{user_id}>")]
    if choice.title:
        lines.append(f"> {quoted(choice.title, 80)}")
    facts = [
        t("reel.clips", count=len(clips)),
        texts.spell(reel.seconds, t),
        f"{reel.width}×{reel.height}",
        t("reel.free"),
    ]
    lines.append(f"-# {' · '.join(facts)}")
    if gone:
        lines.append(left_out(gone, t))
    for number, clip in enumerate(clips, 1):
        link = t("gallery.jump", jump=texts.clip_jump_url(clip.job))
        lines.append(f"-# {number} {quoted(clip.job.request.prompt, 60)} · <@{clip.job.target.user_id}> · {link}")
    return "\n".join(as_many(lines, _CONTENT_LENGTH))


def left_out(clips: Sequence[RankedClip], t: Translation) -> str:
    """Which clips are not in the reel because they are gone; the first of them by name."""
    names = [f"“{quoted(clip.job.request.prompt, 30)}”" for clip in clips[:_NAMED]]
    if len(clips) > _NAMED:
        names.append(t("reel.clips", count=len(clips) - _NAMED))
    return t("reel.left_out", clips=texts.listed(names, t))


def reel_file(reel: Reel, assembly_id: str, clips: Sequence[RankedClip], t: Translation) -> discord.File:
    """The video under a name of ours, with what is in it as its description for those who cannot see it."""
    named = "; ".join(plain(clip.job.request.prompt, 60) for clip in clips)
    description = plain(t("reel.alt", clips=named), ALT_LENGTH)
    name, hidden = f"rushes-reel-{assembly_id[:8]}.mp4", any(clip.job.request.spoiler for clip in clips)
    return discord.File(Path(reel.path), filename=name, description=description, spoiler=hidden)
