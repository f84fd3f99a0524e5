"""The sound of a reel: what is heard of each clip, just as long as its pictures are seen. Nothing runs here.

Sound is never copied. Every clip's begins with some silence of its encoder and ends with padding, which the file tells
a player to leave out; in the middle of a reel there is no way to say so. At 44.1 kHz it is 34 ms for each clip, and a
player that does not look at times is a third of a second behind after ten.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from bot.media.ffmpeg import Argument, Out, clip_input

SAMPLES = 48_000
"""Samples per second: a whole number for each frame at any of a reel's rates."""

IN_PLACE = "async=1:min_hard_comp=0.005:first_pts=0"
"""What makes `aresample` put sound where its times say, to 5 ms; FFmpeg's own threshold is 100."""

AAC = ("-c:a", "aac", "-b:a", "128k")
# What goes into a part of a reel: sound uncompressed, until it is one stream.
SEGMENT = ("-map_metadata", "-1", "-map_chapters", "-1", "-progress", "pipe:1", "-f", "mov")


def one_stream(seconds: Fraction) -> str:
    """Filters that make one stream of the sound of clips that follow each other, of just this length."""
    return f"aresample={IN_PLACE},apad,atrim=end={decimal(seconds)}"


def plan_sound(clip: Path, heard: Fraction, seconds: Fraction, to: Path) -> list[Argument]:
    """The command that takes out what is heard from one moment of a clip on: cut or padded to so many seconds."""
    taken = f"[0:a:0]aresample={SAMPLES}:{IN_PLACE},atrim=start={decimal(heard)},asetpts=PTS-STARTPTS"
    return ["-copyts", *clip_input(clip), *_made(taken, seconds, to)]


def plan_silence(seconds: Fraction, to: Path) -> list[Argument]:
    """The command that makes so many seconds without a sound."""
    return _made(f"anullsrc=r={SAMPLES}:cl=stereo", seconds, to)


def micros(seconds: Fraction) -> int:
    """In microseconds, as FFmpeg counts."""
    return round(seconds * 1_000_000)


def decimal(seconds: Fraction) -> str:
    """In seconds, as FFmpeg reads them."""
    return f"{micros(seconds) / 1e6:.6f}"


def _made(heard: str, seconds: Fraction, to: Path) -> list[Argument]:
    graph = f"{heard},aresample={SAMPLES},aformat=sample_fmts=s16:channel_layouts=stereo,apad"
    graph += f",atrim=end_sample={max(1, round(seconds * SAMPLES))}[a]"
    made = ["-filter_complex_threads", "1", "-filter_complex", graph, "-map", "[a]", "-c:a", "pcm_s16le"]
    return [*made, *SEGMENT, Out(to)]
