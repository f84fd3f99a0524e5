"""The shape in which a clip is shown: pixels that are not square, and clips that lie on their side.

What the boxes say of it is for planning; what is done to pictures goes by FFmpeg's own reading, in which `sar` is the
width of a pixel over its height after a clip was turned upright.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import atan2, degrees, hypot
from pathlib import Path

from bot.errors import ClipUnusable
from bot.media.container.avc import read_usability
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.tracks import Coding, read_tracks

MOST = 4
"""Pixels wider or higher than by this are taken for square: that is a slip, and no picture grows without bound."""

SQUARE = Fraction(1)
PIXEL = f"if(between(sar,{1 / MOST},{MOST}),sar,1)"
"""FFmpeg's expression for width over height of a pixel, within bounds."""


def inspect_shown(path: Path) -> Mp4Facts:
    """inspect(), with the size in which the clip is shown; blocking, and raises what that does."""
    facts = inspect(path)
    try:
        width, height = shown_size(read_tracks(path).video.coding, facts.width, facts.height)
    except ClipUnusable:  # of a shape that cannot be told; its size as coded is still the best word for it
        return facts
    return replace(facts, width=width, height=height)


def shown_size(coding: Coding, width: int, height: int) -> tuple[int, int]:
    """The size in which `width` x `height` coded pixels are shown, upright and with square pixels."""
    wide = max(1, round(width * pixel_of(coding)))
    return (height, wide) if lies_on_side(coding) else (wide, height)


def pixel_of(coding: Coding) -> Fraction:
    """Width over height of a pixel, as FFmpeg decides it: by `pasp`, the size in the track's header, then H.264."""
    found = _in_pasp(coding) or _in_header(coding) or _in_stream(coding) or SQUARE
    return found if Fraction(1, MOST) <= found <= MOST else SQUARE


def lies_on_side(coding: Coding) -> bool:
    """Whether the matrix of the track's header turns it by a quarter, to either side."""
    if len(coding.placing) < 20:
        return False
    across, down = _signed(coding.placing, 0), _signed(coding.placing, 4)
    across_too, down_too = _signed(coding.placing, 12), _signed(coding.placing, 16)
    scale = hypot(across, across_too), hypot(down, down_too)
    if not all(scale):
        return False
    angle = abs(degrees(atan2(down / scale[1], across / scale[0])))
    return abs(angle - 90) < 1


def squared(*, on_side: bool) -> str:
    """Arguments of FFmpeg's `scale` that make pixels square, growing or shrinking the side that was coded as width."""
    if on_side:
        return f"w=iw:h='max(1,round(ih/{PIXEL}))'"
    return f"w='max(1,round(iw*{PIXEL}))':h=ih"


def _in_pasp(coding: Coding) -> Fraction | None:
    pasp = coding.setting(b"pasp") or b""
    across, down = int.from_bytes(pasp[:4], "big"), int.from_bytes(pasp[4:8], "big")
    return Fraction(across, down) if across and down else None


def _in_header(coding: Coding) -> Fraction | None:
    """By the display size at the end of `tkhd`, in whole pixels, where it is another than the coded one."""
    wide, high = (int.from_bytes(coding.placing[at : at + 2], "big") for at in (36, 40))
    width, height = coding.shape
    if not (wide and high and width and height) or (wide, high) == (width, height):
        return None
    return Fraction(height * wide, width * high)


def _in_stream(coding: Coding) -> Fraction | None:
    avc = coding.setting(b"avcC")
    return None if avc is None else read_usability(avc).pixel


def _signed(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big", signed=True)
