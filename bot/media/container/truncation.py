"""Whether a file is the beginning of a longer one, by the sizes that it names itself. Nothing is decoded."""

from __future__ import annotations

import io
from enum import StrEnum
from typing import BinaryIO

from bot.media.container.sniffing import Kind

BOX_LIMIT = 20_000
_TABLES = frozenset({b"moov", b"moof"})
_SEGMENT = b"\x18\x53\x80\x67"


class Cut(StrEnum):
    """What is missing: nothing that is known of, perhaps frames (a decoder will tell), or certainly something."""

    NOT = "not"
    PERHAPS = "perhaps"
    CERTAINLY = "certainly"


def look_for_cut(file: BinaryIO, kind: Kind) -> Cut:
    """Whether something is missing behind the end of this open file of MP4 boxes or Matroska elements."""
    size = file.seek(0, io.SEEK_END)
    if kind is Kind.ISO:
        return _cut_in_boxes(file, size)
    return Cut.CERTAINLY if kind is Kind.MATROSKA and _segment_is_cut(file, size) else Cut.NOT


def _cut_in_boxes(file: BinaryIO, size: int) -> Cut:
    at, seen, found = 0, set(), Cut.NOT
    for _ in range(BOX_LIMIT):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        elif length == 0:
            length = size - at
        if length < 8:
            break  # no box any more: bytes that somebody put behind the last one
        if at + length > size and name in _TABLES:
            return Cut.CERTAINLY
        if at + length > size and name == b"mdat":
            found = Cut.PERHAPS
        seen.add(name)
        at += length
    # A movie whose table of frames comes last has lost it with the rest.
    if not seen & _TABLES:
        return Cut.CERTAINLY
    return found if b"mdat" in seen else Cut.PERHAPS


def _segment_is_cut(file: BinaryIO, size: int) -> bool:
    """By the length of the one element that holds all others (RFC 8794, 4 to 6); one left open tells nothing."""
    file.seek(0)
    data = file.read(4096)
    head_size, start = _length(data, 4)
    if head_size is None or data[start + head_size : start + head_size + 4] != _SEGMENT:
        return False
    length, begins = _length(data, start + head_size + 4)
    return length is not None and begins + length > size


def _length(data: bytes, at: int) -> tuple[int | None, int]:
    """A length at this place, None where it is left open or is none, and where what it measures begins."""
    first = data[at] if at < len(data) else 0
    width = 9 - first.bit_length()
    if width > 8:
        return None, at
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width
