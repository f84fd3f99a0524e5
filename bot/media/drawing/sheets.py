"""Contact sheets: the clips of a round side by side, with who asked for each and how many voted for it.

A sheet is a PNG of 1280 pixels' width; Discord shows it at about 550, so nothing on it is smaller than 28. Posters come
from stills.py. Drawn in a thread.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from bot.media.drawing.cards import ACCENT, QUIET, SMOOTH, TEXT, as_png, ground, rounded
from bot.media.drawing.fonts import FOLDERS, Type

WIDTH = 1280
MOST = 9
MARGIN, GAP = 28, 20
HEADING = 76
"""Pixels for the heading, if there is one; and below each picture for two lines of text."""
BELOW = 92

NAME_SIZE, EXCERPT_SIZE, BADGE_SIZE = 32, 28, 34
CORNER, FRAME = 14, 7
SHADE, BARS, EMPTY, MARK = (12, 13, 16), (33, 35, 40), (43, 45, 52), (92, 96, 106)
ON_ACCENT = (28, 22, 8)


@dataclass(frozen=True, slots=True)
class Cell:
    """One clip on a sheet; `poster` is a JPEG or PNG, None while there is none. `votes` None shows no count."""

    number: int
    poster: Path | None = None
    name: str = ""
    excerpt: str = ""
    votes: int | None = None
    winner: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Where things are, in pixels: `picture` is the size of each of `count` pictures."""

    count: int
    columns: int
    rows: int
    picture: tuple[int, int]
    top: int
    below: int

    @property
    def size(self) -> tuple[int, int]:
        """The whole sheet."""
        return WIDTH, self.top + self.rows * (self.picture[1] + self.below) + (self.rows - 1) * GAP + MARGIN

    def corner(self, index: int) -> tuple[int, int]:
        """The upper left of a cell's picture."""
        row, column = divmod(index, self.columns)
        width, height = self.picture
        # A last row that is not full stands in the middle.
        in_row = min(self.columns, self.count - row * self.columns)
        indent = (WIDTH - in_row * width - (in_row - 1) * GAP) // 2
        return indent + column * (width + GAP), self.top + row * (height + self.below + GAP)


async def sheet(cells: Sequence[Cell], heading: str = "", folders: Sequence[Path] = FOLDERS) -> bytes:
    """Draw up to nine cells as a PNG; ValueError for none or more. A poster that cannot be read is left grey."""
    if not 0 < len(cells) <= MOST:
        raise ValueError(f"a sheet has 1 to {MOST} cells")
    return await asyncio.to_thread(_sheet, cells, heading, folders)


def plan_grid(cells: Sequence[Cell], heading: str) -> Grid:
    """Up to three columns of 16:9 pictures, with room for text only where a cell has one."""
    columns = {1: 1, 2: 2, 4: 2}.get(len(cells), 3)
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) // columns
    below = BELOW if any(cell.name or cell.excerpt for cell in cells) else 0
    top = MARGIN + (HEADING if heading else 0)
    rows = math.ceil(len(cells) / columns)
    return Grid(len(cells), columns, rows, (width, width * 9 // 16), top, below)


def _sheet(cells: Sequence[Cell], heading: str, folders: Sequence[Path]) -> bytes:
    grid, kind = plan_grid(cells, heading), Type(folders)
    image = ground(grid.size)
    draw = ImageDraw.Draw(image)
    title = kind.line(heading, 40, WIDTH - 2 * MARGIN)
    if title is not None:
        title.draw(draw, MARGIN, MARGIN + 44, TEXT)
    for index, cell in enumerate(cells):
        _draw_cell(image, kind, cell, grid.corner(index), grid.picture)
    return as_png(image)


def _draw_cell(image: Image.Image, kind: Type, cell: Cell, at: tuple[int, int], size: tuple[int, int]) -> None:
    (x, y), (width, height) = at, size
    if cell.winner:
        image.paste(ACCENT, (x - FRAME, y - FRAME), rounded((width + 2 * FRAME, height + 2 * FRAME), CORNER + FRAME))
    image.paste(_picture(cell.poster, size), at, rounded(size, CORNER))
    _badge(image, kind, str(cell.number), (x + 12, y + 12), winner=cell.winner)
    if cell.votes is not None:
        _badge(image, kind, str(cell.votes), (x + width - 12, y + 12), winner=cell.winner, arrow=True)
    draw = ImageDraw.Draw(image)
    lines = (kind.line(cell.name, NAME_SIZE, width), kind.line(cell.excerpt, EXCERPT_SIZE, width))
    baseline = y + height + 42
    for line, colour in zip(lines, (ACCENT if cell.winner else TEXT, QUIET), strict=True):
        if line is not None:
            line.draw(draw, x + 2, baseline, colour)
            baseline += 38


def _picture(poster: Path | None, size: tuple[int, int]) -> Image.Image:
    """The poster in a frame of this size: cut to it where it lies, whole between bars where it stands upright."""
    if poster is not None:
        try:
            with Image.open(poster, formats=("JPEG", "PNG")) as opened:
                opened.draft("RGB", (size[0], size[1]))
                shown = opened.convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return _empty(size)
        if shown.width >= shown.height:
            return ImageOps.fit(shown, size, Image.Resampling.LANCZOS)
        return ImageOps.pad(shown, size, Image.Resampling.LANCZOS, color=BARS)
    return _empty(size)


def _empty(size: tuple[int, int]) -> Image.Image:
    """A grey frame with the mark of a film to come."""
    image, reach = Image.new("RGB", size, EMPTY), size[1] // 7
    mask = Image.new("L", (2 * reach * SMOOTH, 2 * reach * SMOOTH))
    points = [(0.35, 0.1), (0.35, 1.9), (1.9, 1.0)]
    ImageDraw.Draw(mask).polygon([(x * reach * SMOOTH, y * reach * SMOOTH) for x, y in points], fill=255)
    mask = mask.resize((2 * reach, 2 * reach), Image.Resampling.LANCZOS)
    image.paste(MARK, (size[0] // 2 - reach, size[1] // 2 - reach), mask)
    return image


def _badge(
    image: Image.Image, kind: Type, text: str, at: tuple[int, int], *, winner: bool, arrow: bool = False
) -> None:
    """A pill with a number; with an arrow it ends at `at`, for the votes, else it begins there."""
    line = kind.line(text, BADGE_SIZE)
    if line is None:
        return
    height, room = 50, 34 if arrow else 0
    width = max(height, round(line.width) + 28 + room)
    x, y = (at[0] - width if arrow else at[0]), at[1]
    ground_colour, ink = (ACCENT, ON_ACCENT) if winner else (SHADE, TEXT)
    mask = rounded((width, height), height / 2)
    image.paste(ground_colour, (x, y), mask if winner else mask.point(lambda value: value * 9 // 10))
    draw = ImageDraw.Draw(image)
    if arrow:
        draw.polygon([(x + 16, y + 34), (x + 27, y + 16), (x + 38, y + 34)], fill=ink)
    line.draw(draw, x + (width + room - line.width) / 2, y + 37, ink)
