"""Cards and captions for reels: a title on a dark ground, and a line of text to be laid over a clip.

They come as PNG bytes of the size asked for; joining.py takes them as files. Drawn in a thread.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from bot.media.drawing.fonts import FOLDERS, Type

GROUND, GROUND_BELOW = (24, 25, 29), (16, 17, 20)
TEXT, QUIET, ACCENT = (242, 243, 245), (164, 168, 176), (240, 178, 50)
SHADE = (12, 13, 16, 176)
SMOOTH = 4
"""How many times larger a shape is drawn before it is shrunk, for its edges."""

Size = tuple[int, int]


async def title_card(text: str, subtitle: str, size: Size, folders: Sequence[Path] = FOLDERS) -> bytes:
    """A PNG of `size` pixels with up to three lines of title and one below; what no font has is left out."""
    return await asyncio.to_thread(_title_card, text, subtitle, size, folders)


async def caption(text: str, size: Size, folders: Sequence[Path] = FOLDERS) -> bytes:
    """A PNG of `size` pixels, clear but for up to two lines of text at the bottom left on a shade."""
    return await asyncio.to_thread(_caption, text, size, folders)


def ground(size: Size) -> Image.Image:
    """A dark picture, a little darker towards the bottom."""
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), GROUND)
    strip.putpixel((0, 1), GROUND_BELOW)
    return strip.resize(size, Image.Resampling.BILINEAR)


def rounded(size: Size, radius: float) -> Image.Image:
    """A mask of a rectangle with round and smooth corners."""
    mask, across = Image.new("L", size, 255), min(2 * round(radius), *size)
    circle = Image.new("L", (across * SMOOTH, across * SMOOTH))
    ImageDraw.Draw(circle).ellipse((0, 0, circle.width - 1, circle.height - 1), fill=255)
    circle, half = circle.resize((across, across), Image.Resampling.LANCZOS), across // 2
    for x, from_x in ((0, 0), (size[0] - half, across - half)):
        for y, from_y in ((0, 0), (size[1] - half, across - half)):
            mask.paste(circle.crop((from_x, from_y, from_x + half, from_y + half)), (x, y))
    return mask


def as_png(image: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _unit(size: Size) -> float:
    """What all sizes on a card are multiples of, so that it looks the same in 720p and 1080p, upright or not."""
    return min(size[1], size[0] * 0.75) / 100


def _title_card(text: str, subtitle: str, size: Size, folders: Sequence[Path]) -> bytes:
    image, kind, unit = ground(size), Type(folders), _unit(size)
    draw, width = ImageDraw.Draw(image), size[0] * 0.84
    lines = kind.lines(text, 9 * unit, width, 3)
    below = kind.line(subtitle, 4.2 * unit, width)
    height = len(lines) * 11 * unit + (9 * unit if below is not None else 0)
    y = (size[1] - height) / 2
    for line in lines:
        line.draw(draw, (size[0] - line.width) / 2, y + 8.2 * unit, TEXT)
        y += 11 * unit
    if below is not None:
        if lines:
            draw.rectangle((size[0] / 2 - 5 * unit, y + 1.6 * unit, size[0] / 2 + 5 * unit, y + 2 * unit), fill=ACCENT)
        below.draw(draw, (size[0] - below.width) / 2, y + 7.8 * unit, QUIET)
    return as_png(image)


def _caption(text: str, size: Size, folders: Sequence[Path]) -> bytes:
    image, unit = Image.new("RGBA", size), _unit(size)
    lines = Type(folders).lines(text, 4.6 * unit, size[0] * 0.8, 2)
    if lines:
        width = round(max(line.width for line in lines) + 4 * unit)
        height = round(len(lines) * 6 * unit + 2.4 * unit)
        left, top = round(3 * unit), round(size[1] - 4 * unit - height)
        image.paste(SHADE, (left, top), rounded((width, height), 1.6 * unit))
        draw = ImageDraw.Draw(image)
        for at, line in enumerate(lines):
            line.draw(draw, left + 2 * unit, top + (5.9 + 6 * at) * unit, (*TEXT, 255))
    return as_png(image)
