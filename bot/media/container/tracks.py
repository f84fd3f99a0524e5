"""What a decoder must know of the tracks of an MP4, for telling whether clips are coded alike and what a clip weighs.

Whether a file is a clip at all, and how long it is, mp4.py says. Field places are those of ISO/IEC 14496-12 and, for
`esds`, 14496-1; nothing is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import ClipUnusable
from bot.media.container.boxes import PAYLOAD_LIMIT, Box, BoxFile
from bot.media.container.durations import table_duration

# The fixed part of a sample entry, before its boxes; a sound entry has more in QuickTime's versions 1 and 2.
VIDEO_ENTRY = 78
SOUND_ENTRY = {0: 28, 1: 28 + 16, 2: 28 + 36}

NOT_SETTINGS = frozenset({b"btrt", b"free", b"skip"})
"""Boxes of a sample entry that no decoder needs: bit rates and padding differ from clip to clip."""

ES_DESCRIPTOR, DECODER_CONFIG, DECODER_SPECIFIC = 3, 4, 5
AAC = 0x40
UNSPECIFIED = 2
"""The number of H.273 for colours that nobody stated."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How a track is coded: two tracks whose codings are equal can follow each other in one file.

    `shape` is (width, height) in pixels, or (channels, samples per second). `settings` are the boxes that set up the
    decoder. `placing` is the rotation and display size in the track's header.
    """

    codec: str
    timescale: int
    shape: tuple[int, int]
    settings: tuple[tuple[bytes, bytes], ...]
    placing: bytes = b""

    def setting(self, name: bytes) -> bytes | None:
        """The payload of a setting, e.g. b"avcC"."""
        return dict(self.settings).get(name)

    @property
    def is_aac(self) -> bool:
        """Whether it is sound as every player takes it in an MP4."""
        return self.codec == "mp4a" and (self.setting(b"esds") or b"")[:1] == bytes([AAC])


@dataclass(frozen=True, slots=True)
class Track:
    """One track; `payload` is the bytes of its samples, None where the file keeps it elsewhere (fragments)."""

    coding: Coding
    seconds: float
    payload: int | None


@dataclass(frozen=True, slots=True)
class Tracks:
    """The first track of each kind; the others are never kept."""

    video: Track
    sound: Track | None

    @property
    def codings(self) -> tuple[Coding, Coding | None]:
        """What must be equal for clips to be joined as they are."""
        return self.video.coding, None if self.sound is None else self.sound.coding


def read_tracks(path: Path) -> Tracks:
    """Read the tracks of a file that mp4.inspect() took; blocking. Raises ClipUnusable, or OSError."""
    with path.open("rb") as file:
        boxes = BoxFile(file)
        movie = boxes.need(boxes.whole, b"moov")
        found: dict[bytes, Track] = {}
        for trak in boxes.children(movie):
            if trak.name != b"trak":
                continue
            kind = boxes.read(boxes.need(trak, b"mdia", b"hdlr"), 4, skip=8)
            if kind in {b"vide", b"soun"} and kind not in found:
                found[kind] = _track(boxes, trak, is_video=kind == b"vide")
    if b"vide" not in found:
        raise ClipUnusable("no video track")
    return Tracks(found[b"vide"], found.get(b"soun"))


def _track(boxes: BoxFile, trak: Box, *, is_video: bool) -> Track:
    media = boxes.need(trak, b"mdia")
    header, table = boxes.need(media, b"mdhd"), boxes.need(media, b"minf", b"stbl")
    wide = boxes.number(header, 0, 1) == 1
    timescale = boxes.number(header, 20 if wide else 12, 4)
    if not timescale:
        raise ClipUnusable("a track without a clock")
    coding = _coding(boxes, boxes.need(table, b"stsd"), timescale, is_video=is_video)
    if is_video:
        coding = replace(coding, placing=_placing(boxes, boxes.need(trak, b"tkhd")))
    return Track(coding, table_duration(boxes, header, table) / timescale, _payload(boxes, table))


def _placing(boxes: BoxFile, header: Box) -> bytes:
    """The matrix and the display size: the last 44 bytes of `tkhd` (8.3.2)."""
    size = header.end - header.start
    return boxes.read(header, 44, skip=size - 44)


def _coding(boxes: BoxFile, description: Box, timescale: int, *, is_video: bool) -> Coding:
    if boxes.number(description, 4, 4) != 1:
        raise ClipUnusable("a track that is not coded in one way")
    entry = next(boxes.children(Box(b"stsd", description.start + 8, description.end)), None)
    if entry is None:
        raise ClipUnusable("a track without a description")
    if is_video:
        shape, fixed = (boxes.number(entry, 24, 2), boxes.number(entry, 26, 2)), VIDEO_ENTRY
    else:
        shape = boxes.number(entry, 16, 2), boxes.number(entry, 24, 4) >> 16
        fixed = SOUND_ENTRY.get(boxes.number(entry, 8, 2), SOUND_ENTRY[0])
    settings = tuple(
        (box.name, _decoder_config(boxes.read(box)) if box.name == b"esds" else boxes.read(box))
        for box in boxes.children(Box(entry.name, entry.start + fixed, entry.end))
        if box.name not in NOT_SETTINGS
    )
    return Coding(entry.name.decode("ascii", "backslashreplace"), timescale, shape, settings)


def _decoder_config(data: bytes) -> bytes:
    """The kind of sound and the decoder's own setup from `esds`, without the bit rates that stand between them."""
    kind, rest = _descriptor(data[4:])
    if kind != ES_DESCRIPTOR or len(rest) < 3 or rest[2] & 0xE0:  # optional fields that no clip has
        return data
    kind, config = _descriptor(rest[3:])
    if kind != DECODER_CONFIG or len(config) < 13:
        return data
    kind, specific = _descriptor(config[13:])
    return config[:1] + (specific if kind == DECODER_SPECIFIC else b"")


def _descriptor(data: bytes) -> tuple[int, bytes]:
    """The tag and content of the first descriptor; (0, b"") where there is none."""
    size = 0
    for at, byte in enumerate(data[1:5], 1):
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            return data[0], data[at + 1 : at + 1 + size]
    return 0, b""


def _payload(boxes: BoxFile, table: Box) -> int | None:
    sizes = boxes.child(table, b"stsz")
    if sizes is None:
        return None
    each, count = boxes.number(sizes, 4, 4), boxes.number(sizes, 8, 4)
    if each or not count:
        return each * count or None
    if count * 4 > PAYLOAD_LIMIT:
        return None
    data = boxes.read(sizes, count * 4, skip=12)
    return sum(int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4))
