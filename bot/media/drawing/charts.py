"""Charts: how much there was on each of many days, and how it is shared. What is counted is not known here.

A chart is a PNG of 1280 pixels' width; Discord shows it at about 550, so nothing on it is smaller than 28. Drawn in a
thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

from PIL import Image, ImageDraw

from bot.media.drawing.cards import ACCENT, QUIET, TEXT, as_png, ground, rounded
from bot.media.drawing.fonts import FOLDERS, Line, Type
from bot.media.drawing.sheets import BARS, EMPTY, MARK

WIDTH, MARGIN = 1280, 40
TITLE_SIZE, NAME_SIZE, LABEL_SIZE = 42, 34, 30
MOST_BARS, MOST_SHARES = 60, 9
PLOT_TOP, PLOT_HEIGHT, PLOT_BELOW = 172, 330, 60
SHARES_HEADING, SHARE_HEIGHT = 104, 62
NAME_WIDTH, VALUE_WIDTH, THICK = 440, 250, 36
_APART = 36
"""Pixels between two labels under the bars."""
_CORNER = 8

Words = tuple[str, ...]
"""A text, and what is written where no font here has its letters: the first that can be drawn is."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, or several, upright; not every label is drawn where there are many."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the whole, lying; `written` stands at its end."""

    name: Words
    value: int
    written: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars with a title and a line below it, and the shares below them with a title of their own."""

    title: Words
    subtitle: Words
    bars: Sequence[Bar]
    shares_title: Words
    shares: Sequence[Share]


async def chart(drawn: Chart, folders: Sequence[Path] = FOLDERS) -> bytes:
    """A PNG of 1 to MOST_BARS bars and up to MOST_SHARES shares; ValueError for any other number."""
    if not 0 < len(drawn.bars) <= MOST_BARS or len(drawn.shares) > MOST_SHARES:
        raise ValueError(f"a chart has 1 to {MOST_BARS} bars and up to {MOST_SHARES} shares")
    return await asyncio.to_thread(_chart, drawn, folders)


def plan_ticks(most: int) -> list[int]:
    """Round numbers from nought to one that is not below `most`: two to five of them, at equal distances."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if step * 4 >= most)
    return [step * number for number in range(max(1, -(-most // step)) + 1)]


def plan_labels(widths: Sequence[float], slot: float) -> list[int]:
    """Which labels to draw under bars that are `slot` pixels apart: the last, and as many before it, at equal
    distances, as do not touch each other."""
    every = 1
    while any(
        (after - before) * slot < (widths[before] + widths[after]) / 2 + _APART
        for after, before in pairwise(range(len(widths) - 1, -1, -every))
    ):
        every += 1
    return list(range(len(widths) - 1, -1, -every))


def height_of(shares: int) -> int:
    """The height of a chart with so many shares."""
    below = SHARES_HEADING + shares * SHARE_HEIGHT if shares else 0
    return PLOT_TOP + PLOT_HEIGHT + PLOT_BELOW + below + MARGIN


def _chart(drawn: Chart, folders: Sequence[Path]) -> bytes:
    kind, image = Type(folders), ground((WIDTH, height_of(len(drawn.shares))))
    draw = ImageDraw.Draw(image)
    width = WIDTH - 2 * MARGIN
    for words, size, baseline, colour in (
        (drawn.title, TITLE_SIZE, 76, TEXT),
        (drawn.subtitle, LABEL_SIZE, 122, QUIET),
        (drawn.shares_title if drawn.shares else (), TITLE_SIZE, height_of(0) + 40, TEXT),
    ):
        line = _first(kind, words, size, width)
        if line is not None:
            line.draw(draw, MARGIN, baseline, colour)
    _draw_bars(image, kind, drawn.bars)
    top, most = height_of(0) - MARGIN + SHARES_HEADING, max((share.value for share in drawn.shares), default=0)
    for index, share in enumerate(drawn.shares):
        _draw_share(image, kind, share, top + index * SHARE_HEIGHT, most)
    return as_png(image)


def _first(kind: Type, words: Words, size: float, width: float | None = None) -> Line | None:
    """The first of these that can be drawn."""
    return next((line for text in words if (line := kind.line(text, size, width)) is not None), None)


def _draw_bars(image: Image.Image, kind: Type, bars: Sequence[Bar]) -> None:
    draw, bottom = ImageDraw.Draw(image), PLOT_TOP + PLOT_HEIGHT
    ticks = plan_ticks(max(bar.value for bar in bars))
    scale = [kind.line(str(tick), LABEL_SIZE) for tick in ticks]
    left = MARGIN + round(max(line.width for line in scale if line is not None)) + 20
    for tick, line in zip(ticks, scale, strict=True):
        y = bottom - round(PLOT_HEIGHT * tick / ticks[-1])
        draw.rectangle((left, y - 1, WIDTH - MARGIN, y), fill=EMPTY if tick else MARK)
        if line is not None:
            line.draw(draw, left - 20 - line.width, y + 10, QUIET)
    slot = (WIDTH - MARGIN - left) / len(bars)
    thick = max(6, min(120, round(slot * 0.72)))
    for index, bar in enumerate(bars):
        x, height = round(left + slot * (index + 0.5) - thick / 2), round(PLOT_HEIGHT * bar.value / ticks[-1])
        if height:
            _block(image, (x, bottom - height, thick, height), ACCENT)
        else:  # a day without any is there all the same
            draw.rectangle((x, bottom - 5, x + thick, bottom - 1), fill=MARK)
    labels = [kind.line(bar.label, LABEL_SIZE) for bar in bars]
    for index in plan_labels([0.0 if line is None else line.width for line in labels], slot):
        if (line := labels[index]) is not None:
            middle = left + slot * (index + 0.5) - line.width / 2
            line.draw(draw, max(MARGIN, min(middle, WIDTH - MARGIN - line.width)), bottom + 44, QUIET)


def _draw_share(image: Image.Image, kind: Type, share: Share, top: int, most: int) -> None:
    draw, middle = ImageDraw.Draw(image), top + SHARE_HEIGHT // 2
    name = _first(kind, share.name, NAME_SIZE, NAME_WIDTH)
    if name is not None:
        name.draw(draw, MARGIN, middle + 12, TEXT)
    left, room = MARGIN + NAME_WIDTH + 24, WIDTH - 2 * MARGIN - NAME_WIDTH - VALUE_WIDTH - 48
    _block(image, (left, middle - THICK // 2, room, THICK), BARS)
    length = round(room * share.value / most) if most else 0
    if length:
        _block(image, (left, middle - THICK // 2, max(length, 4), THICK), ACCENT)
    written = kind.line(share.written, NAME_SIZE, VALUE_WIDTH)
    if written is not None:
        written.draw(draw, WIDTH - MARGIN - written.width, middle + 12, TEXT)


def _block(image: Image.Image, box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    """A rectangle of this left, top, width and height with its corners a little round."""
    x, y, width, height = box
    image.paste(colour, (x, y), rounded((width, height), min(_CORNER, width / 2, height / 2)))
