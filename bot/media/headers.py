"""What the first bytes of a picture announce: its type and size, without decoding anything.

Only PNG, JPEG and WebP are known; everything else is None. Judging the numbers, and the decoding, is images.py.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["PNG", "JPEG", "WEBP"]
"""The types that are taken, spelled as Pillow spells them."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers carry the size; C4, C8 and CC share their range but mean something else (ITU T.81, table B.1).
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_BARE = frozenset(range(0xD0, 0xD8)) | {0x01}
JPEG_SCAN, JPEG_END = 0xDA, 0xD9


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself; `width` and `height` in pixels, both 0 where no size could be read."""

    kind: Kind
    width: int
    height: int
    lossless: bool


def read_header(data: bytes) -> Header | None:
    """Tell type and size from the bytes alone; None for a type that is not taken. Never raises."""
    if data.startswith(PNG_SIGNATURE):
        return Header("PNG", *_png_size(data), lossless=True)
    if data.startswith(b"\xff\xd8\xff"):
        return Header("JPEG", *_jpeg_size(data), lossless=False)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Header("WEBP", *_webp_size(data), lossless=_webp_lossless(data))
    return None


def _png_size(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return 0, 0
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, at in _jpeg_segments(data):
        if marker in JPEG_FRAMES and at + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
    return 0, 0


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Markers before the first scan, each with the place of its 0xFF; each step goes forward by two bytes or more."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in JPEG_BARE:
            at += 2
        elif marker in {JPEG_SCAN, JPEG_END}:
            return
        else:
            yield marker, at
            at += 2 + max(2, int(struct.unpack_from(">H", data, at + 2)[0]))


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


def _webp_lossless(data: bytes) -> bool:
    at = 12
    while at + 8 <= len(data):
        form, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if form in {b"VP8L", b"VP8 "}:
            return form == b"VP8L"
        # An animation's frame is a chunk with 16 bytes of its own before the picture's chunks.
        at += 8 + 16 if form == b"ANMF" else 8 + size + size % 2
    return False
