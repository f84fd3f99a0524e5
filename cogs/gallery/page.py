"""One page of the gallery: clips as a picture, and below it what the picture cannot hold. Components V2."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import ui

from bot.library.library import PAGE
from bot.models import ClipSort, RankedClip
from cogs.core import texts
from cogs.core.components import ALT_LENGTH, PersistentItem, attached_picture
from cogs.core.quoting import plain, quoted
from cogs.gallery.pages import turns
from cogs.i18n.words import Translation
from cogs.video.lookup import Where

TEMPLATE = r"rushes:board-[pn]:(?P<where>[a-z]+):(?P<order>[a-z]+):(?P<locale>[A-Za-z-]{2,5}):(?P<page>\d{1,6})"
FILE_NAME = "contact-sheet.png"
_COLOUR = 0xF0B232


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """Which clips are asked for; `locale` is the language of whoever asked first, and stays when others turn pages."""

    where: Where
    order: ClipSort
    locale: str
    number: int = 0

    def custom_id(self, way: str, number: int) -> str:
        """The custom id of a button that turns to another page of the same."""
        return f"rushes:board-{way}:{self.where}:{self.order}:{self.locale}:{number}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page holds; `picture` is a PNG, None where none could be drawn. `channel_id` None: the reader's own."""

    clips: Sequence[RankedClip]
    pages: int
    channel_id: int | None
    picture: bytes | None = None


def clip_number(page: GalleryPage, index: int) -> int:
    """What a clip is called on the picture and in the list: its place among all that are asked for, from 1."""
    return page.number * PAGE + index + 1


def gallery_layout(page: GalleryPage, shown: Shown, button: type[PersistentItem], t: Translation) -> ui.LayoutView:
    """The whole message; its picture is attached as FILE_NAME."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOUR)
    container.add_item(ui.TextDisplay(_heading(page, shown, t)))
    if shown.picture is not None:
        hidden = any(clip.job.request.spoiler for clip in shown.clips)
        container.add_item(attached_picture(FILE_NAME, alt_text(page, shown, t), spoiler=hidden))
    lines = [_line(clip_number(page, index), clip, t) for index, clip in enumerate(shown.clips)]
    if lines:
        container.add_item(ui.TextDisplay("\n".join(lines)))
    row = turns(button, t, page.number, shown.pages, page.custom_id)
    if row is not None:
        container.add_item(row)
    layout.add_item(container)
    return layout


def alt_text(page: GalleryPage, shown: Shown, t: Translation) -> str:
    """The picture in words, for those who cannot see it."""
    named = [
        f"{clip_number(page, index)}: {plain(clip.job.request.prompt, 80)}" for index, clip in enumerate(shown.clips)
    ]
    return plain(t("gallery.alt", clips="; ".join(named)), ALT_LENGTH)


def sheet_file(picture: bytes) -> discord.File:
    """The picture as an attachment."""
    return discord.File(io.BytesIO(picture), filename=FILE_NAME)


def _heading(page: GalleryPage, shown: Shown, t: Translation) -> str:
    if shown.channel_id is None:
        title = t("gallery.heading.mine")
    else:
        title = t("gallery.heading.place", place=f"<#{shown.channel_id}>")
    order = t("gallery.order.votes") if page.order is ClipSort.VOTES else t("gallery.order.newest")
    facts = [order]
    if shown.pages > 1:
        facts.append(t("gallery.page", page=page.number + 1, pages=shown.pages))
    return f"{title}\n-# {' · '.join(facts)}"


def _line(place: int, clip: RankedClip, t: Translation) -> str:
    job = clip.job
    facts = [f"<@{job.target.user_id}>", texts.moment(job.created_at)]
    if clip.votes:
        facts.insert(1, t("gallery.votes", count=clip.votes))
    if job.result_message_id is not None:
        facts.append(t("gallery.jump", jump=texts.clip_jump_url(job)))
    return f"**{place}** {quoted(job.request.prompt, 80)}\n-# {' · '.join(facts)}"
