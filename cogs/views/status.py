"""The status message: the job's home until its clip is delivered. Components V2, with the request's pictures."""

from __future__ import annotations

from pathlib import PurePath

import discord
from discord import ui

from bot.jobs.delivery import StatusView
from bot.jobs.transitions import CANCELLABLE
from bot.models import Job, JobStatus, VideoRequest
from cogs.views import texts
from cogs.views.buttons import AgainButton, CancelButton, DeleteButton
from cogs.views.quoting import quoted

_COLOURS = {
    JobStatus.DELIVERED: 0x2E8B57,
    JobStatus.FAILED: 0xB5473C,
    JobStatus.UNKNOWN: 0xC98A1B,
    JobStatus.PARKED: 0xC98A1B,
    JobStatus.CANCELLED: 0x6B7280,
}
_WORKING = 0x4C6FFF

_FRAMES = ("first-frame", "last-frame")


def frame_files(request: VideoRequest) -> list[tuple[str, str]]:
    """(attachment name, alt text) for each picture of the request, first frame first."""
    frames = [frame for frame in (request.first_frame, request.last_frame) if frame is not None]
    return [
        (f"{name}{PurePath(frame.name).suffix}", f"{name.replace('-', ' ').capitalize()} of the requested clip")
        for frame, name in zip(frames, _FRAMES, strict=False)
    ]


def status_layout(job: Job, view: StatusView, title: str, jump: str | None = None) -> ui.LayoutView:
    """The whole message; its pictures are attached under the names of `frame_files`, `jump` links to the clip."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOURS.get(job.status, _WORKING))
    container.add_item(
        ui.TextDisplay(f"{_headline(job, view, jump)}\n<@{job.target.user_id}>: {quoted(job.request.prompt)}")
    )
    if files := frame_files(job.request):
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        for name, description in files:
            gallery.add_item(media=f"attachment://{name}", description=description)
        container.add_item(gallery)
    container.add_item(ui.TextDisplay(f"-# {_facts(job, title)}"))
    if job.status in CANCELLABLE:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        row.add_item(CancelButton(job.job_id))
        container.add_item(row)
    layout.add_item(container)
    return layout


def clip_in_status(job_id: str, text: str, file: discord.File | None) -> ui.LayoutView:
    """The status message turned into the clip's own, where no second message can be posted safely."""
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay(text))
    if file is not None:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        gallery.add_item(media=file, description=file.description)
        layout.add_item(gallery)
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    row.add_item(AgainButton(job_id))
    row.add_item(DeleteButton(job_id))
    layout.add_item(row)
    return layout


def format_words(request: VideoRequest) -> list[str]:
    """Resolution and length, where they were asked for."""
    words = [] if request.resolution is None else [str(request.resolution)]
    return words if request.duration_seconds is None else [*words, f"{request.duration_seconds} s"]


def source_words(request: VideoRequest) -> list[str]:
    """What the clip is made from, beside its prompt."""
    words = []
    if request.first_frame is not None:
        words.append("first and last frame" if request.last_frame is not None else "from a picture")
    if request.optimize_prompt is not None:
        words.append("prompt optimised" if request.optimize_prompt else "prompt as written")
    return words


def _facts(job: Job, title: str) -> str:
    words = [title, *format_words(job.request), *source_words(job.request), texts.credits_(job.price)]
    if job.status in CANCELLABLE:
        words.append(f"asked {texts.moment(job.created_at)}")
    return " · ".join(words)


def _headline(job: Job, view: StatusView, jump: str | None) -> str:
    if job.status is JobStatus.QUEUED:
        return _queued(view)
    if job.status in {JobStatus.SUBMITTING, JobStatus.RENDERING}:
        return _rendering(view)
    if job.status is JobStatus.DELIVERING:
        again = " Posting it did not work yet; I keep trying." if view.retrying else ""
        return f"**Finished.** Bringing it here…{again}"
    if job.status is JobStatus.DELIVERED:
        return f"**Delivered.** [Go to the clip]({jump})" if jump else "**Delivered.**"
    if job.status is JobStatus.CANCELLED:
        return f"**Cancelled.** {texts.credits_back(job)}"
    if job.status is JobStatus.PARKED:
        return f"**Kept for you.** {texts.failure(job)}"
    heading = "**Given up waiting.**" if job.status is JobStatus.UNKNOWN else "**No clip this time.**"
    return f"{heading} {texts.failure(job)}"


def _queued(view: StatusView) -> str:
    place = "**Next in line**" if view.place in {None, 1} else f"**Number {view.place} in line**"
    if view.retrying:
        place = "**Waiting for the provider**, which was busy"
    return f"{place}{_expected(view)}"


def _rendering(view: StatusView) -> str:
    done = f" {view.progress} %" if view.progress else ""
    return f"**Rendering**{done}{_expected(view)}"


def _expected(view: StatusView) -> str:
    if view.expected_at is None:
        return ""
    basis = "" if view.measured else ", by the provider's published average"
    return f" · usually ready {texts.moment(view.expected_at)}{basis}"


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
