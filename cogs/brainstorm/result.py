"""The result of a brainstorm: who won, a sheet of all clips, and every clip with its votes."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from bot.assemblies import brainstorm_course as course
from bot.assemblies.brainstorm import Brainstorm, Take
from bot.models import Assembly, Job
from cogs.brainstorm.buttons import BrainstormButton
from cogs.brainstorm.content import ENDED_COLOUR, Seen, fitting, is_hidden, votes_and_link
from cogs.core import texts
from cogs.core.components import attached_picture
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import Translation, translation

SHEET = "contact-sheet.png"


def result_layout(assembly: Assembly, storm: Brainstorm, seen: Seen, *, sheet: bool) -> ui.LayoutView:
    """Who won, the contact sheet attached as `SHEET` if there is one, and every clip with its votes."""
    t = translation(assembly.target.locale)
    clips, won = placed(storm, seen.jobs), course.winners(seen.jobs, seen.votes or {})
    head = f"{_verdict(clips, won, seen, t)}\n> {quoted(storm.idea)}"
    missing = len(seen.jobs) - len(clips)
    foot = f"-# {t('brainstorm.result.missing', count=missing)}" if missing and clips else ""
    lines = fitting(lambda excerpt: _ranked(clips, won, seen, t, excerpt), len(head) + len(foot))
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=ENDED_COLOUR)
    container.add_item(ui.TextDisplay(head))
    if sheet:
        description = alt_text(storm, clips, won, seen, t)
        container.add_item(
            attached_picture(
                SHEET, description, spoiler=is_hidden(storm) or any(job.request.hidden for job in seen.jobs)
            )
        )
    if text := "\n".join([*lines, *([foot] if foot else [])]):
        container.add_item(ui.TextDisplay(text))
    container.add_item(ui.ActionRow(BrainstormButton.of("prompts", assembly.assembly_id, t)))
    layout.add_item(container)
    return layout


def placed(storm: Brainstorm, jobs: Sequence[Job]) -> list[tuple[int, Take, Job]]:
    """(position in the overview, take, job) of every clip that is in the thread."""
    numbers = course.positions(storm, jobs)
    clips = [(numbers[job.job_id], job) for job in course.shown(jobs) if job.job_id in numbers]
    return [(number, storm.takes[number - 1], job) for number, job in sorted(clips, key=lambda clip: clip[0])]


def _verdict(clips: list[tuple[int, Take, Job]], won: list[Job], seen: Seen, t: Translation) -> str:
    if not clips:
        return t("brainstorm.result.none")
    if len(clips) == 1:
        return t("brainstorm.result.only")
    if not won:
        return t("brainstorm.result.no_votes")
    votes = t("brainstorm.votes", count=seen.votes_of(won[0]))
    names = [
        t("brainstorm.result.take", number=position, who=f"<@{take.owner}>")
        for position, take, job in clips
        if job in won
    ]
    if len(names) == 1:
        return t("brainstorm.result.winner", take=names[0], votes=votes)
    return t("brainstorm.result.tie", takes=texts.listed(names, t), votes=votes)


def _ranked(clips: list[tuple[int, Take, Job]], won: list[Job], seen: Seen, t: Translation, excerpt: int) -> list[str]:
    lines = []
    for position, take, job in sorted(clips, key=lambda clip: -seen.votes_of(clip[2])):
        cup = "🏆 " if job in won else ""
        line = f"{cup}**{position}.** <@{take.owner}> {quoted(take.prompt, excerpt)}"
        lines.append(f"{line}\n-# {votes_and_link(job, seen, t)}")
    return lines


def alt_text(storm: Brainstorm, clips: list[tuple[int, Take, Job]], won: list[Job], seen: Seen, t: Translation) -> str:
    """The contact sheet for those who cannot see it."""
    takes = []
    for position, take, job in clips:
        facts = [plain(take.name, 40), t("brainstorm.votes", count=seen.votes_of(job))]
        facts += [t("brainstorm.result.alt_winner")] if job in won else []
        takes.append(f"{position}: {t('common.list.separator').join(facts)}")
    return t("brainstorm.result.alt", takes="; ".join(takes))[:1000]
