"""How long a track of an MP4 is: the sum of its frames' own lengths, since headers are often wrong or left empty.

Field places are those of ISO/IEC 14496-12: `stts` is 8.6.1.2, `mdhd` 8.4.2.
"""

from __future__ import annotations

import struct

from bot.errors import ClipUnusable
from bot.media.container.boxes import Box, BoxFile

UNSAID = frozenset({0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF})
"""All ones is how the format spells "unknown"."""


def table_duration(boxes: BoxFile, media_header: Box, table: Box) -> int:
    """The duration of the frames in a track's table, in ticks of its clock; 0 where neither table nor header says it.

    A table that cannot be read leaves it to the header.
    """
    try:
        listed = _listed(boxes, table)
    except ClipUnusable:
        listed = 0
    return listed or _said(boxes, media_header)


def _listed(boxes: BoxFile, table: Box) -> int:
    times = boxes.need(table, b"stts")
    count = boxes.number(times, 4, 4)
    numbers = struct.unpack(f">{count * 2}I", boxes.read(times, count * 8, skip=8))
    return sum(frames * each for frames, each in zip(numbers[::2], numbers[1::2], strict=True))


def _said(boxes: BoxFile, media_header: Box) -> int:
    wide = boxes.number(media_header, 0, 1) == 1
    said = boxes.number(media_header, 24 if wide else 16, 8 if wide else 4)
    return 0 if said in UNSAID else said
