"""What the first bytes of a picture announce: its type and size, without decoding anything.

Only PNG, JPEG and WebP are known; everything else is None. Judging the numbers, and the decoding, is images.py.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass
from typing import Literal

from bot.media.pictures import jpeg, png, webp
from bot.media.pictures.pared import Broken

Kind = Literal["PNG", "JPEG", "WEBP"]
"""The types that are taken, spelled as Pillow spells them."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself; `width` and `height` in pixels, both 0 where no size could be read."""

    kind: Kind
    width: int
    height: int
    lossless: bool


def read_header(data: bytes) -> Header | None:
    """Tell type and size from the bytes alone; None for a type that is not taken. Never raises."""
    if data.startswith(png.SIGNATURE):
        return Header("PNG", *_png_size(data), lossless=True)
    if data.startswith(jpeg.BEGIN) and (data[2:3] == b"\xff" or _jpeg_size(data) != (0, 0)):
        return Header("JPEG", *_jpeg_size(data), lossless=False)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Header("WEBP", *_webp_size(data), lossless=webp.is_lossless(data))
    return None


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return 0, 0
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    with contextlib.suppress(Broken):
        for segment in jpeg.segments(data):
            if segment.marker in jpeg.FRAMES and segment.body + 5 <= segment.end:
                height, width = struct.unpack_from(">HH", data, segment.body + 1)
                return width, height
            if segment.marker == jpeg.SCAN:
                break
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    form = data[12:16]
    if form == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if form == b"VP8L" and len(data) >= 25 and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 " and len(data) >= 30 and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0
