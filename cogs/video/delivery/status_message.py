"""The status message of a job, from its acceptance to its end. Components V2, with the request's pictures.

It is in the language of whoever asked for the clip.
"""

from __future__ import annotations

import discord
from discord import ui

from bot.jobs.transitions import CANCELLABLE, gave_back, is_cancellable
from bot.models import Job, JobStatus, Picture, VideoRequest
from bot.outlet import StatusView
from cogs.core import texts
from cogs.core.quoting import quoted
from cogs.i18n.words import Translation, translation
from cogs.video.attachments import frame_name
from cogs.video.buttons import CancelButton, clip_row
from cogs.video.delivery.lineage import ALONE, Lineage, lineage_facts

_COLOURS = {
    JobStatus.DELIVERED: 0x2E8B57,
    JobStatus.FAILED: 0xB5473C,
    JobStatus.UNKNOWN: 0xC98A1B,
    JobStatus.PARKED: 0xC98A1B,
    JobStatus.CANCELLED: 0x6B7280,
}
_WORKING = 0x4C6FFF

_FRAMES = ("first", "last")


def frame_names(request: VideoRequest) -> list[str]:
    """The attachment name of each picture of the request, first frame first."""
    return [frame_name(frame, which) for frame, which in zip(_frames(request), _FRAMES, strict=False)]


def _frames(request: VideoRequest) -> list[Picture]:
    return [frame for frame in (request.first_frame, request.last_frame) if frame is not None]


def status_layout(
    job: Job, view: StatusView, title: str, jump: str | None = None, lineage: Lineage = ALONE
) -> ui.LayoutView:
    """The whole message; its pictures are attached under the names of `frame_names`, `jump` links to the clip.

    Once the clip is deleted, it holds nothing that anybody wrote or attached.
    """
    t = translation(job.target.locale)
    layout = ui.LayoutView(timeout=None)
    if job.deleted_at is not None:
        layout.add_item(ui.TextDisplay(t("status.deleted")))
        return layout
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_colour(job))
    container.add_item(
        ui.TextDisplay(f"{_headline(job, view, jump, t)}\n<@{job.target.user_id}>: {quoted(job.request.prompt)}")
    )
    if names := frame_names(job.request):
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        for name, frame, which in zip(names, _frames(job.request), _FRAMES, strict=False):
            description = t(f"status.frames.{which}")
            gallery.add_item(media=f"attachment://{name}", description=description, spoiler=frame.spoiler)
        container.add_item(gallery)
    container.add_item(ui.TextDisplay(f"-# {_facts(job, title, lineage, t)}"))
    if is_cancellable(job):
        container.add_item(ui.ActionRow(CancelButton.of(job.job_id, t)))
    layout.add_item(container)
    return layout


def clip_in_status(job: Job, text: str, file: discord.File | None) -> ui.LayoutView:
    """The status message turned into the clip's own, where no second message can be posted safely."""
    t = translation(job.target.locale)
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay(text))
    if file is not None:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        gallery.add_item(media=file, description=file.description, spoiler=file.spoiler)
        layout.add_item(gallery)
    layout.add_item(ui.ActionRow(*clip_row(job.job_id, t)))
    return layout


def format_facts(request: VideoRequest, t: Translation) -> list[str]:
    """Resolution and length, where they were asked for."""
    found = [] if request.resolution is None else [str(request.resolution)]
    if request.duration_seconds is not None:
        found.append(t("common.seconds", seconds=request.duration_seconds))
    return found


def source_facts(request: VideoRequest, t: Translation) -> list[str]:
    """What the clip is made from, beside its prompt."""
    found = []
    if request.first_frame is not None:
        both = request.last_frame is not None
        found.append(t("clip.source.both_frames") if both else t("clip.source.picture"))
    if request.optimize_prompt is not None:
        optimised = request.optimize_prompt
        found.append(t("clip.source.optimised") if optimised else t("clip.source.as_written"))
    return found


def _colour(job: Job) -> int:
    return _COLOURS.get(job.status, _WORKING) if job.awaited else _COLOURS[JobStatus.CANCELLED]


def _facts(job: Job, title: str, lineage: Lineage, t: Translation) -> str:
    request = job.request
    facts = [*lineage_facts(job, lineage, t), title, *format_facts(request, t), *source_facts(request, t)]
    facts.append(texts.credits_(job.price, t))
    if is_cancellable(job):
        facts.append(t("status.asked", when=texts.moment(job.created_at)))
    return " · ".join(facts)


def _headline(job: Job, view: StatusView, jump: str | None, t: Translation) -> str:
    if job.status in {*CANCELLABLE, JobStatus.DELIVERING} and not job.awaited:
        return t("status.stopped", credits=texts.credits_(job.price, t))
    untaken = job.status is JobStatus.SUBMITTING and job.task_id is None
    if (untaken or job.status is JobStatus.QUEUED) and (view.retrying or view.trying_since is not None):
        return t("status.trying", when=texts.moment(view.trying_since or job.created_at))
    if job.status is JobStatus.QUEUED:
        return _queued(view, t)
    if untaken:
        return f"{t('status.handing_over')}{_expected(view, t)}"
    if job.status in {JobStatus.SUBMITTING, JobStatus.RENDERING}:
        return _rendering(view, t)
    if job.status is JobStatus.DELIVERING:
        return _bringing(job, view, t)
    if job.status is JobStatus.DELIVERED:
        return t("status.delivered_link", jump=jump) if jump else t("status.delivered")
    if job.status is JobStatus.CANCELLED and not gave_back(job):
        return t("status.kept", credits=texts.credits_(job.price, t))
    if job.status is JobStatus.CANCELLED:
        return t("status.cancelled", back=texts.credits_back(job, t))
    if job.status is JobStatus.PARKED:
        return t("status.parked", failure=texts.failure(job, t))
    if job.status is JobStatus.UNKNOWN:
        return t("status.unknown", failure=texts.failure(job, t))
    return t("status.failed", failure=texts.failure(job, t))


def _bringing(job: Job, view: StatusView, t: Translation) -> str:
    if job.failure is not None:
        return t("status.finished_asking")
    return t("status.finished_retrying") if view.retrying else t("status.finished")


def _queued(view: StatusView, t: Translation) -> str:
    first = view.place in {None, 1}
    place = t("status.queued.next") if first else t("status.queued.number", place=view.place)
    return f"{place}{_expected(view, t)}"


def _rendering(view: StatusView, t: Translation) -> str:
    done = t("status.rendering.percent", percent=view.progress) if view.progress else t("status.rendering.begun")
    return f"{done}{_expected(view, t)}"


def _expected(view: StatusView, t: Translation) -> str:
    if view.expected_at is None:
        return ""
    when = texts.moment(view.expected_at)
    said = t("status.expected.measured", when=when) if view.measured else t("status.expected.published", when=when)
    return f" · {said}"


def media_addresses(message: discord.Message) -> list[str]:
    """The addresses of the pictures in a status message, in order."""
    if message.attachments:
        return [attachment.url for attachment in message.attachments]
    found: list[str] = []
    for component in message.components:
        children = getattr(component, "children", [])
        for child in [component, *children]:
            if isinstance(child, discord.MediaGalleryComponent):
                found += [item.media.url for item in child.items]
    return found
