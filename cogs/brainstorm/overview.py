"""The overview of a brainstorm in its thread: every take, what can be done to it, and what became of it."""

from __future__ import annotations

from discord import ui

from bot.assemblies import brainstorm_course as course
from bot.assemblies.assembler import finished
from bot.assemblies.brainstorm import Brainstorm, BrainstormStage
from bot.assemblies.brainstorm_course import DRAFT_SECONDS
from bot.models import Assembly, Job, JobStatus
from cogs.brainstorm.buttons import BrainstormButton
from cogs.brainstorm.content import ENDED_COLOUR, Seen, fitting, is_hidden, owner_of, votes_and_link
from cogs.core import texts
from cogs.core.components import attached_picture
from cogs.core.quoting import quoted
from cogs.i18n.words import Translation, translation
from cogs.video.attachments import frame_name

_COLOURS = {BrainstormStage.DRAFTING: 0x8B6CEF, BrainstormStage.VOTING: 0xC98A1B, BrainstormStage.ENDED: ENDED_COLOUR}
_WORKING = 0x4C6FFF


def picture_name(storm: Brainstorm) -> str | None:
    """What the picture is called in the overview, if there is one."""
    return None if storm.picture is None else frame_name(storm.picture, "first")


def overview_layout(assembly: Assembly, storm: Brainstorm, seen: Seen) -> ui.LayoutView:
    """Every take: while it is drafted with what can be done to it, later with what became of it."""
    t = translation(assembly.target.locale)
    head = f"{_headline(assembly, storm, seen, t)}\n> {quoted(storm.idea)}"
    foot = _foot(storm, seen, t)
    lines = fitting(lambda excerpt: _takes(storm, seen, t, excerpt), len(head) + len(foot))
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOURS.get(storm.stage, _WORKING))
    container.add_item(ui.TextDisplay(head))
    if (name := picture_name(storm)) is not None:
        container.add_item(attached_picture(name, t("brainstorm.picture"), spoiler=is_hidden(storm)))
    drafting = storm.stage is BrainstormStage.DRAFTING
    for position, (take, line) in enumerate(zip(storm.takes, lines, strict=True), start=1):
        text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(line)
        button = BrainstormButton.of("edit", assembly.assembly_id, t, take.number, position)
        container.add_item(ui.Section(text, accessory=button) if drafting else text)
    if foot:
        container.add_item(ui.TextDisplay(foot))
    _add_buttons(container, assembly, storm, t)
    layout.add_item(container)
    return layout


def _add_buttons(container: ui.Container[ui.LayoutView], assembly: Assembly, storm: Brainstorm, t: Translation) -> None:
    verbs = {BrainstormStage.DRAFTING: ("add", "render"), BrainstormStage.VOTING: ("decide",)}.get(storm.stage, ())
    if verbs:
        container.add_item(ui.ActionRow(*(BrainstormButton.of(verb, assembly.assembly_id, t) for verb in verbs)))


def _headline(assembly: Assembly, storm: Brainstorm, seen: Seen, t: Translation) -> str:
    if storm.stage is BrainstormStage.DRAFTING:
        return t("brainstorm.overview.drafting", who=f"<@{assembly.target.user_id}>")
    if storm.stage is BrainstormStage.VOTING:
        return t("brainstorm.overview.voting", when=texts.moment(storm.ends_at or 0.0))
    if storm.stage is BrainstormStage.ENDED:
        return t("brainstorm.overview.ended") if seen.jobs else t("brainstorm.overview.closed")
    done = sum(finished([job]) for job in seen.jobs)
    return t("brainstorm.overview.rendering", done=done, count=len(seen.jobs))


def _takes(storm: Brainstorm, seen: Seen, t: Translation, excerpt: int) -> list[str]:
    jobs = course.jobs_of_takes(storm, seen.jobs)
    lines = []
    for position, take in enumerate(storm.takes, start=1):
        line = f"**{position}.** {owner_of(take, t)} {quoted(take.prompt, excerpt)}"
        if seen.jobs:
            state = _state(jobs.get(take.number), seen, t) if take.owner else t("brainstorm.deleted")
            line += f"\n-# {state}"
        lines.append(line)
    return lines


def _state(job: Job | None, seen: Seen, t: Translation) -> str:
    if job is None:
        return t("brainstorm.left_out")
    if job.deleted_at is not None:
        return t("brainstorm.deleted")
    if job.status is not JobStatus.DELIVERED:
        return t(f"jobs.states.{job.status if job.awaited else JobStatus.CANCELLED}")
    return votes_and_link(job, seen, t)


def _foot(storm: Brainstorm, seen: Seen, t: Translation) -> str:
    lines = []
    if storm.stage is BrainstormStage.DRAFTING:
        if storm.takes:
            lines.append(t("brainstorm.overview.price", shares=_shares(storm, seen.price, t)))
        else:
            lines.append(t("brainstorm.overview.empty"))
        lines.append(t("brainstorm.overview.closes", when=texts.moment(storm.touched_at + DRAFT_SECONDS)))
        if any("[" in take.prompt for take in storm.takes):
            lines.append(t("brainstorm.camera"))
    if storm.left_out:
        who = texts.listed([f"<@{owner}>" for owner in storm.left_out], t)
        lines.append(t("brainstorm.overview.left_out", who=who))
    return "\n".join(f"-# {line}" for line in lines)


def _shares(storm: Brainstorm, price: int, t: Translation) -> str:
    return " · ".join(f"<@{owner}> {texts.credits_(count * price, t)}" for owner, count in storm.owners().items())
