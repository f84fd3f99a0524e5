"""What of a clip is shown and heard when: its samples, seen through its edit lists.

Read the way FFmpeg presents a file, because it is FFmpeg that joins them. Durations in headers (`mdhd`, `tkhd`, `elst`)
are not believed: encoders write 0, all ones, or what another track takes; the tables of samples know better.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from bot.errors import ClipUnusable
from bot.media.container.boxes import Box, BoxFile
from bot.media.container.samples import Samples, read_samples

EMPTY = -1
NORMAL_RATE = 1 << 16
SAME = Fraction(1, 1000)
"""Seconds: two moments that are less than this apart are the same."""

PRIMING = Fraction(3, 20)
"""Seconds: how much an edit list may take off the beginning of sound that an encoder put there; HE-AAC has most."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The shown frames: `times` in ticks of `clock` from the first one on, which comes `start` seconds into the clip.

    `length` in ticks, to the end of the last frame. `plain`: the file holds no other frame, begins with one that needs
    no other, and the last one ends when it should, so the samples can be copied. `ends_well` is that last thing alone.
    """

    clock: int
    times: tuple[int, ...]
    length: int
    start: Fraction
    plain: bool
    ends_well: bool

    @property
    def seconds(self) -> Fraction:
        """From the beginning of the first frame to the end of the last one."""
        return Fraction(self.length, self.clock)


@dataclass(frozen=True, slots=True)
class Sound:
    """Heard from `start` to `end`, seconds into the clip; `plain`: only what an encoder put before is cut away."""

    start: Fraction
    end: Fraction
    plain: bool


@dataclass(frozen=True, slots=True)
class Times:
    """The first track of each kind; `sound` is None where there is none, or nothing in it."""

    pictures: Pictures
    sound: Sound | None


@dataclass(frozen=True, slots=True)
class _Edits:
    """`wait` is what comes before in seconds, then the media from `begin` to `end` (None: to its end), in ticks."""

    wait: Fraction
    begin: int | None
    end: int | None
    simple: bool


def read_times(path: Path) -> Times | None:
    """The times of a clip; blocking. None where its tables cannot be read; raises OSError."""
    try:
        with path.open("rb") as file:
            return _times(BoxFile(file))
    except (ClipUnusable, ValueError):
        return None


def _times(boxes: BoxFile) -> Times | None:
    movie = boxes.need(boxes.whole, b"moov")
    found: dict[bytes, Box] = {}
    for trak in boxes.children(movie):
        if trak.name == b"trak":
            found.setdefault(boxes.read(boxes.need(trak, b"mdia", b"hdlr"), 4, skip=8), trak)
    if b"vide" not in found:
        return None
    pictures = _pictures(*_track(boxes, movie, found[b"vide"]))
    sound = _sound(*_track(boxes, movie, found[b"soun"])) if b"soun" in found else None
    return None if pictures is None else Times(pictures, sound)


def _track(boxes: BoxFile, movie: Box, trak: Box) -> tuple[Samples, _Edits, int]:
    clock = _clock(boxes, boxes.need(trak, b"mdia", b"mdhd"))
    return read_samples(boxes, movie, trak), _edits(boxes, movie, trak, clock), clock


def _clock(boxes: BoxFile, header: Box) -> int:
    """Ticks per second by `mvhd` or `mdhd`."""
    clock = boxes.number(header, 20 if boxes.number(header, 0, 1) == 1 else 12, 4)
    if not clock:
        raise ClipUnusable("a track without a clock")
    return clock


def _edits(boxes: BoxFile, movie: Box, trak: Box, clock: int) -> _Edits:
    box = boxes.child(trak, b"edts")
    box = box and boxes.child(box, b"elst")
    if box is None or not boxes.number(box, 4, 4):
        return _Edits(Fraction(0), None, None, simple=True)
    size = 8 if boxes.number(box, 0, 1) == 1 else 4
    movie_clock = _clock(boxes, boxes.need(movie, b"mvhd"))
    wait, real = Fraction(0), list[tuple[int, Fraction, int]]()
    for at in range(8, 8 + boxes.number(box, 4, 4) * (2 * size + 4), 2 * size + 4):
        lasts, begin = boxes.number(box, at, size), boxes.number(box, at + size, size)
        if begin == (1 << 8 * size) + EMPTY:
            wait += Fraction(lasts, movie_clock) if not real else 0
        else:
            real.append((begin, Fraction(lasts * clock, movie_clock), boxes.number(box, at + 2 * size, 4)))
    if len(real) != 1:
        return _Edits(wait, None, None, simple=not real)
    begin, lasts_media, rate = real[0]
    # Rounded up by a tick of the coarser clock: that is how far its end may be off.
    end = int(begin + lasts_media + Fraction(clock, movie_clock)) if lasts_media else None
    return _Edits(wait, begin, end, simple=rate == NORMAL_RATE)


def _pictures(samples: Samples, edits: _Edits, clock: int) -> Pictures | None:
    frames = sorted(zip(samples.shown, samples.lengths, strict=True))
    begin, end = edits.begin or 0, edits.end
    shown = frames
    if edits.begin is not None and not samples.fragmented:  # FFmpeg hides no frame of a fragment
        shown = [frame for frame in frames if begin <= frame[0] and (end is None or frame[0] < end)]
    if not shown:
        return None
    first, (last, stated) = shown[0][0], shown[-1]
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(shown)]
    ends_well = 0 < stated <= max(gaps, default=stated)
    lasts = stated if ends_well else max(gaps, default=0) or stated or 1
    start = edits.wait + Fraction(first - begin, clock)
    # With an edit list FFmpeg lets the first frame begin with it, so a copy would lose a wait that is not spelled out.
    waits = edits.begin is not None and not samples.fragmented and first - begin > clock * SAME
    whole = len(shown) == len(frames) and edits.simple and begin <= first and not waits
    plain = whole and samples.keyed and samples.shown[0] == first and ends_well and 0 not in gaps
    times = tuple(time - first for time, _ in shown)
    return Pictures(clock, times, last - first + lasts, start, plain, ends_well)


def _sound(samples: Samples, edits: _Edits, clock: int) -> Sound | None:
    if not samples.shown:
        return None
    begin = edits.begin or 0
    first = samples.shown[0] - begin
    end = max(time + length for time, length in zip(samples.shown, samples.lengths, strict=True))
    end = end if edits.end is None else min(end, edits.end)
    plain = edits.simple and begin <= PRIMING * clock
    return Sound(edits.wait + Fraction(max(first, 0), clock), edits.wait + Fraction(end - begin, clock), plain)
