"""Joining clips into one: as they are where they are coded alike, else each is brought to a common form first.

One clip is open at a time, so memory does not grow with their number. The commands themselves are planned in reel.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import MediaFailed
from bot.media.ffmpeg import MEBIBYTE, Ffmpeg, Limits, Out, Told
from bot.media.reel import (
    TITLE_SECONDS,
    WHOLE,
    Shot,
    Source,
    are_alike,
    plan_canvas,
    plan_copy,
    plan_list,
    plan_segment,
    plan_title,
)
from bot.media.stills import read_clip

LIMITS = Limits(seconds=180.0, cpu_seconds=150, file_bytes=2048 * MEBIBYTE)

Progress = Callable[[float], None]
"""Called with the fraction that is done, from 0 to 1 and never falling."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The reel; `copied` is whether every frame of it is a clip's own, bit for bit."""

    path: Path
    size: int
    seconds: float
    copied: bool


async def read_sources(clips: Sequence[Path]) -> tuple[Source, ...]:
    """Read the boxes of all clips; raises MediaFailed if one is not a clip."""
    return tuple([Source(*await read_clip(clip)) for clip in clips])


async def join(
    ffmpeg: Ffmpeg, shots: Sequence[Shot], to: Path, *, title: Path | None = None, progress: Progress | None = None
) -> Joined:
    """Write the clips to `to`, one after the other, behind a title card of 2 s if there is one; raises MediaFailed.

    A title or a caption makes all of them be encoded anew, as does a clip that is coded otherwise than the first.
    """
    if not shots:
        raise MediaFailed("no clips to join")
    clips = [shot.clip for shot in shots]
    sources = await read_sources(clips)
    steps = _Steps(progress)
    copied = title is None and not any(shot.caption for shot in shots) and are_alike(sources)
    try:
        if copied:
            steps.expect([sum(source.facts.duration_seconds for source in sources)])
            await _concatenate(ffmpeg, clips, to, plan_copy(), steps)
        else:
            await _through_segments(ffmpeg, shots, sources, title, to, steps)
        facts, _ = await read_clip(to)
        size = (await asyncio.to_thread(to.stat)).st_size
    finally:
        await asyncio.to_thread(_clear, to, len(shots) + 1)
    return Joined(to, size, facts.duration_seconds, copied)


class _Steps:
    """Progress over several commands, each weighed by the seconds it has to write."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._expected: Sequence[float] = ()
        self._finished = self._shown = 0.0

    def expect(self, seconds: Sequence[float]) -> None:
        """Say how many seconds each command will write."""
        self._expected = seconds

    def told(self, index: int) -> Told:
        """What to give to Ffmpeg.run() for the command of this index."""
        before, whole = sum(self._expected[:index]), sum(self._expected) or 1.0

        def told(key: str, value: str) -> None:
            if key == "out_time_us" and value.isdecimal():
                self._show((before + min(int(value) / 1e6, self._expected[index])) / whole)
            elif key == "progress" and value == "end":
                self._show((before + self._expected[index]) / whole)

        return told

    def _show(self, fraction: float) -> None:
        if self._progress is not None and fraction > self._shown:
            self._shown = min(fraction, 1.0)
            self._progress(self._shown)


async def _through_segments(
    ffmpeg: Ffmpeg, shots: Sequence[Shot], sources: Sequence[Source], title: Path | None, to: Path, steps: _Steps
) -> None:
    canvas = plan_canvas(sources)
    lengths = [source.facts.duration_seconds for source in sources]
    plans = [plan_segment(*pair, canvas, _part(to, at)) for at, pair in enumerate(zip(shots, sources, strict=True), 1)]
    if title is not None:
        lengths, plans = [TITLE_SECONDS, *lengths], [plan_title(title, canvas, _part(to, 0)), *plans]
    # Putting the segments together is nearly nothing beside making them.
    steps.expect([*lengths, sum(lengths) / 50])
    for index, plan in enumerate(plans):
        await ffmpeg.run(plan, LIMITS, steps.told(index))
    parts = [_part(to, at) for at in range(0 if title is not None else 1, len(shots) + 1)]
    streams = ["-c:v", "copy", *(["-c:a", "aac", "-b:a", "128k"] if canvas.sound else []), *WHOLE]
    await _concatenate(ffmpeg, parts, to, streams, steps, len(plans))


async def _concatenate(
    ffmpeg: Ffmpeg, clips: Sequence[Path], to: Path, streams: Sequence[str], steps: _Steps, index: int = 0
) -> None:
    await asyncio.to_thread(_list(to).write_text, plan_list(clips), "utf-8")
    # Absolute paths are "unsafe" to FFmpeg, but they are ours. What it may open is said by the two lists. No conversion
    # of the streams: it would put the decoder's settings into the picture data, where some players choke on them.
    read = ["-protocol_whitelist", "file", "-format_whitelist", "concat,mov", "-f", "concat", "-safe", "0"]
    read += ["-auto_convert", "0", "-i", f"file:{_list(to).absolute()}", "-map", "0:v:0", "-map", "0:a:0?"]
    made = await ffmpeg.run([*read, *streams, "-progress", "pipe:1", Out(to)], LIMITS, steps.told(index))
    if to.absolute() not in made:
        raise MediaFailed("nothing came out of joining")


def _list(to: Path) -> Path:
    return to.with_name(to.name + ".list")


def _part(to: Path, index: int) -> Path:
    # Beside the reel and with its name first, so that what a crash leaves behind is swept away with it.
    return to.with_name(f"{to.name}.{index}.mov")


def _clear(to: Path, parts: int) -> None:
    for path in [_list(to), *(_part(to, index) for index in range(parts))]:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
