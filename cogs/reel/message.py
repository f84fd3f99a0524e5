"""How a reel looks: the private builder, the message that tells how far it is, and the one that brings it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot.assemblies.reel import LEAST_CLIPS, Choice, Reel, Sort
from bot.models import RankedClip
from cogs.core import texts
from cogs.core.components import ALT_LENGTH, PersistentItem, jump
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import Translation

REEL = r"(?P<assembly_id>[0-9a-f]{20})"
_COLOUR = 0x4C6FFF
_OPTION_LENGTH = 100
_CONTENT_LENGTH = 1900
_USUAL_SECONDS = 6
_NAMED = 5

Clips = Mapping[str, RankedClip]
"""Clips by job id."""


def reel_id(verb: str, assembly_id: str) -> str:
    """The custom id of whatever does `verb` to a reel. The hyphen tells it from those that carry a job."""
    return f"rushes:reel-{verb}:{assembly_id}"


def reel_template(*verbs: str) -> str:
    """The pattern of these, for DynamicItem."""
    return rf"rushes:reel-(?P<verb>{'|'.join(verbs)}):{REEL}"


# -- choosing ----------------------------------------------------------------------------------------------------------


def builder_layout(
    assembly_id: str, choice: Choice, clips: Clips, kinds: Mapping[str, type[PersistentItem]], t: Translation
) -> ui.LayoutView:
    """Which clips, in which order, and Make; `kinds` are the items for "pick", "sort", "next", "make" and "close"."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOUR)
    container.add_item(ui.TextDisplay(_choice_text(choice, clips, t)))
    for verb, menu in (
        ("pick", _pick_menu(choice, clips, t)),
        ("sort", _sort_menu(choice, t)),
        ("next", _next_menu(choice, clips, t)),
    ):
        if menu is not None:
            menu.custom_id = reel_id(verb, assembly_id)
            container.add_item(ui.ActionRow(kinds[verb](menu)))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for verb, label, style in (
        ("make", t("reel.labels.make"), discord.ButtonStyle.primary),
        ("close", t("reel.labels.close"), discord.ButtonStyle.secondary),
    ):
        button: ui.Button[Any] = ui.Button(label=label, style=style, custom_id=reel_id(verb, assembly_id))
        button.disabled = verb == "make" and len(choice.chosen) < LEAST_CLIPS
        row.add_item(kinds[verb](button))
    container.add_item(row)
    layout.add_item(container)
    return layout


def _choice_text(choice: Choice, clips: Clips, t: Translation) -> str:
    shown = [clips[job_id] for job_id in choice.sequence if job_id in clips]
    seconds = sum(clip.job.request.duration_seconds or _USUAL_SECONDS for clip in shown)
    lines = [t("reel.heading")]
    for number, clip in enumerate(shown, 1):
        lines.append(f"**{number}** {quoted(clip.job.request.prompt, 40)} · <@{clip.job.target.user_id}>")
    facts = [t("reel.clips", count=len(shown)), t("reel.about", length=texts.spell(seconds, t))]
    if choice.title:
        facts.append(t("reel.with_title", title=quoted(choice.title, 80)))
    if choice.captions:
        facts.append(t("reel.with_captions"))
    facts.append(t("reel.free"))
    return "\n".join([*lines, f"-# {' · '.join(facts)}"])


def _option(clip: RankedClip, t: Translation, *, default: bool = False) -> discord.SelectOption:
    label = plain(clip.job.request.prompt, _OPTION_LENGTH) or clip.job.job_id
    votes = t("board.votes", count=clip.votes) if clip.votes else None
    return discord.SelectOption(label=label, value=clip.job.job_id, description=votes, default=default)


def _pick_menu(choice: Choice, clips: Clips, t: Translation) -> ui.Select[Any]:
    options = [
        _option(clips[job_id], t, default=job_id in choice.chosen) for job_id in choice.by_votes if job_id in clips
    ]
    least = min(LEAST_CLIPS, len(options))
    return ui.Select(placeholder=t("reel.menus.pick"), min_values=least, max_values=len(options), options=options)


def _sort_menu(choice: Choice, t: Translation) -> ui.Select[Any]:
    labels = {
        Sort.VOTES: t("reel.menus.votes"),
        Sort.OLDEST: t("reel.menus.oldest"),
        Sort.NEWEST: t("reel.menus.newest"),
    }
    options = [
        discord.SelectOption(label=label, value=sort, default=sort is choice.sort and not choice.placed)
        for sort, label in labels.items()
    ]
    return ui.Select(placeholder=t("reel.menus.sort"), options=options)


def _next_menu(choice: Choice, clips: Clips, t: Translation) -> ui.Select[Any] | None:
    """What comes first, then what comes next: each pick puts one clip behind those that were picked before."""
    left = [job_id for job_id in choice.sequence if job_id not in choice.placed and job_id in clips]
    if len(left) < LEAST_CLIPS:
        return None
    place = len(choice.placed) + 1
    options = [_option(clips[job_id], t) for job_id in left]
    return ui.Select(placeholder=t("reel.menus.next", place=place), options=options)


# -- what the channel sees ---------------------------------------------------------------------------------------------


def note_layout(text: str) -> ui.LayoutView:
    """A message that is only text."""
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay[Any](text))
    return layout


def progress_layout(text: str, stop: ui.Item[Any] | None) -> ui.LayoutView:
    """How far a reel is; `stop` ends it."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOUR)
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
    left = _CONTENT_LENGTH - sum(len(line) + 1 for line in lines)
    for number, clip in enumerate(clips, 1):
        link = t("board.jump", jump=jump(clip.job))
        line = f"-# {number} {quoted(clip.job.request.prompt, 60)} · <@{clip.job.target.user_id}> · {link}"
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join(lines)


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
