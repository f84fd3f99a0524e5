"""Making a clip meet an upload limit: as it is, wrapped anew, or encoded once more at a rate that cannot pass it.

What to do is planned by pure functions from what the boxes say; fit() walks the plan and believes no result before it
has looked at its size. Figures behind the settings are in docs/media.md.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.errors import CannotFit, ClipUnusable, MediaFailed
from bot.media.clips.stills import read_clip
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.shapes import PIXEL
from bot.media.container.tracks import Track, Tracks
from bot.media.ffmpeg import Argument, Ffmpeg, Limits, Out, clip_input

log = logging.getLogger(__name__)

PLENTY = 4_000_000
"""Bits per second of video: with less, 720p looks better than the full size."""

TOO_FEW = 150_000
FULL_SIDE, SMALL_SIDE = 1080, 720
"""Pixels of the shorter side. Above the first, decoding takes 140 MiB, which leaves room for encoding at 720p alone."""

AAC_RATE = 96_000
RATE_SLACK = 1.1
"""FFmpeg's AAC encoder may pass its rate by this."""

SAFETY = 0.985
BUFFER_SECONDS = 0.5
FILLED = 0.9
"""x264 may put up to maxrate x duration + 0.9 x buffer into a file: it begins with a buffer that is so full."""

FINEST = 1_000_000
"""Ticks per second; x264 takes no clock that is much finer."""

QUICK = Limits(seconds=60.0, cpu_seconds=60)

# Memory decides on a small server: one thread, a short look ahead and one reference frame take 0.2 GB at 1080p, the
# preset's own settings 0.3.
ENCODER = (
    *("-c:v", "libx264", "-preset", "superfast", "-threads", "1"),
    *("-x264-params", "rc-lookahead=8:sync-lookahead=0:ref=1:bframes=2", "-crf", "20", "-pix_fmt", "yuv420p"),
)
PLAYABLE = ("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4")


class How(StrEnum):
    """What was done to a clip, from nothing to the most."""

    AS_IS = "as-is"
    REMUXED = "remuxed"
    REENCODED = "re-encoded"
    SCALED = "scaled-down"


class Sound(StrEnum):
    """What becomes of the sound."""

    NONE = "none"
    COPY = "copy"
    AAC = "aac"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: `rate` is the most bits per second of video, `side` what the shorter side is brought to."""

    how: How
    sound: Sound
    rate: int = 0
    side: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A clip that meets the limit; `size` in bytes. `path` is the clip itself where nothing was to be done."""

    path: Path
    size: int
    how: How
    width: int
    height: int


async def fit(ffmpeg: Ffmpeg, clip: Path, limit: int, to: Path) -> Fitted:
    """Bring a clip to at most `limit` bytes, written to `to` unless it already is so small.

    Raises CannotFit if nothing brings it there, MediaFailed if it is not a clip or there is no FFmpeg.
    """
    facts, tracks = await read_clip(clip)
    size = await asyncio.to_thread(_size_of, clip)
    if size <= limit:
        return Fitted(clip, size, How.AS_IS, facts.width, facts.height)
    if not ffmpeg.available:
        raise MediaFailed("there is no FFmpeg")
    for step in plan_fit(facts, tracks, limit):
        fitted = await _try(ffmpeg, clip, tracks, step, limit, to)
        if fitted is not None:
            return fitted
    raise CannotFit(f"{size} bytes, {facts.duration_seconds:g} s do not go into {limit} bytes")


def plan_fit(facts: Mp4Facts, tracks: Tracks, limit: int) -> tuple[Attempt, ...]:
    """What to try, in order, for a clip that is larger than `limit` bytes; empty where nothing can help."""
    copied = Sound.NONE if tracks.sound is None else Sound.COPY
    steps = [Attempt(How.REMUXED, copied)] if _may_be_wrapped(facts, tracks, limit) else []
    sound, sound_bytes = plan_sound(facts, tracks.sound, limit)
    rate, shorter = plan_rate(facts, sound_bytes, limit), min(facts.width, facts.height)
    if rate < TOO_FEW:
        return tuple(steps)
    if shorter <= SMALL_SIDE or (shorter <= FULL_SIDE and rate >= PLENTY):
        steps.append(Attempt(How.REENCODED, sound, rate))
    if shorter > SMALL_SIDE:
        steps.append(Attempt(How.SCALED, sound, rate, SMALL_SIDE))
    return tuple(steps)


def plan_sound(facts: Mp4Facts, sound: Track | None, limit: int) -> tuple[Sound, int]:
    """Whether to keep the sound as it is, and the bytes it will take: kept if every player has it and it is light."""
    if sound is None:
        return Sound.NONE, 0
    if sound.coding.is_aac and sound.payload is not None and sound.payload * 10 <= limit:
        return Sound.COPY, sound.payload
    return Sound.AAC, int((sound.seconds or facts.duration_seconds) * AAC_RATE / 8 * RATE_SLACK)


def plan_rate(facts: Mp4Facts, sound_bytes: int, limit: int) -> int:
    """The maxrate in bits per second that keeps the file within `limit` bytes, whatever the pictures are."""
    video_bytes = limit * SAFETY - sound_bytes - _wrapping(facts)
    return max(0, int(video_bytes * 8 / (facts.duration_seconds + BUFFER_SECONDS * FILLED)))


def plan_arguments(clip: Path, tracks: Tracks, step: Attempt, to: Path) -> list[Argument]:
    """The command of one step."""
    inputs = [*clip_input(clip), "-map", "0:v:0", "-map", "0:a:0?"]
    if step.how is How.REMUXED:
        return [*inputs, "-c", "copy", *PLAYABLE, Out(to)]
    sound = {
        Sound.NONE: [],
        Sound.COPY: ["-c:a", "copy"],
        Sound.AAC: ["-c:a", "aac", "-b:a", str(AAC_RATE), "-ac", "2"],
    }[step.sound]
    rate = ["-maxrate", str(step.rate), "-bufsize", str(int(step.rate * BUFFER_SECONDS))]
    return [*inputs, "-vf", _size(step.side), *_times(tracks.video), *ENCODER, *rate, *sound, *PLAYABLE, Out(to)]


def _times(video: Track) -> list[str]:
    """Each frame keeps its time to the tick; by default, all are moved to a grid of the average frame rate."""
    return ["-fps_mode", "vfr", "-enc_time_base", f"1/{min(video.coding.timescale, FINEST)}"]


def _size(side: int) -> str:
    """Filters that bring the shorter side to `side`, unless that is 0, and make both even, as 4:2:0 needs them.

    The shape that is shown stays: at the same size the shape of the pixels goes along, a smaller clip has square ones.
    """
    if not side:
        return "crop=trunc(iw/2)*2:trunc(ih/2)*2"
    # By the decoded picture and not by the header: a clip of a phone lies on its side and is turned while decoding.
    smaller = f"min(1,{side}/min(iw*{PIXEL},ih))"
    return f"scale=w='max(2,2*round(iw*{PIXEL}*{smaller}/2))':h='max(2,2*round(ih*{smaller}/2))',setsar=1"


def _may_be_wrapped(facts: Mp4Facts, tracks: Tracks, limit: int) -> bool:
    """Whether the samples alone are within the limit, or their size is not known: trying costs a fifth of a second."""
    sound = 0 if tracks.sound is None else tracks.sound.payload
    if tracks.video.payload is None or sound is None:
        return True
    return tracks.video.payload + sound + _wrapping(facts) <= limit


def _wrapping(facts: Mp4Facts) -> int:
    """Bytes around the samples: the tables, at most 40 bytes for a frame with the sound that goes with it."""
    return 4_000 + 40 * facts.frames


async def _try(ffmpeg: Ffmpeg, clip: Path, tracks: Tracks, step: Attempt, limit: int, to: Path) -> Fitted | None:
    """Do one step; None if it failed or its result does not keep to the limit."""
    limits = QUICK if step.how is How.REMUXED else Limits(seconds=180.0, cpu_seconds=150)
    limits = Limits(limits.seconds, limits.cpu_seconds, file_bytes=limit)
    try:
        await ffmpeg.run(plan_arguments(clip, tracks, step, to), limits)
        size, made = await asyncio.to_thread(_size_of, to), await asyncio.to_thread(inspect, to)
    except (MediaFailed, ClipUnusable, OSError) as error:
        log.info("a clip could not be %s to %s bytes: %s", step.how, limit, error)
        return None
    if size > limit:  # the limit on what it may write should have stopped it; some systems have none
        await asyncio.to_thread(to.unlink)
        return None
    return Fitted(to, size, step.how, made.width, made.height)


def _size_of(path: Path) -> int:
    return path.stat().st_size
