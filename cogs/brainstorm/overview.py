"""The messages of a brainstorm: the word in the channel, the board in the thread, and the result.

They speak the language of whoever began it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from discord import ui

from bot.assemblies import brainstorm_course as course
from bot.assemblies.assembler import finished
from bot.assemblies.brainstorm import Brainstorm, Stage, Take
from bot.assemblies.brainstorm_course import DRAFT_SECONDS
from bot.models import Assembly, Job, JobStatus
from cogs.brainstorm.buttons import StormButton
from cogs.core import texts
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import Translation, translation
from cogs.video.attachments import frame_name

SHEET = "contact-sheet.png"

_COLOURS = {Stage.DRAFTING: 0x8B6CEF, Stage.VOTING: 0xC98A1B, Stage.ENDED: 0x2E8B57}
_WORKING = 0x4C6FFF
_TEXT_LIMIT = 3800
"""Of the 4000 characters that a message has for all its texts."""
_EXCERPTS = (300, 160, 90, 40)
_THREAD_NAME = 90


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown beside the brainstorm itself; `price` is what one take costs."""

    jobs: Sequence[Job] = ()
    votes: Mapping[str, int] | None = None
    price: int = 0

    def votes_of(self, job: Job) -> int:
        """How many the clip of a job has."""
        return (self.votes or {}).get(job.job_id, 0)


def starter_text(assembly: Assembly, storm: Brainstorm) -> str:
    """The message that the thread hangs on."""
    t = translation(assembly.target.locale)
    return t("brainstorm.starter", who=f"<@{assembly.target.user_id}>", idea=quoted(storm.idea))


def starter_buttons(assembly: Assembly) -> ui.View:
    """The row under it."""
    view = ui.View(timeout=None)
    view.add_item(StormButton("add", assembly.assembly_id, translation(assembly.target.locale)))
    return view


def thread_name(assembly: Assembly, storm: Brainstorm) -> str:
    """The idea, as far as it goes."""
    return plain(storm.idea, _THREAD_NAME) or translation(assembly.target.locale)("brainstorm.thread")


def picture_name(storm: Brainstorm) -> str | None:
    """What the picture is called on the board, if there is one."""
    return None if storm.picture is None else frame_name(storm.picture, "first")


def _is_hidden(storm: Brainstorm) -> bool:
    return storm.picture is not None and storm.picture.spoiler


# -- the board ---------------------------------------------------------------------------------------------------------


def board(assembly: Assembly, storm: Brainstorm, seen: Seen) -> ui.LayoutView:
    """Every take: while it is drafted with what can be done to it, later with what became of it."""
    t = translation(assembly.target.locale)
    head = f"{_headline(assembly, storm, seen, t)}\n> {quoted(storm.idea)}"
    foot = _foot(storm, seen, t)
    lines = _fitting(lambda excerpt: _takes(storm, seen, t, excerpt), len(head) + len(foot))
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOURS.get(storm.stage, _WORKING))
    container.add_item(ui.TextDisplay(head))
    if (name := picture_name(storm)) is not None:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        description = t("brainstorm.picture")
        gallery.add_item(media=f"attachment://{name}", description=description, spoiler=_is_hidden(storm))
        container.add_item(gallery)
    drafting = storm.stage is Stage.DRAFTING
    for position, (take, line) in enumerate(zip(storm.takes, lines, strict=True), start=1):
        text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(line)
        button = StormButton("edit", assembly.assembly_id, t, take.number, position)
        container.add_item(ui.Section(text, accessory=button) if drafting else text)
    if foot:
        container.add_item(ui.TextDisplay(foot))
    _add_buttons(container, assembly, storm, t)
    layout.add_item(container)
    return layout


def _add_buttons(container: ui.Container[ui.LayoutView], assembly: Assembly, storm: Brainstorm, t: Translation) -> None:
    verbs = {Stage.DRAFTING: ("add", "render"), Stage.VOTING: ("decide",)}.get(storm.stage, ())
    if verbs:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for verb in verbs:
            row.add_item(StormButton(verb, assembly.assembly_id, t))
        container.add_item(row)


def _headline(assembly: Assembly, storm: Brainstorm, seen: Seen, t: Translation) -> str:
    if storm.stage is Stage.DRAFTING:
        return t("brainstorm.board.drafting", who=f"<@{assembly.target.user_id}>")
    if storm.stage is Stage.VOTING:
        return t("brainstorm.board.voting", when=texts.moment(storm.ends_at or 0.0))
    if storm.stage is Stage.ENDED:
        return t("brainstorm.board.ended") if seen.jobs else t("brainstorm.board.closed")
    done = sum(finished([job]) for job in seen.jobs)
    return t("brainstorm.board.rendering", done=done, count=len(seen.jobs))


def _takes(storm: Brainstorm, seen: Seen, t: Translation, excerpt: int) -> list[str]:
    jobs = course.jobs_of_takes(storm, seen.jobs)
    lines = []
    for position, take in enumerate(storm.takes, start=1):
        line = f"**{position}.** <@{take.owner}> {quoted(take.prompt, excerpt)}"
        if seen.jobs:
            line += f"\n-# {_state(jobs.get(take.number), seen, t)}"
        lines.append(line)
    return lines


def _state(job: Job | None, seen: Seen, t: Translation) -> str:
    if job is None:
        return t("brainstorm.left_out")
    if job.deleted_at is not None:
        return t("brainstorm.deleted")
    if job.status is not JobStatus.DELIVERED:
        return t(f"jobs.states.{job.status if job.awaited else JobStatus.CANCELLED}")
    votes = t("brainstorm.votes", count=seen.votes_of(job))
    return f"{votes} · {t('brainstorm.result.clip', jump=_jump(job))}"


def _foot(storm: Brainstorm, seen: Seen, t: Translation) -> str:
    lines = []
    if storm.stage is Stage.DRAFTING:
        if storm.takes:
            lines.append(t("brainstorm.board.price", shares=_shares(storm, seen.price, t)))
        else:
            lines.append(t("brainstorm.board.empty"))
        lines.append(t("brainstorm.board.closes", when=texts.moment(storm.touched_at + DRAFT_SECONDS)))
        if any("[" in take.prompt for take in storm.takes):
            lines.append(t("brainstorm.camera"))
    if storm.left_out:
        who = texts.listed([f"<@{owner}>" for owner in storm.left_out], t)
        lines.append(t("brainstorm.board.left_out", who=who))
    return "\n".join(f"-# {line}" for line in lines)


def _shares(storm: Brainstorm, price: int, t: Translation) -> str:
    return " · ".join(f"<@{owner}> {texts.credits_(count * price, t)}" for owner, count in storm.owners().items())


# -- the result --------------------------------------------------------------------------------------------------------


def result(assembly: Assembly, storm: Brainstorm, seen: Seen, *, sheet: bool) -> ui.LayoutView:
    """Who won, the contact sheet attached as `SHEET` if there is one, and every clip with its votes."""
    t = translation(assembly.target.locale)
    clips, won = placed(storm, seen.jobs), course.winners(seen.jobs, seen.votes or {})
    head = f"{_verdict(clips, won, seen, t)}\n> {quoted(storm.idea)}"
    missing = len(seen.jobs) - len(clips)
    foot = f"-# {t('brainstorm.result.missing', count=missing)}" if missing and clips else ""
    lines = _fitting(lambda excerpt: _ranked(clips, won, seen, t, excerpt), len(head) + len(foot))
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOURS[Stage.ENDED])
    container.add_item(ui.TextDisplay(head))
    if sheet:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        description = alt_text(storm, clips, won, seen, t)
        gallery.add_item(media=f"attachment://{SHEET}", description=description, spoiler=_is_hidden(storm))
        container.add_item(gallery)
    if text := "\n".join([*lines, *([foot] if foot else [])]):
        container.add_item(ui.TextDisplay(text))
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    row.add_item(StormButton("prompts", assembly.assembly_id, t))
    container.add_item(row)
    layout.add_item(container)
    return layout


def placed(storm: Brainstorm, jobs: Sequence[Job]) -> list[tuple[int, Take, Job]]:
    """(position on the board, take, job) of every clip that is in the thread."""
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
        votes = t("brainstorm.votes", count=seen.votes_of(job))
        link = t("brainstorm.result.clip", jump=_jump(job))
        lines.append(f"{cup}**{position}.** <@{take.owner}> {quoted(take.prompt, excerpt)}\n-# {votes} · {link}")
    return lines


def alt_text(storm: Brainstorm, clips: list[tuple[int, Take, Job]], won: list[Job], seen: Seen, t: Translation) -> str:
    """The contact sheet for those who cannot see it."""
    takes = []
    for position, take, job in clips:
        facts = [plain(take.name, 40), t("brainstorm.votes", count=seen.votes_of(job))]
        facts += [t("brainstorm.result.alt_winner")] if job in won else []
        takes.append(f"{position}: {t('common.list.separator').join(facts)}")
    return t("brainstorm.result.alt", takes="; ".join(takes))[:1000]


def _fitting(lines: Callable[[int], list[str]], used: int) -> list[str]:
    """The lines with excerpts as long as the message allows."""
    for excerpt in _EXCERPTS:
        found = lines(excerpt)
        if used + sum(len(line) + 1 for line in found) <= _TEXT_LIMIT:
            break
    return found


def _jump(job: Job) -> str:
    return f"https://discord.com/channels/{job.target.guild_id}/{job.target.channel_id}/{job.result_message_id}"
