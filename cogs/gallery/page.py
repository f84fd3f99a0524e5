"""A board: one page of clips as a picture, and below it what the picture cannot hold. Components V2."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.library.library import PAGE
from bot.models import RankedClip
from bot.storage.browsing import Order
from cogs.core import texts
from cogs.core.components import ALT_LENGTH, PersistentItem, jump, turns
from cogs.core.quoting import plain, quoted
from cogs.i18n.words import Translation
from cogs.video.lookup import Where

TEMPLATE = r"rushes:board-[pn]:(?P<where>[a-z]+):(?P<order>[a-z]+):(?P<locale>[A-Za-z-]{2,5}):(?P<page>\d{1,6})"
FILE_NAME = "contact-sheet.png"
_COLOUR = 0xF0B232


@dataclass(frozen=True, slots=True)
class Board:
    """Which clips are asked for; `locale` is the language of whoever asked first, and stays when others turn pages."""

    where: Where
    order: Order
    locale: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page holds; `picture` is a PNG, None where none could be drawn. `channel_id` None: the reader's own."""

    clips: Sequence[RankedClip]
    pages: int
    channel_id: int | None
    picture: bytes | None = None


def number(board: Board, index: int) -> int:
    """What a clip is called on the picture and in the list: its place on the whole board, from 1."""
    return board.page * PAGE + index + 1


def board_layout(board: Board, shown: Shown, button: type[PersistentItem], t: Translation) -> ui.LayoutView:
    """The whole message; its picture is attached as FILE_NAME."""
    layout = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_COLOUR)
    container.add_item(ui.TextDisplay(_heading(board, shown, t)))
    if shown.picture is not None:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        hidden = any(clip.job.request.spoiler for clip in shown.clips)
        description = alt_text(board, shown, t)
        gallery.add_item(media=f"attachment://{FILE_NAME}", description=description, spoiler=hidden)
        container.add_item(gallery)
    lines = [_line(number(board, index), clip, t) for index, clip in enumerate(shown.clips)]
    if lines:
        container.add_item(ui.TextDisplay("\n".join(lines)))
    row = turns(
        button,
        t,
        board.page,
        shown.pages,
        lambda way, page: f"rushes:board-{way}:{board.where}:{board.order}:{board.locale}:{page}",
    )
    if row is not None:
        container.add_item(row)
    layout.add_item(container)
    return layout


def alt_text(board: Board, shown: Shown, t: Translation) -> str:
    """The picture in words, for those who cannot see it."""
    named = [f"{number(board, index)}: {plain(clip.job.request.prompt, 80)}" for index, clip in enumerate(shown.clips)]
    return plain(t("board.alt", clips="; ".join(named)), ALT_LENGTH)


def board_note(text: str) -> ui.LayoutView:
    """A board that has nothing to show yet, or no more."""
    layout = ui.LayoutView(timeout=None)
    layout.add_item(ui.TextDisplay[Any](text))
    return layout


def board_file(picture: bytes) -> discord.File:
    """The picture as an attachment."""
    return discord.File(io.BytesIO(picture), filename=FILE_NAME)


def _heading(board: Board, shown: Shown, t: Translation) -> str:
    if shown.channel_id is None:
        title = t("board.heading.mine")
    else:
        title = t("board.heading.place", place=f"<#{shown.channel_id}>")
    order = t("board.order.votes") if board.order is Order.VOTES else t("board.order.newest")
    facts = [order]
    if shown.pages > 1:
        facts.append(t("board.page", page=board.page + 1, pages=shown.pages))
    return f"{title}\n-# {' · '.join(facts)}"


def _line(place: int, clip: RankedClip, t: Translation) -> str:
    job = clip.job
    facts = [f"<@{job.target.user_id}>", texts.moment(job.created_at)]
    if clip.votes:
        facts.insert(1, t("board.votes", count=clip.votes))
    if job.result_message_id is not None:
        facts.append(t("board.jump", jump=jump(job)))
    return f"**{place}** {quoted(job.request.prompt, 80)}\n-# {' · '.join(facts)}"
