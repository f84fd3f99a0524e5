"""The segments of a JPEG file, also of a malformed one; ITU T.81, annex B. Pure.

What other programs show is taken: stray and fill bytes between segments, no end, segments of any size and number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.media.pictures.pared import LARGEST_PROFILE, Broken, Pared

BEGIN, END = b"\xff\xd8", b"\xff\xd9"
# Start-of-frame markers carry the size; C4, C8 and CC share their range but mean something else (table B.1).
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA
MOST_SEGMENTS = 4096
MOST_SCANS = 100
"""A progressive picture has about ten; each costs a walk over all of its pixels."""

_END = 0xD9
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_PIECE_HEAD = 14
"""Bytes before a piece of a profile: a name, the number of the piece, and how many there are."""
_COLOURS = ((0xE0, b"JFIF\0", 14), (0xEE, b"Adobe", 12))
"""What says how the colours are coded, and how long it is at least: shorter ones say nothing."""
# Neither what stands for 0xFF among the pixels, nor restarts, nor markers that no table knows.
_MARKER = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")

_STRAY = re.compile(rb"\xff[\x01-\xbf]")
"""Among pixels, 0xFF is followed by a zero or is a marker."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`data[begin:end]` with its marker, `body` without marker and length; a scan with the pixels that follow it."""

    marker: int
    begin: int
    body: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """All segments up to the end of the picture, which is one as well; what lies between them is passed over."""
    at = len(BEGIN)
    for _ in range(MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return
        begin, marker = found.start(), found[1][0]
        if marker == _END:
            yield Segment(marker, begin, begin + 2, begin + 2)
            return
        body, end = begin + 4, begin + 2 + int.from_bytes(data[begin + 2 : begin + 4], "big")
        if end < body:  # no segment is so short: bytes that went astray
            at = begin + 2
            continue
        if end > len(data):
            return
        if marker == SCAN:
            following = _MARKER.search(data, end)
            end = len(data) if following is None else following.start()
        yield Segment(marker, begin, body, end)
        at = end
    raise Broken("too many segments")


def pare(data: bytes) -> Pared:
    """The segments that make the pixels; raises Broken where there are none.

    A file without its end gets one, if all that makes the picture up had at least begun.
    """
    kept, pieces, exif, detail, whole = [BEGIN], dict[int, bytes](), None, _Detail(), False
    for segment in segments(data):
        body = data[segment.body : segment.end] if segment.marker != SCAN else data[segment.body : segment.body + 32]
        if segment.marker in FRAMES | _TABLES | {SCAN} or _says_colours(segment.marker, body):
            kept.append(data[segment.begin : segment.body])
            kept.append(_STRAY.sub(b"", data[segment.body : segment.end]) if segment.marker == SCAN else body)
            detail.note(segment.marker, body)
        elif segment.marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif = exif or body
        elif segment.marker == 0xE2 and body.startswith(b"ICC_PROFILE\0") and len(body) > _PIECE_HEAD:
            pieces[body[_PIECE_HEAD - 2]] = body[_PIECE_HEAD:]
        whole = segment.marker == _END
    if not 0 < detail.scans <= MOST_SCANS:
        raise Broken("no scan, or far too many")
    if not whole and not detail.is_full:
        raise Broken("more than the end is missing")
    profile = b"".join(pieces[number] for number in sorted(pieces))
    return Pared(b"".join([*kept, END]), profile if 0 < len(profile) <= LARGEST_PROFILE else None, exif, whole)


def _says_colours(marker: int, body: bytes) -> bool:
    return any(marker == wanted and body.startswith(begin) and len(body) >= least for wanted, begin, least in _COLOURS)


class _Detail:
    """How far the scans have come with each component's 64 coefficients: how many of their low bits are missing."""

    def __init__(self) -> None:
        self.scans = 0
        self._missing: dict[int, list[int]] = {}

    def note(self, marker: int, body: bytes) -> None:
        """Take one segment into account; `body` is what follows its length."""
        if marker in FRAMES and len(body) >= 6:
            self._missing = {body[6 + 3 * n]: [16] * 64 for n in range(min(body[5], 4)) if 6 + 3 * n < len(body)}
        if marker != SCAN or not body:
            return
        self.scans += 1
        count = body[0]
        if len(body) < 4 + 2 * count:
            return
        first, last, bits = body[1 + 2 * count], body[2 + 2 * count], body[3 + 2 * count] & 15
        for n in range(count):
            if (left := self._missing.get(body[1 + 2 * n])) is not None:
                left[first : last + 1] = [bits] * max(0, min(last, 63) + 1 - first)

    @property
    def is_full(self) -> bool:
        """Whether all scans have at least begun."""
        return bool(self._missing) and not any(any(left) for left in self._missing.values())
