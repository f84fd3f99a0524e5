"""What a finished clip is: an MP4 with a movie in it, read from its boxes without decoding a frame.

How boxes nest is boxes.py. Nothing here starts a program or reads the movie data itself. Field places are those of
ISO/IEC 14496-12, named by box.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ClipUnusable
from bot.media.container.boxes import Box, BoxFile
from bot.media.container.durations import table_duration

# Bits of `trun` and `tfhd` that say which optional 4-byte fields are present (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
TRUN_DATA_OFFSET, TRUN_FIRST_FLAGS, TRUN_DURATION = 0x1, 0x4, 0x100
TRUN_PER_SAMPLE = (TRUN_DURATION, 0x200, 0x400, 0x800)
TFHD_BASE_OFFSET, TFHD_DESCRIPTION, TFHD_DURATION = 0x1, 0x2, 0x8


@dataclass(frozen=True, slots=True)
class Mp4Facts:
    """The first video track: pixels as coded, seconds, number of frames, the codec's four-character name."""

    width: int
    height: int
    duration_seconds: float
    frames: int
    codec: str
    has_audio: bool


@dataclass(frozen=True, slots=True)
class _Track:
    handler: bytes
    track_id: int
    timescale: int
    duration: int
    table: Box


def inspect(path: Path) -> Mp4Facts:
    """Read the facts of an MP4 file; blocking, some dozens of small reads.

    Raises ClipUnusable for anything that is not a whole MP4 with a video track of at least one frame, and OSError
    if the file cannot be opened.
    """
    with path.open("rb") as file:
        return _facts(BoxFile(file))


def _facts(boxes: BoxFile) -> Mp4Facts:
    top = list(boxes.children(boxes.whole))  # also finds whatever promises to be longer than the file
    if not top or top[0].name != b"ftyp":
        raise ClipUnusable("not an MP4 file")
    movie = next((box for box in top if box.name == b"moov"), None)
    if movie is None:
        raise ClipUnusable("no moov box")
    if not any(box.name == b"mdat" and box.end > box.start for box in top):
        raise ClipUnusable("no movie data")
    tracks = [_track(boxes, box) for box in boxes.children(movie) if box.name == b"trak"]
    video = next((track for track in tracks if track.handler == b"vide"), None)
    if video is None:
        raise ClipUnusable("no video track")
    codec, width, height = _picture(boxes, video)
    frames, duration = _length(boxes, top, movie, video)
    return Mp4Facts(
        width=width,
        height=height,
        duration_seconds=duration / video.timescale,
        frames=frames,
        codec=codec,
        has_audio=any(track.handler == b"soun" for track in tracks),
    )


def _track(boxes: BoxFile, trak: Box) -> _Track:
    media = boxes.need(trak, b"mdia")
    header, media_header = boxes.need(trak, b"tkhd"), boxes.need(media, b"mdhd")
    wide = boxes.read(header, 1) == b"\x01"
    track_id = boxes.number(header, 20 if wide else 12, 4)
    wide = boxes.read(media_header, 1) == b"\x01"
    table = boxes.need(media, b"minf", b"stbl")
    return _Track(
        handler=boxes.read(boxes.need(media, b"hdlr"), 4, skip=8),
        track_id=track_id,
        timescale=boxes.number(media_header, 20 if wide else 12, 4),
        duration=table_duration(boxes, media_header, table),
        table=table,
    )


def _picture(boxes: BoxFile, video: _Track) -> tuple[str, int, int]:
    description = boxes.need(video.table, b"stsd")
    if boxes.number(description, 4, 4) < 1:
        raise ClipUnusable("a video track without a description")
    entry = boxes.read(description, 36, skip=8)  # the first sample entry, up to its height
    width, height = struct.unpack_from(">HH", entry, 32)
    if not width or not height:
        raise ClipUnusable("a video track without a size")
    return entry[4:8].decode("ascii", "backslashreplace"), width, height


def _length(boxes: BoxFile, top: list[Box], movie: Box, video: _Track) -> tuple[int, int]:
    """Frames and duration (in the track's timescale) of the video: those in its table and those in fragments."""
    frames = _frames_in_table(boxes, video)
    duration = video.duration if frames else 0
    more_frames, more_duration = _fragments(boxes, top, movie, video)
    frames, duration = frames + more_frames, duration + more_duration
    if not frames or not duration or not video.timescale:
        raise ClipUnusable("a video of no length")
    return frames, duration


def _frames_in_table(boxes: BoxFile, video: _Track) -> int:
    sizes = boxes.child(video.table, b"stsz")
    if sizes is None:
        sizes = boxes.need(video.table, b"stz2")
        field_bits = boxes.number(sizes, 7, 1)
    else:
        field_bits = 0 if boxes.number(sizes, 4, 4) else 32
    frames = boxes.number(sizes, 8, 4)
    if 12 * 8 + frames * field_bits > (sizes.end - sizes.start) * 8:
        raise ClipUnusable("a video track with fewer sizes than frames")
    return frames


def _fragments(boxes: BoxFile, top: list[Box], movie: Box, video: _Track) -> tuple[int, int]:
    """Frames and duration in the `moof` boxes, where a fragmented file keeps its table along the movie data."""
    frames = duration = 0
    default = _default_duration(boxes, movie, video)
    for fragment in (box for box in top if box.name == b"moof"):
        for part in (box for box in boxes.children(fragment) if box.name == b"traf"):
            header = boxes.need(part, b"tfhd")
            if boxes.number(header, 4, 4) != video.track_id:
                continue
            each = _fragment_duration(boxes, header, default)
            for run in (box for box in boxes.children(part) if box.name == b"trun"):
                count, length = _run(boxes, run, each)
                frames, duration = frames + count, duration + length
    return frames, duration


def _default_duration(boxes: BoxFile, movie: Box, video: _Track) -> int:
    extends = boxes.child(movie, b"mvex")
    for box in boxes.children(extends) if extends is not None else ():
        if box.name == b"trex" and boxes.number(box, 4, 4) == video.track_id:
            return boxes.number(box, 12, 4)
    return 0


def _fragment_duration(boxes: BoxFile, header: Box, default: int) -> int:
    flags = boxes.number(header, 1, 3)
    if not flags & TFHD_DURATION:
        return default
    return boxes.number(header, 8 + (8 if flags & TFHD_BASE_OFFSET else 0) + (4 if flags & TFHD_DESCRIPTION else 0), 4)


def _run(boxes: BoxFile, run: Box, each: int) -> tuple[int, int]:
    """Frames and duration of one run; `each` is a frame's duration where the run does not list them."""
    flags, count = boxes.number(run, 1, 3), boxes.number(run, 4, 4)
    if not flags & TRUN_DURATION:
        return count, count * each
    step = 4 * sum(1 for bit in TRUN_PER_SAMPLE if flags & bit)
    start = 8 + (4 if flags & TRUN_DATA_OFFSET else 0) + (4 if flags & TRUN_FIRST_FLAGS else 0)
    table = boxes.read(run, count * step, skip=start)
    return count, sum(struct.unpack_from(">I", table, at)[0] for at in range(0, len(table), step))
