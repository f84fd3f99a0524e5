"""What a reel is made of: whether clips are coded alike, their common form, and the commands. Nothing runs here.

joining.py walks these plans. Titles and captions come as pictures (sheets.py draws them), never as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import MediaFailed
from bot.media.colours import is_unsaid_hd
from bot.media.ffmpeg import Argument, Out, clip_input
from bot.media.fit import ENCODER, FULL_SIDE
from bot.media.mp4 import Mp4Facts
from bot.media.shapes import PIXEL, shown_size
from bot.media.tracks import Tracks

RATES = (24, 25, 30)
TITLE_SECONDS = 2.0
SAMPLES = 48_000
BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
# Sound stays uncompressed until all is joined: every AAC stream begins with some milliseconds of silence.
SEGMENT = ("-c:a", "pcm_s16le", "-map_metadata", "-1", "-map_chapters", "-1", "-f", "mov")
WHOLE = ("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4")


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip of a reel; `caption` is a PNG with transparency, drawn for the reel's canvas and laid over it."""

    clip: Path
    caption: Path | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A clip as its boxes describe it."""

    facts: Mp4Facts
    tracks: Tracks


@dataclass(frozen=True, slots=True)
class Canvas:
    """The common form: pixels, frames per second, and whether there is a sound track."""

    width: int
    height: int
    rate: int
    sound: bool


def are_alike(sources: Sequence[Source]) -> bool:
    """Whether one decoder can go from each to the next: codec, size, clock, settings and sound are equal."""
    first = sources[0].tracks.codings
    return all(source.tracks.codings == first for source in sources)


def plan_canvas(sources: Sequence[Source]) -> Canvas:
    """The common form: the size in which the first clip is shown, at most 1080p, and the nearest usual frame rate."""
    first = sources[0]
    width, height = shown_size(first.tracks.video.coding, first.facts.width, first.facts.height)
    scale = min(1.0, FULL_SIDE / min(width, height))
    rate = min(RATES, key=lambda rate: abs(rate - first.facts.frames / first.facts.duration_seconds))
    sound = any(source.tracks.sound is not None for source in sources)
    return Canvas(_even(width * scale), _even(height * scale), rate, sound)


def plan_copy() -> list[str]:
    """How the joined streams are written when nothing is to change."""
    return ["-c", "copy", *WHOLE]


def plan_segment(shot: Shot, source: Source, canvas: Canvas, to: Path) -> list[Argument]:
    """The command that brings one clip to the common form, as long as it was to the nearest frame."""
    said = "setparams=colorspace=bt709," if is_unsaid_hd(source.tracks.video.coding) else ""
    chain = f"[0:v:0]{said}fps={canvas.rate},{_placed(canvas)}"
    inputs = clip_input(shot.clip)
    if shot.caption is not None:
        inputs += _picture(shot.caption)
        chain += "[bare];[bare][1:v:0]overlay=x=0:y=H-h:format=yuv420"
    heard = "[0:a:0]aresample=async=1:first_pts=0," if source.tracks.sound is not None else _silence()
    frames = max(1, round(source.facts.duration_seconds * canvas.rate))
    return [*inputs, *_segment(chain, heard, frames, canvas, to)]


def plan_title(card: Path, canvas: Canvas, to: Path) -> list[Argument]:
    """The command that makes a segment of a still picture."""
    frames = round(TITLE_SECONDS * canvas.rate)
    # Scaled once and then repeated; the other way round would scale every frame.
    chain = f"[0:v:0]{_placed(canvas)},loop=loop=-1:size=1,setpts=N/{canvas.rate}/TB,fps={canvas.rate}"
    return [*_picture(card), *_segment(chain, _silence(), frames, canvas, to)]


def _segment(chain: str, heard: str, frames: int, canvas: Canvas, to: Path) -> list[Argument]:
    graph, maps = (
        f"{chain},setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv[v]",
        ["-map", "[v]"],
    )
    if canvas.sound:
        graph += f";{heard}aresample={SAMPLES},aformat=sample_fmts=s16:channel_layouts=stereo,apad,"
        graph += f"atrim=end={frames / canvas.rate:.6f}[a]"
        maps += ["-map", "[a]"]
    clock = ["-video_track_timescale", str(canvas.rate * 512), "-progress", "pipe:1"]
    shown = ["-filter_complex_threads", "1", "-filter_complex", graph, *maps, "-frames:v", str(frames)]
    return [*shown, *ENCODER, *BT709, *clock, *SEGMENT, Out(to)]


def _placed(canvas: Canvas) -> str:
    """Filters that fit a picture in its shown shape into the canvas, with black around it, in the canvas's colours."""
    shape, across, down = f"iw*{PIXEL}/ih", canvas.width, canvas.height
    # A hundredth more, because 1919.99 is 1920.
    wide = f"w='max(2,2*floor((min({across},{down}*{shape})+0.01)/2))'"
    high = f"h='max(2,2*floor((min({down},{across}/({shape}))+0.01)/2))'"
    return (
        f"scale={wide}:{high}:out_color_matrix=bt709:out_range=tv,setsar=1"
        f",pad={across}:{down}:(ow-iw)/2:(oh-ih)/2,format=yuv420p"
    )


def _silence() -> str:
    return f"anullsrc=r={SAMPLES}:cl=stereo,"


def _picture(path: Path) -> list[str]:
    """Arguments to read one PNG of ours."""
    read = ["-protocol_whitelist", "file", "-f", "image2", "-pattern_type", "none", "-threads", "1", "-c:v", "png"]
    return [*read, "-i", f"file:{path.absolute()}"]


def _even(value: float) -> int:
    return max(2, int(value) // 2 * 2)


def plan_list(clips: Sequence[Path]) -> str:
    """What FFmpeg's concat demuxer reads; MediaFailed for a path that cannot be spelled in it."""
    names = [str(clip.absolute()) for clip in clips]
    if any("\n" in name or "\r" in name for name in names):
        raise MediaFailed("a path with a line break")
    quoted = ["file '" + name.replace("'", "'\\''") + "'\n" for name in names]
    return "ffconcat version 1.0\n" + "".join(quoted)
