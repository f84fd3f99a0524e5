"""When each sample of a track is shown and for how long: from its tables, and from fragments where the file has them.

Times are the track's own, in ticks of its clock; which part of them is presented is said by edit lists (timing.py).
Field places are those of ISO/IEC 14496-12, named by box. Nothing is decoded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from bot.errors import ClipUnusable
from bot.media.container.boxes import Box, BoxFile

MOST_SAMPLES = 200_000
"""Some times what five minutes of any clip hold; a table may claim billions in twenty bytes."""

NOT_SYNC = 0x1_0000
"""The bit of a fragment's sample flags for one that needs others before it (8.8.3.1)."""

TFHD_OPTIONAL = ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4))
TFHD_DURATION, TFHD_FLAGS = 0x8, 0x20
TRUN_DATA_OFFSET, TRUN_FIRST_FLAGS = 0x1, 0x4
TRUN_DURATION, TRUN_SIZE, TRUN_FLAGS, TRUN_OFFSET = 0x100, 0x200, 0x400, 0x800


@dataclass(slots=True)
class Samples:
    """In the order of decoding: when each is shown and how long it lasts; `keyed` if the first needs no other."""

    shown: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    keyed: bool = True
    fragmented: bool = False
    _decoded: int = 0

    def begin(self, decoded: int) -> None:
        """The next sample is decoded at this time."""
        self._decoded = decoded

    def add(self, length: int, offset: int) -> None:
        """One more, shown `offset` after it is decoded."""
        if len(self.shown) >= MOST_SAMPLES:
            raise ClipUnusable("too many samples")
        self.shown.append(self._decoded + offset)
        self.lengths.append(length)
        self._decoded += length


def read_samples(boxes: BoxFile, movie: Box, trak: Box) -> Samples:
    """All samples of one track; ClipUnusable where its tables do not fit together."""
    samples = Samples()
    _from_tables(boxes, boxes.need(trak, b"mdia", b"minf", b"stbl"), samples)
    extends = boxes.child(movie, b"mvex")
    if extends is not None:
        header = boxes.need(trak, b"tkhd")
        track = boxes.number(header, 20 if boxes.number(header, 0, 1) == 1 else 12, 4)
        _from_fragments(boxes, extends, track, samples)
    return samples


def _from_tables(boxes: BoxFile, table: Box, samples: Samples) -> None:
    count = _count(boxes, table)
    if not count:
        return
    if count > MOST_SAMPLES:
        raise ClipUnusable("too many samples")
    lengths, offsets = _spread(boxes, table, b"stts", count), _spread(boxes, table, b"ctts", count)
    if not lengths:
        raise ClipUnusable("a track without times")
    # FFmpeg goes on with the last length where the table is too short, and with no offset.
    lengths += lengths[-1:] * (count - len(lengths))
    offsets += [0] * (count - len(offsets))
    if min(lengths) < 0:
        raise ClipUnusable("a track that goes back in time")
    for length, offset in zip(lengths, offsets, strict=True):
        samples.add(length, offset)
    keys = boxes.child(table, b"stss")
    samples.keyed = keys is None or (boxes.number(keys, 4, 4) > 0 and boxes.number(keys, 8, 4) == 1)


def _count(boxes: BoxFile, table: Box) -> int:
    sizes = boxes.child(table, b"stsz") or boxes.need(table, b"stz2")
    return boxes.number(sizes, 8, 4)


def _spread(boxes: BoxFile, table: Box, name: bytes, count: int) -> list[int]:
    """The values of a run-length table, one for each of at most `count` samples; offsets may be negative (8.6.1.3)."""
    box = boxes.child(table, name)
    if box is None:
        return []
    values: list[int] = []
    for repeats, value in struct.iter_unpack(">Ii", boxes.read(box, boxes.number(box, 4, 4) * 8, skip=8)):
        values += [value] * min(repeats, count - len(values))
    return values


# -- fragments ---------------------------------------------------------------------------------------------------------


def _from_fragments(boxes: BoxFile, extends: Box, track: int, samples: Samples) -> None:
    length, flags = _defaults(boxes, extends, track)
    for fragment in (box for box in boxes.children(boxes.whole) if box.name == b"moof"):
        for part in (box for box in boxes.children(fragment) if box.name == b"traf"):
            header = boxes.need(part, b"tfhd")
            if boxes.number(header, 4, 4) == track:
                _part(boxes, part, header, length, flags, samples)


def _defaults(boxes: BoxFile, extends: Box, track: int) -> tuple[int, int]:
    """(Length of a sample, its flags) where a fragment does not say."""
    for box in boxes.children(extends):
        if box.name == b"trex" and boxes.number(box, 4, 4) == track:
            return boxes.number(box, 12, 4), boxes.number(box, 20, 4)
    return 0, 0


def _part(boxes: BoxFile, part: Box, header: Box, length: int, flags: int, samples: Samples) -> None:
    present, at = boxes.number(header, 1, 3), 8
    for bit, size in TFHD_OPTIONAL:
        if present & bit:
            if bit == TFHD_DURATION:
                length = boxes.number(header, at, 4)
            elif bit == TFHD_FLAGS:
                flags = boxes.number(header, at, 4)
            at += size
    base = boxes.child(part, b"tfdt")
    if base is not None:
        samples.begin(boxes.number(base, 4, 8 if boxes.number(base, 0, 1) == 1 else 4))
    for run in (box for box in boxes.children(part) if box.name == b"trun"):
        _run(boxes, run, length, flags, samples)


def _run(boxes: BoxFile, run: Box, length: int, flags: int, samples: Samples) -> None:
    present, count, at = boxes.number(run, 1, 3), boxes.number(run, 4, 4), 8
    if count > MOST_SAMPLES:
        raise ClipUnusable("too many samples")
    at += 4 if present & TRUN_DATA_OFFSET else 0
    first = boxes.number(run, at, 4) if present & TRUN_FIRST_FLAGS else None
    at += 0 if first is None else 4
    names = [bit for bit in (TRUN_DURATION, TRUN_SIZE, TRUN_FLAGS, TRUN_OFFSET) if present & bit]
    numbers = struct.Struct(">" + "".join("i" if bit == TRUN_OFFSET else "I" for bit in names))
    rows = numbers.iter_unpack(boxes.read(run, count * numbers.size, skip=at)) if names else iter([()] * count)
    for row in rows:
        said = dict(zip(names, row, strict=True))
        if not samples.shown:
            samples.keyed = not (said.get(TRUN_FLAGS, flags) if first is None else first) & NOT_SYNC
        samples.fragmented, first = True, None
        samples.add(said.get(TRUN_DURATION, length), said.get(TRUN_OFFSET, 0))
