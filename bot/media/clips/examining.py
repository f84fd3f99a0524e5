"""Whether a file that came is a clip: by its boxes, and where those are odd by having FFmpeg decode it to its end.

A file that FFmpeg decodes is a clip, whatever our own reading says; it is then wrapped anew, so that everything behind
this (fitting, stills, reels) meets an MP4 as it should be. FFmpeg reads nothing here but a path of ours, in a format
that was chosen by the first bytes from a list of two.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.errors import ClipBroken, ClipUnusable, MediaFailed
from bot.media.clips.fit import AAC_RATE, ENCODER, PLAYABLE
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.sniffing import HEAD, Kind, sniff
from bot.media.container.truncation import Cut, look_for_cut
from bot.media.ffmpeg import Ffmpeg, Limits, Out, clip_input
from bot.models import LinkReason

log = logging.getLogger(__name__)

DEMUXERS = {Kind.ISO: "mov", Kind.MATROSKA: "matroska"}
"""What FFmpeg may take a clip for. Neither format can make it open another file or address."""

_PATIENT = Limits(seconds=120.0, cpu_seconds=100)
_FIRST_TRACKS = ("-map", "0:v:0", "-map", "0:a:0?")
_WRAPPED = ("-c", "copy")
_ENCODED = (*ENCODER, "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-c:a", "aac", "-b:a", str(AAC_RATE), "-ac", "2")


async def examine(ffmpeg: Ffmpeg, path: Path) -> Mp4Facts | None:
    """The facts of a clip, after its file was wrapped anew if that was needed; None for one that cannot be read here.

    None is said of what looks like an MP4 where there is no FFmpeg to ask, and of what FFmpeg decodes and cannot wrap.
    Raises ClipBroken (a page, nothing, or a part of a file) or ClipUnusable.
    """
    try:
        return await asyncio.to_thread(inspect, path)
    except ClipUnusable as error:
        why = str(error)
    kind, cut = await asyncio.to_thread(_look, path)
    log.info("a file of the kind %r is not read as a clip (%s)", kind.value, why)
    if kind in {Kind.NOTHING, Kind.PAGE}:
        raise ClipBroken(f"{kind.value} in place of a clip")
    if cut is Cut.CERTAINLY or (cut is Cut.PERHAPS and not ffmpeg.available):
        raise ClipBroken(why, reason=LinkReason.BROKEN)
    if kind is Kind.ISO and not ffmpeg.available:
        return None
    try:
        await _decode(ffmpeg, path, DEMUXERS.get(kind, "mov"))
    except MediaFailed as error:
        if cut is Cut.PERHAPS:
            raise ClipBroken(why, reason=LinkReason.BROKEN) from error
        reason = LinkReason.UNREADABLE if kind.may_play else None
        raise ClipUnusable(f"{why}; and by FFmpeg: {error}", reason=reason) from error
    return await _wrap(ffmpeg, path, DEMUXERS.get(kind, "mov"))


def looks_like_clip(path: Path) -> bool:
    """Whether a file may be sent as a clip though its boxes cannot be read. Blocking."""
    kind, cut = _look(path)
    return kind in DEMUXERS and cut is Cut.NOT


def _look(path: Path) -> tuple[Kind, Cut]:
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD))
        return kind, look_for_cut(file, kind)


async def _decode(ffmpeg: Ffmpeg, path: Path, demuxer: str) -> None:
    """Decode all of it; MediaFailed at the first error, which is also where something is missing."""
    await ffmpeg.run(["-xerror", *clip_input(path, demuxer), *_FIRST_TRACKS, "-f", "null", "-"], _PATIENT)


async def _wrap(ffmpeg: Ffmpeg, path: Path, demuxer: str) -> Mp4Facts | None:
    """Put the file's own frames, or those made of them where an MP4 cannot hold its own, into an MP4 in its place."""
    for coding in (_WRAPPED, _ENCODED):
        made = path.with_name(f"{path.stem}-mended.mp4")
        try:
            await ffmpeg.run([*clip_input(path, demuxer), *_FIRST_TRACKS, *coding, *PLAYABLE, Out(made)], _PATIENT)
            facts = await asyncio.to_thread(inspect, made)
            await asyncio.to_thread(made.replace, path)
        except (MediaFailed, ClipUnusable, OSError) as error:
            log.info("a clip could not be wrapped anew: %s", error)
            await asyncio.to_thread(made.unlink, missing_ok=True)
        else:
            return facts
    return None
