"""The private builder of a reel: its text, and the menus and buttons for choosing clips and their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

from bot.assemblies.choice import LEAST_CLIPS, Choice, Sort
from bot.models import RankedClip
from cogs.core import texts
from cogs.core.components import PersistentItem
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import Translation
from cogs.reel.ids import reel_id
from cogs.reel.message import COLOUR

_OPTION_LENGTH = 100
_USUAL_SECONDS = 6

Clips = Mapping[str, RankedClip]
"""Clips by job id."""


def builder_layout(
    assembly_id: str, choice: Choice, clips: Clips, kinds: Mapping[str, type[PersistentItem]], t: Translation
) -> ui.LayoutView:
    """Which clips, in which order, and Make; `kinds` are the items for "pick", "sort", "next", "make" and "close"."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=COLOUR)
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
    votes = t("gallery.votes", count=clip.votes) if clip.votes else None
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
