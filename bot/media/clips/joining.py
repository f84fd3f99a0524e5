"""Joining clips into one: as they are where that keeps them in step, else each is brought to a common form first.

One clip is open at a time, so memory does not grow with their number. The commands themselves are planned in reel.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from bot.errors import MediaFailed
from bot.media.clips.reel import (
    TITLE_SECONDS,
    Piece,
    Shot,
    Source,
    are_alike,
    follows,
    pictures_are_alike,
    piece_of,
    pieces_of,
    plan_canvas,
    plan_copy,
    plan_list,
    plan_segment,
    plan_title,
    plan_whole,
)
from bot.media.clips.reel_sound import plan_silence, plan_sound
from bot.media.clips.stills import read_clip
from bot.media.container.timing import read_times
from bot.media.ffmpeg import MEBIBYTE, Ffmpeg, Limits, Out, Told

log = logging.getLogger(__name__)

LIMITS = Limits(seconds=180.0, cpu_seconds=150, file_bytes=2048 * MEBIBYTE)
COPY = "copy.mp4"
"""What is added to a reel's name for a copy that was not looked at yet: what has its name is taken for finished."""

Progress = Callable[[float], None]
"""Called with the fraction that is done, from 0 to 1 and never falling."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The reel; `copied` is whether the clips follow each other as they are, every frame bit for bit."""

    path: Path
    size: int
    seconds: float
    copied: bool


async def read_sources(clips: Sequence[Path]) -> tuple[Source, ...]:
    """Read the boxes of all clips; raises MediaFailed if one is not a clip."""
    sources = [Source(*await read_clip(clip)) for clip in clips]
    times = [await asyncio.to_thread(read_times, clip) for clip in clips]
    return tuple(replace(source, times=at) for source, at in zip(sources, times, strict=True))


async def join(
    ffmpeg: Ffmpeg, shots: Sequence[Shot], to: Path, *, title: Path | None = None, progress: Progress | None = None
) -> Joined:
    """Write the clips to `to`, one after the other, behind a title card of 2 s if there is one; raises MediaFailed.

    A title or a caption makes all of them be encoded anew, as does a clip that is coded otherwise than the first, or
    whose file holds frames that are not shown. Sound that does not end with its pictures is cut or padded.
    """
    if not shots:
        raise MediaFailed("no clips to join")
    sources = await read_sources([shot.clip for shot in shots])
    work = _Work(ffmpeg, shots, sources, to, _Steps(progress))
    drawn = title is not None or any(shot.caption for shot in shots)
    try:
        copied = not drawn and are_alike(sources) and await work.copy()
        if not copied and (drawn or not pictures_are_alike(sources) or not await work.copy_pictures()):
            await work.encode(title)
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
        self._index = 0
        self._shown = 0.0

    def expect(self, weights: Sequence[float]) -> None:
        """Say how much each command weighs, in their order."""
        self._expected = weights

    def next(self, seconds: float) -> Told:
        """What to give to Ffmpeg.run() for the next command, which writes about so many seconds."""
        index, self._index = self._index, self._index + 1
        before, weight, whole = sum(self._expected[:index]), self._expected[index], sum(self._expected) or 1.0

        def told(key: str, value: str) -> None:
            if key == "out_time_us" and value.isdecimal():
                self.show((before + weight * min(int(value) / 1e6 / seconds, 1.0)) / whole)
            elif key == "progress" and value == "end":
                self.show((before + weight) / whole)

        return told

    def show(self, fraction: float) -> None:
        """Tell it, unless more was told before."""
        if self._progress is not None and fraction > self._shown:
            self._shown = min(fraction, 1.0)
            self._progress(self._shown)


class _Work:
    """The three ways to one reel."""

    def __init__(
        self, ffmpeg: Ffmpeg, shots: Sequence[Shot], sources: Sequence[Source], to: Path, steps: _Steps
    ) -> None:
        self._ffmpeg, self._shots, self._sources, self._to, self._steps = ffmpeg, shots, sources, to, steps
        self._sound = any(source.tracks.sound is not None for source in sources)

    async def copy(self) -> bool:
        """Put clips that are alike behind each other; False if the result is not what it should be."""
        pieces, to = pieces_of(self._shots, self._sources), _beside(self._to, COPY)
        seconds = sum((piece.seconds for piece in pieces), Fraction(0))
        return await self._taken(to, self._concatenate([pieces], plan_copy(seconds, sound=self._sound), to))

    async def copy_pictures(self) -> bool:
        """Copy the pictures of clips whose sound differs, and make sound for them; False as above."""
        to = _beside(self._to, COPY)
        return await self._taken(to, self._with_sound(pieces_of(self._shots, self._sources), to))

    async def encode(self, title: Path | None) -> None:
        """Bring each to the common form; the sound follows the pictures that came out."""
        canvas = plan_canvas(self._sources)
        seconds = [*([] if title is None else [TITLE_SECONDS]), *(source.seconds for source in self._sources)]
        # Sound, and putting it all together, is nearly nothing beside making pictures.
        small = [each / 50 for each in seconds] if canvas.sound else []
        self._steps.expect([*seconds, *small, sum(seconds) / 50])
        pieces: list[Piece] = []
        if title is not None:
            plan = plan_title(title, canvas, self._part(len(self._shots)))
            await self._ffmpeg.run(plan, LIMITS, self._steps.next(TITLE_SECONDS))
            pieces.append(Piece(self._part(len(self._shots)), Fraction(TITLE_SECONDS)))
        for at, (shot, source) in enumerate(zip(self._shots, self._sources, strict=True)):
            plan = plan_segment(shot, source, canvas, self._part(at))
            await self._ffmpeg.run(plan, LIMITS, self._steps.next(source.seconds))
            (made,) = await read_sources([self._part(at)])
            pieces.append(piece_of(made, source, self._part(at), canvas))
        await self._with_sound(pieces, self._to, self._steps.next)

    async def _taken(self, copy: Path, copying: Coroutine[None, None, None]) -> bool:
        """Whether copying came to an end and shows every frame at its time; only then is it the reel."""
        try:
            await copying
        except MediaFailed as error:
            log.info("clips that look alike cannot be copied: %s", error)
            return False
        made = await asyncio.to_thread(read_times, copy)
        shown = [source.times.pictures for source in self._sources if source.times is not None]
        if made is None or not follows(made.pictures, shown):
            log.info("a copied reel does not show the frames of its clips at their times")
            return False
        await asyncio.to_thread(copy.replace, self._to)
        self._steps.show(1.0)
        return True

    async def _with_sound(self, pieces: Sequence[Piece], to: Path, told: Callable[[float], Told] | None = None) -> None:
        """Make the sound of all pieces, each as long as its pictures, and put the reel together."""
        lists = [pieces]
        if self._sound:
            drawn = len(pieces) - len(self._shots)
            lists.append([
                await self._heard(at - drawn, piece, told and told(float(piece.seconds)))
                for at, piece in enumerate(pieces)
            ])  # fmt: skip
        seconds = float(sum(piece.seconds for piece in pieces))
        await self._concatenate(lists, plan_whole(sound=self._sound), to, told and told(seconds))

    async def _heard(self, at: int, piece: Piece, told: Told | None) -> Piece:
        """The sound of a clip, or silence: for the title, which is number -1, and where nothing can be decoded."""
        path = _beside(self._to, f"{at + 1}.sound.mov")
        if at >= 0 and self._sources[at].tracks.sound is not None:
            try:
                plan = plan_sound(self._shots[at].clip, piece.heard, piece.seconds, path)
                if path.absolute() in await self._ffmpeg.run(plan, LIMITS, told):
                    return Piece(path, piece.seconds)
            except MediaFailed as error:
                log.info("the sound of a clip cannot be used: %s", error)
        await self._ffmpeg.run(plan_silence(piece.seconds, path), LIMITS, told)
        return Piece(path, piece.seconds)

    async def _concatenate(
        self, lists: Sequence[Sequence[Piece]], streams: Sequence[str], to: Path, told: Told | None = None
    ) -> None:
        # Absolute paths are "unsafe" to FFmpeg, but they are ours. What it may open is said by the two lists. No
        # conversion of the streams: it would put the decoder's settings into the picture data, where some players choke
        # on them. And times as they are, because the first sound is before the first picture by the encoder's silence.
        read: list[str] = ["-copyts"]
        for at, pieces in enumerate(lists):
            path = _beside(self._to, f"{at}.list")
            await asyncio.to_thread(path.write_text, plan_list(pieces), "utf-8")
            read += ["-protocol_whitelist", "file", "-format_whitelist", "concat,mov", "-f", "concat", "-safe", "0"]
            read += ["-auto_convert", "0", "-i", f"file:{path.absolute()}"]
        made = await self._ffmpeg.run([*read, *streams, Out(to)], LIMITS, told)
        if to.absolute() not in made:
            raise MediaFailed("nothing came out of joining")

    def _part(self, at: int) -> Path:
        return _beside(self._to, f"{at}.mov")


def _beside(to: Path, name: str) -> Path:
    # With the reel's name first, so that what a crash leaves behind is swept away with it.
    return to.with_name(f"{to.name}.{name}")


def _clear(to: Path, parts: int) -> None:
    names = [*("0.list", "1.list", COPY), *(f"{at}{end}" for at in range(parts) for end in (".mov", ".sound.mov"))]
    for name in names:
        with contextlib.suppress(OSError):
            _beside(to, name).unlink(missing_ok=True)
