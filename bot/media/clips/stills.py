"""Pictures taken out of a clip: its last frame, a poster, and a sheet of six moments.

What is drawn around them is sheets.py. All functions take paths and write files that appear whole or not at all; they
raise MediaFailed and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ClipUnusable, MediaFailed
from bot.media.container.colours import is_unsaid_hd
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.shapes import PIXEL, lies_on_side, squared
from bot.media.container.tracks import Tracks, read_tracks
from bot.media.ffmpeg import Argument, Ffmpeg, Limits, Out, clip_input

POSTER_WIDTH = 640
POSTER_SECONDS = 0.5
"""Where the poster is taken: some clips begin with a black frame."""

COLUMNS, ROWS = 3, 2
MOMENT_WIDTH = 426
LIMITS = Limits(seconds=60.0, cpu_seconds=60, file_bytes=64 * 1024 * 1024)

# After the frame was selected, so that one frame is converted and not each. Without these flags FFmpeg's faster
# conversion gives every second pixel the colour of its neighbour.
EXACT = "flags=bicubic+accurate_rnd+full_chroma_int"
TO_RGB = f"scale={EXACT},format=rgb24"
# A JPEG has no place to say so, and every reader takes it for this.
AS_JPEG = "out_color_matrix=bt601:out_range=pc"

PNG = ("-fps_mode", "passthrough", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1")
JPEG = ("-fps_mode", "passthrough", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3", "-f", "image2", "-update", "1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where each picture of a clip goes; None is for one that is not wanted."""

    last: Path | None = None
    poster: Path | None = None
    sheet: Path | None = None


async def take_last_frame(ffmpeg: Ffmpeg, clip: Path, to: Path) -> Path:
    """Write the last frame as a PNG in its shown shape, every square pixel as decoded; raises MediaFailed."""
    await take_stills(ffmpeg, clip, Wanted(last=to))
    return to


async def take_poster(ffmpeg: Ffmpeg, clip: Path, to: Path) -> Path:
    """Write the frame at half a second as a JPEG of 640 pixels' width, decoding no further than that."""
    await take_stills(ffmpeg, clip, Wanted(poster=to))
    return to


async def take_stills(ffmpeg: Ffmpeg, clip: Path, wanted: Wanted) -> None:
    """Write all the pictures wanted, decoding the clip once; raises MediaFailed if one cannot be made."""
    facts, tracks = await read_clip(clip)
    missing = await _take(ffmpeg, clip, wanted, tracks, facts)
    if missing:  # fewer frames than announced: an edit list hides some, or the file was cut
        facts = await _count_frames(ffmpeg, clip, facts)
        rest = Wanted(*(path if path in missing else None for path in (wanted.last, wanted.poster, wanted.sheet)))
        missing = await _take(ffmpeg, clip, rest, tracks, facts)
    if missing:
        raise MediaFailed("no picture came out of the clip")


async def read_clip(clip: Path) -> tuple[Mp4Facts, Tracks]:
    """What the boxes of a clip say, read in a thread; MediaFailed for what is not one."""
    try:
        return await asyncio.to_thread(lambda: (inspect(clip), read_tracks(clip)))
    except (ClipUnusable, OSError) as error:
        raise MediaFailed(f"not a clip to work on: {error}") from error


def plan_stills(wanted: Wanted, facts: Mp4Facts, *, unsaid_hd: bool, on_side: bool = False) -> list[Argument]:
    """What to ask of FFmpeg after the input, for a clip of `facts.frames` frames that may lie `on_side`."""
    chains = []
    outputs: list[Argument] = []
    for name, path, chain, kind in (
        ("last", wanted.last, _last(facts.frames, on_side=on_side), PNG),
        ("poster", wanted.poster, _poster(facts), JPEG),
        ("sheet", wanted.sheet, _sheet(facts.frames), JPEG),
    ):
        if path is not None:
            chains.append(f"[of_{name}]{chain}[{name}]")
            outputs += ["-map", f"[{name}]", *kind, Out(path)]
    sources = "".join(chain[: chain.index("]") + 1] for chain in chains)
    # RGB is made only of the frames that were selected, below; here the clip is told what it forgot to say.
    said = "setparams=colorspace=bt709," if unsaid_hd else ""
    graph = f"[0:v:0]{said}split={len(chains)}{sources};" + ";".join(chains)
    return ["-filter_complex_threads", "1", "-filter_complex", graph, *outputs]


def _last(frames: int, *, on_side: bool) -> str:
    # For square pixels, which nearly all are, this is TO_RGB: the size stays, and no pixel is blended with others.
    return f"select=eq(n\\,{frames - 1}),scale={squared(on_side=on_side)}:{EXACT},setsar=1,format=rgb24"


def _poster(facts: Mp4Facts) -> str:
    second = min(POSTER_SECONDS, facts.duration_seconds / 2)
    return f"select=eq(n\\,{int(facts.frames * second / facts.duration_seconds)}),{_wide(POSTER_WIDTH)}"


def _sheet(frames: int) -> str:
    moments = COLUMNS * ROWS
    # The middle of each sixth. A clip of fewer frames than moments shows some twice, which `tile` needs as well.
    picks = sorted({frames * (2 * at + 1) // (2 * moments) for at in range(moments)})
    chosen = "+".join(f"eq(n\\,{pick})" for pick in picks)
    pad = f",tpad=stop_mode=clone:stop={moments - len(picks)}" if len(picks) < moments else ""
    return f"select={chosen}{pad},{_wide(MOMENT_WIDTH)},tile={COLUMNS}x{ROWS}:padding=6:margin=6"


def _wide(width: int) -> str:
    """Filters that make a picture so wide, an even number of pixels high, in its shown shape."""
    return f"scale=w={width}:h='max(2,2*round({width / 2}*ih/(iw*{PIXEL})))':{AS_JPEG},setsar=1"


async def _take(ffmpeg: Ffmpeg, clip: Path, wanted: Wanted, tracks: Tracks, facts: Mp4Facts) -> Sequence[Path]:
    """Run the plan, and return the pictures that did not come."""
    paths = [path for path in (wanted.last, wanted.poster, wanted.sheet) if path is not None]
    if not paths:
        return []
    coding = tracks.video.coding
    plan = plan_stills(wanted, facts, unsaid_hd=is_unsaid_hd(coding), on_side=lies_on_side(coding))
    made = await ffmpeg.run([*clip_input(clip), *plan], LIMITS)
    return [path for path in paths if path.absolute() not in made]


async def _count_frames(ffmpeg: Ffmpeg, clip: Path, facts: Mp4Facts) -> Mp4Facts:
    """The facts with the number of frames that really come out of the decoder."""
    frames = 0

    def told(key: str, value: str) -> None:
        nonlocal frames
        if key == "frame" and value.isdecimal():
            frames = int(value)

    counting = ["-map", "0:v:0", "-fps_mode", "passthrough", "-progress", "pipe:1", "-f", "null", "-"]
    await ffmpeg.run([*clip_input(clip), *counting], LIMITS, told)
    if not frames:
        raise MediaFailed("no frame of the clip can be decoded")
    return Mp4Facts(facts.width, facts.height, facts.duration_seconds, frames, facts.codec, facts.has_audio)
