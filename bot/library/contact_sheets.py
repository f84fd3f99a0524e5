"""Contact sheets of clips: which posters go on one. Drawing it is in bot.media.drawing.sheets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.library.library import Library
from bot.media.drawing.sheets import MOST, Cell, sheet
from bot.models import Job

MOST_CLIPS = MOST
"""Clips that one sheet holds."""


@dataclass(frozen=True, slots=True)
class SheetClip:
    """A clip as it stands on a sheet; `name` says whose it is, and `votes` None shows no count."""

    number: int
    job: Job
    name: str
    excerpt: str
    votes: int | None = None
    winner: bool = False


async def contact_sheet(library: Library, clips: Sequence[SheetClip], heading: str = "") -> bytes:
    """One to MOST_CLIPS clips side by side, as a PNG; one without a poster is left grey."""
    posters = await asyncio.gather(*(library.poster(clip.job) for clip in clips))
    cells = [
        Cell(clip.number, poster, clip.name, clip.excerpt, clip.votes, clip.winner)
        for clip, poster in zip(clips, posters, strict=True)
    ]
    return await sheet(cells, heading)
