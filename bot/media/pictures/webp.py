"""The chunks of a WebP file (RFC 9649, 2.3 to 2.7), also where their sizes are wrong. Pure."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Set

from bot.media.pictures.pared import LARGEST_EXIF, LARGEST_PROFILE, Broken, Pared

MOST_CHUNKS = 10_000
_HEAD, _FRAME_HEAD = 12, 16
_PIXELS: Set[bytes] = {b"ANMF", b"VP8 ", b"VP8L"}
_EXIF = b"Exif\0\0"
_FEW = 16
"""Bytes that may always be missing, however small the picture is."""
_BEYOND = 1024
"""Zeros after those in the place of what is missing: a decoder may need more of them than of the real bytes."""
_ALPHA, _ANIMATION = 0x10, 0x02


def pare(data: bytes, most_missing: float) -> Pared:
    """The first picture of the file and its transparency, in a file whose sizes are right.

    Raises Broken without pixels, and where more than the share of `most_missing` of them is cut off.
    """
    found: dict[bytes, bytes] = {}
    for name, body, missing in _chunks(data):
        if name in _PIXELS and not _PIXELS & found.keys():
            if missing > max(_FEW, int(most_missing * len(body))):
                raise Broken("more than the end is missing")
            found[name] = body
        elif name in {b"VP8X", b"ALPH", b"ANIM", b"ICCP", b"EXIF"}:
            found.setdefault(name, body)
    frames = [name for name in sorted(_PIXELS) if name in found][:1]
    extended = found.get(b"VP8X", b"")
    if not frames:
        raise Broken("no pixels")
    kept: list[bytes] = [*frames]
    if len(extended) >= 10:
        before = {b"ANMF": [b"ANIM"], b"VP8 ": [b"ALPH"]}.get(frames[0], [])
        kept = [b"VP8X", *(name for name in before if name in found), *frames]
        found[b"VP8X"] = _flags(extended, kept) + extended[1:10]
    body = b"WEBP" + b"".join(_chunk(name, found[name]) for name in kept)
    profile, exif = found.get(b"ICCP", b""), found.get(b"EXIF", b"")
    exif = exif if exif.startswith(_EXIF) else _EXIF + exif
    return Pared(
        b"RIFF" + struct.pack("<I", len(body)) + body,
        profile if 0 < len(profile) <= LARGEST_PROFILE else None,
        exif if len(_EXIF) < len(exif) <= LARGEST_EXIF else None,
    )


def is_lossless(data: bytes) -> bool:
    """Whether the first picture of the file is; False where there is none."""
    with contextlib.suppress(Broken):
        for name, body, _ in _chunks(data):
            if name in _PIXELS:
                return (body[_FRAME_HEAD : _FRAME_HEAD + 4] if name == b"ANMF" else name) == b"VP8L"
    return False


def _flags(extended: bytes, kept: list[bytes]) -> bytes:
    alpha = _ALPHA if b"ALPH" in kept else extended[0] & _ALPHA
    return bytes([alpha | (_ANIMATION if b"ANMF" in kept else 0)])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """(Name, body, how many bytes of it are cut off); what is cut off is made up of zeros if it is not much."""
    at = _HEAD
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            return
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8 : at + 8 + size]
        missing = size - len(body)
        yield name, body + bytes(missing + _BEYOND if 0 < missing <= len(body) else 0), missing
        at += 8 + size + size % 2
    raise Broken("too many chunks")


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
