"""What a reel is made of: whether clips can follow each other as they are, their common form, and the commands.

Nothing runs here: joining.py walks these plans. Sound is reel_sound.py. Titles and captions come as pictures (cards.py
draws them), never as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from bot.errors import MediaFailed
from bot.media.clips.fit import ENCODER, FULL_SIDE
from bot.media.clips.reel_sound import AAC, SEGMENT, decimal, micros, one_stream
from bot.media.container.colours import is_unsaid_hd
from bot.media.container.mp4 import Mp4Facts
from bot.media.container.shapes import PIXEL, shown_size
from bot.media.container.timing import SAME, Pictures, Times
from bot.media.container.tracks import Tracks
from bot.media.ffmpeg import Argument, Out, clip_input

RATES = (24, 25, 30)
TITLE_SECONDS = 2
MOST_SECONDS = 600
"""Of one clip in a reel, whatever its times claim."""

AAC_FRAME = 1024
BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
WHOLE = ("-map_metadata", "-1", "-movflags", "+faststart", "-progress", "pipe:1", "-f", "mp4")


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip of a reel; `caption` is a PNG with transparency, drawn for the reel's canvas and laid over it."""

    clip: Path
    caption: Path | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A clip as its boxes describe it; `times` is None where they do not say when its frames are shown."""

    facts: Mp4Facts
    tracks: Tracks
    times: Times | None = None

    @property
    def seconds(self) -> float:
        """How long its pictures take, by their own times if they are known."""
        return self.facts.duration_seconds if self.times is None else float(self.times.pictures.seconds)

    @property
    def frames(self) -> int:
        """How many pictures are shown, likewise."""
        return self.facts.frames if self.times is None else len(self.times.pictures.times)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The common form: pixels, frames per second, and whether there is a sound track."""

    width: int
    height: int
    rate: int
    sound: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to be put behind others: the frames from `start` on take exactly `seconds`.

    `heard` is how far into its clip the first of these frames is shown, so where its sound is to be taken from.
    """

    path: Path
    seconds: Fraction
    start: Fraction = Fraction(0)
    heard: Fraction = Fraction(0)


def are_alike(sources: Sequence[Source]) -> bool:
    """Whether each clip can follow the one before as it is: coded alike, and its pictures and sound end together."""
    first = sources[0].tracks.codings
    return pictures_are_alike(sources) and all(
        source.tracks.codings == first and is_in_step(source) for source in sources
    )


def pictures_are_alike(sources: Sequence[Source]) -> bool:
    """Whether one decoder can go through the pictures of all, and every frame in the files is meant to be shown."""
    first = sources[0].tracks.video.coding
    return all(
        source.tracks.video.coding == first
        and source.times is not None
        and source.times.pictures.plain
        and source.times.pictures.seconds <= MOST_SECONDS
        for source in sources
    )


def is_in_step(source: Source) -> bool:
    """Whether sound and pictures begin and end together, to a frame of the one that has the shorter frames."""
    if source.tracks.sound is None:
        return True
    if source.times is None or source.times.sound is None:
        return False
    pictures, sound = source.times.pictures, source.times.sound
    slack = pictures.seconds / len(pictures.times)
    if source.tracks.sound.coding.shape[1]:
        slack = min(slack, Fraction(AAC_FRAME, source.tracks.sound.coding.shape[1]))
    apart = max(abs(sound.start - pictures.start), abs(sound.end - pictures.start - pictures.seconds))
    return sound.plain and pictures.start < SAME and apart <= slack


def follows(made: Pictures, parts: Sequence[Pictures]) -> bool:
    """Whether a reel shows exactly the frames of its parts, each when it should be."""
    wanted, begin = list[Fraction](), Fraction(0)
    for part in parts:
        wanted += [begin + Fraction(time, part.clock) for time in part.times]
        begin += part.seconds
    shown = [made.start + Fraction(time, made.clock) for time in made.times]
    return len(shown) == len(wanted) and all(abs(a - b) <= SAME for a, b in zip(shown, wanted, strict=True))


def plan_canvas(sources: Sequence[Source]) -> Canvas:
    """The common form: the size in which the first clip is shown, at most 1080p, and the nearest usual frame rate."""
    first = sources[0]
    width, height = shown_size(first.tracks.video.coding, first.facts.width, first.facts.height)
    scale = min(1.0, FULL_SIDE / min(width, height))
    rate = min(RATES, key=lambda rate: abs(rate - first.frames / first.seconds))
    sound = any(source.tracks.sound is not None for source in sources)
    return Canvas(_even(width * scale), _even(height * scale), rate, sound)


def pieces_of(shots: Sequence[Shot], sources: Sequence[Source]) -> list[Piece]:
    """The clips as they are; for those whose pictures are alike."""
    shown = [source.times.pictures for source in sources if source.times is not None]
    return [Piece(shot.clip, at.seconds, at.start, at.start) for shot, at in zip(shots, shown, strict=True)]


def piece_of(made: Source, source: Source, path: Path, canvas: Canvas) -> Piece:
    """A segment that was made of a clip: as many frames as came out, and when the first one was."""
    start = Fraction(0) if source.times is None else source.times.pictures.start
    began = start if made.times is None else made.times.pictures.start
    # FFmpeg puts it on the grid of the canvas. But where the first frames cannot be decoded, it alone knows.
    heard = began if began > start + Fraction(1, canvas.rate) else start
    return Piece(path, Fraction(made.facts.frames, canvas.rate), heard=max(heard, Fraction(0)))


def plan_copy(seconds: Fraction, *, sound: bool) -> list[str]:
    """How clips that are alike are written: every frame as it is, the sound as one stream of just that length."""
    heard = ["-map", "0:a:0", "-af", one_stream(seconds), *AAC] if sound else []
    return ["-map", "0:v:0", "-c:v", "copy", *heard, *WHOLE]


def plan_whole(*, sound: bool) -> list[str]:
    """How pictures that are copied and the sound that was made for them are put together."""
    return ["-map", "0:v:0", *(["-map", "1:a:0"] if sound else []), "-c:v", "copy", *(AAC if sound else ()), *WHOLE]


def plan_segment(shot: Shot, source: Source, canvas: Canvas, to: Path) -> list[Argument]:
    """The command that brings the pictures of one clip to the common form: those that are shown, and as long."""
    said = "setparams=colorspace=bt709," if is_unsaid_hd(source.tracks.video.coding) else ""
    chain = f"[0:v:0]{said}fps={canvas.rate},{_placed(canvas)}"
    # Times as the file has them: else FFmpeg would count them from whatever comes first in the file.
    inputs = ["-copyts", *clip_input(shot.clip)]
    if shot.caption is not None:
        inputs += _picture(shot.caption)
        chain += "[bare];[bare][1:v:0]overlay=x=0:y=H-h:format=yuv420"
    seconds = Fraction(MOST_SECONDS)
    if source.times is not None and not source.times.pictures.ends_well:
        # The last frame claims to last far longer than any other, and would stand still until the next clip.
        seconds = source.times.pictures.seconds
    return [*inputs, *_segment(chain, max(1, round(seconds * canvas.rate)), canvas, to)]


def plan_title(card: Path, canvas: Canvas, to: Path) -> list[Argument]:
    """The command that makes a segment of a still picture."""
    # Scaled once and then repeated; the other way round would scale every frame.
    chain = f"[0:v:0]{_placed(canvas)},loop=loop=-1:size=1,setpts=N/{canvas.rate}/TB,fps={canvas.rate}"
    return [*_picture(card), *_segment(chain, TITLE_SECONDS * canvas.rate, canvas, to)]


def plan_list(files: Sequence[Path | Piece]) -> str:
    """What FFmpeg's concat demuxer reads; MediaFailed for a path that cannot be spelled in it."""
    lines, end = ["ffconcat version 1.0"], Fraction(0)
    for file in files:
        name = str((file.path if isinstance(file, Piece) else file).absolute())
        if "\n" in name or "\r" in name:
            raise MediaFailed("a path with a line break")
        lines.append("file '" + name.replace("'", "'\\''") + "'")
        if not isinstance(file, Piece):
            continue
        if file.start > 0:
            lines.append(f"inpoint {decimal(file.start)}")
        # Without it the next file begins where the longest stream of this one ends. In whole microseconds of the sum,
        # so that nothing adds up.
        begin, end = end, end + file.seconds
        lines.append(f"duration {decimal(Fraction(micros(end) - micros(begin), 1_000_000))}")
    return "\n".join([*lines, ""])


def _segment(chain: str, frames: int, canvas: Canvas, to: Path) -> list[Argument]:
    graph = f"{chain},setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv[v]"
    clock = ["-video_track_timescale", str(canvas.rate * 512)]
    shown = ["-filter_complex_threads", "1", "-filter_complex", graph, "-map", "[v]", "-frames:v", str(frames)]
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


def _picture(path: Path) -> list[str]:
    """Arguments to read one PNG of ours."""
    read = ["-protocol_whitelist", "file", "-f", "image2", "-pattern_type", "none", "-threads", "1", "-c:v", "png"]
    return [*read, "-i", f"file:{path.absolute()}"]


def _even(value: float) -> int:
    return max(2, int(value) // 2 * 2)
