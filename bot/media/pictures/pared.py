"""Picture files cut down to what their pixels need, before a decoder reads them. Pure; blocking.

Decoders fail over profiles, comments and embedded pictures, and none of these is kept anyway. How it is
cut out of each type of file is in png.py, jpeg.py and webp.py; the decoding itself is in reencode.py.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

LARGEST_PROFILE = 8 * 1024 * 1024
"""Bytes of a colour profile, unpacked; those of printing presses have two or three million."""
LARGEST_EXIF = 1024 * 1024


class Broken(Exception):
    """The picture cannot be decoded to its end, or is not what its header says."""


@dataclass(frozen=True, slots=True)
class Pared:
    """A file of the same type with the same pixels, and what is needed to show them right.

    `profile` is an ICC profile, `exif` begins with `Exif` and two zeros. Not `whole` is a file whose end is missing:
    its last pixels are a guess.
    """

    data: bytes
    profile: bytes | None = None
    exif: bytes | None = None
    whole: bool = True


def unpacked(packed: bytes, most: int) -> bytes | None:
    """What zlib packed; None if that is damaged or more than `most` bytes, of which no more are ever unpacked."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, most)
    except zlib.error:
        return None
    return data if unpacker.eof else None
