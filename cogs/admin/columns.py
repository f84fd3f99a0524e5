"""Columns of text in a fixed pitch, for code blocks. What stands in them does not belong here."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_BETWEEN = "  "


def aligned(rows: Sequence[Sequence[str]], *, left: int, widest: int) -> str:
    """Rows below each other: the column `left` flush left and no wider than `widest`, all others flush right."""
    cut = [[shortened(cell, widest) if at == left else harmless(cell) for at, cell in enumerate(row)] for row in rows]
    widths = [max(width_of(cell) for cell in column) for column in zip(*cut, strict=True)]
    lines = []
    for row in cut:
        cells = []
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            blank = " " * (width - width_of(cell))
            cells.append(_apart(cell) + blank if at == left else blank + cell)
        lines.append(_BETWEEN.join(cells).rstrip())
    return "\n".join(lines)


def width_of(text: str) -> int:
    """How many places a text takes: two for each wide letter of East Asia, none for what stands on another."""
    return sum(_width(letter) for letter in text)


def shortened(text: str, widest: int) -> str:
    """A text of at most so many places."""
    text = harmless(text)
    if width_of(text) <= widest:
        return text
    while width_of(text) > widest - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def harmless(text: str) -> str:
    """The text in one line, with nothing that ends a code block."""
    return " ".join(text.replace("`", "'").split())


def _apart(text: str) -> str:
    """The text, isolated where it is written from right to left: it would turn the numbers behind it round."""
    backwards = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    return f"\u2068{text}\u2069" if backwards else text


def _width(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
