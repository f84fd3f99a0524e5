"""The chunks of a PNG file (W3C, PNG, third edition, 5 and 11), and mending pixels that end a little early. Pure."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from bot.media.pictures.pared import LARGEST_EXIF, LARGEST_PROFILE, Broken, Pared, unpacked

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 100_000

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of Adam7: first column and row, and the steps from there."""
_PIECE = 4096
_AS_ABOVE = 2
"""The filter that gives a row of zeros the pixels of the row above."""


def pare(data: bytes) -> Pared:
    """Header, palette, transparency and pixels, with check sums of our own; raises Broken without any of it."""
    kept: dict[bytes, bytes] = {}
    pixels, profile, exif, name = [], None, None, b""
    for name, body, sound in _chunks(data):
        if name == b"IDAT":
            pixels.append(body)
        elif name == b"IHDR" and name in kept:
            raise Broken("two headers")
        elif name in {b"IHDR", b"PLTE"} or (name == b"tRNS" and sound):
            kept.setdefault(name, body)
        elif name == b"iCCP":
            profile = profile or _profile(body)
        elif name == b"eXIf" and len(body) <= LARGEST_EXIF:
            exif = exif or b"Exif\0\0" + body
    if b"IHDR" not in kept or not pixels:
        raise Broken("no header or no pixels")
    order = [(each, kept[each]) for each in (b"IHDR", b"PLTE", b"tRNS") if each in kept]
    return Pared(_file([*order, (b"IDAT", b"".join(pixels))]), profile, exif, name == b"IEND")


def mend(pared: bytes, most_missing: float) -> bytes | None:
    """The same file with its last pixels made up, as like those above as can be.

    None where more than the share of `most_missing` is not there, or cannot be unpacked.
    """
    chunks = [(name, body) for name, body, _ in _chunks(pared)]
    header, (_, packed) = chunks[0][1], chunks[-2]
    total, row = _lengths(header)
    packer, length = zlib.compressobj(1), 0
    fresh = []
    for piece in _unpack(packed):
        fresh.append(packer.compress(piece[: total - length]))
        length = min(total, length + len(piece))
        if length == total:
            break
    if not total or total - length > most_missing * total:
        return None
    rest = bytes(-length % row if row else total - length)
    rows = (total - length - len(rest)) // row if row else 0
    fresh += [packer.compress(rest), packer.compress((bytes([_AS_ABOVE]) + bytes(row - 1)) * rows), packer.flush()]
    return _file([*chunks[:-2], (b"IDAT", b"".join(fresh))])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """(Name, body, whether its check sum is right); the last one may be cut off, and then there is no IEND."""
    at = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            return
        length, name = struct.unpack_from(">I4s", data, at)
        if not name.isalpha():
            return
        body = data[at + 8 : at + 8 + length]
        yield name, body, data[at + 8 + length : at + 12 + length] == _check(name, body)
        if name == b"IEND":
            return
        at += 12 + length
    raise Broken("too many chunks")


def _check(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _file(chunks: list[tuple[bytes, bytes]]) -> bytes:
    parts = [SIGNATURE]
    for name, body in [*chunks, (b"IEND", b"")]:
        parts += [struct.pack(">I4s", len(body), name), body, _check(name, body)]
    return b"".join(parts)


def _profile(body: bytes) -> bytes | None:
    _, _, packed = body.partition(b"\0")
    return unpacked(packed[1:], LARGEST_PROFILE) if packed[:1] == b"\0" else None


def _lengths(header: bytes) -> tuple[int, int]:
    """Bytes of all rows with their filters, and of one row; 0 where rows differ, as they do when interlaced."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", header)
    bits = depth * _CHANNELS.get(colour, 0)
    if not interlaced:
        row = 1 + -(-width * bits // 8)
        return row * height, row
    total = 0
    for column, first, across, down in _PASSES:
        columns, rows = -(-(width - column) // across), -(-(height - first) // down)
        total += rows * (1 + -(-columns * bits // 8)) if columns > 0 and rows > 0 else 0
    return total, 0


def _unpack(packed: bytes) -> Iterator[bytes]:
    """As much as can be unpacked, whatever the window and the check sum are said to be."""
    packed = b"\x78\x01" + packed[2:]
    unpacker = zlib.decompressobj()
    for at in range(0, len(packed), _PIECE):
        before = unpacker.copy()
        try:
            yield unpacker.decompress(packed[at : at + _PIECE])
        except zlib.error:
            # What came before the damage is given up by an error: it is taken byte by byte.
            yield from _byte_by_byte(before, packed[at : at + _PIECE])
            return


def _byte_by_byte(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    for at in range(len(packed)):
        try:
            yield unpacker.decompress(packed[at : at + 1])
        except zlib.error:
            return
