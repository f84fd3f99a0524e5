"""Reels in step: no frame too many or too few, no joint that freezes, and every sound with its picture."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from bot.media.clips.joining import Joined, join, read_sources
from bot.media.clips.reel import Piece, Shot, are_alike, is_in_step, pictures_are_alike, plan_list
from bot.media.container.tracks import read_tracks
from bot.media.ffmpeg import Ffmpeg
from tests.unit.media.beats import NO_B, Beats, Clip, beats_of
from tests.unit.media.conftest import PROGRAM, ffmpeg, frame_sums, frame_times
from tests.unit.media.test_ffmpeg import script

Change = Callable[[Path, Path], object]
ONE_FRAME = 42
COPIED, PICTURES, ENCODED = "all copied", "pictures copied", "encoded"


def copied(*after: str, before: tuple[str, ...] = ()) -> Change:
    """The samples of a clip in a file that is made another way."""
    return lambda clip, to: ffmpeg(*before, "-i", str(clip), "-c", "copy", *after, str(to))


def later(*, sound: bool) -> Change:
    """The sound, or the pictures, begin 0.2 s after the others."""
    which = ("0:a", "1:v") if sound else ("0:v", "1:a")
    maps = ["-map", which[0], "-map", which[1]]
    return lambda a, b: ffmpeg("-itsoffset", "0.2", "-i", str(a), "-i", str(a), *maps, "-c", "copy", str(b))


def lie(box: bytes, skip: int, number: int, track: int = 0) -> Change:
    """Another number in a box of the first or second track."""

    def change(clip: Path, to: Path) -> None:
        data, at = bytearray(clip.read_bytes()), -1
        for _ in range(track + 1):
            at = data.index(box, at + 1)
        data[at + 4 + skip : at + 8 + skip] = number.to_bytes(4, "big")
        to.write_bytes(data)

    return change


def with_second_track(clip: Path, to: Path) -> None:
    """Another video track, which is longer."""
    other = ["-f", "lavfi", "-i", "color=red:size=64x64:duration=2"]
    coded = ["-c", "copy", "-c:v:1", "libx264"]
    ffmpeg("-i", str(clip), *other, "-map", "0", "-map", "1", *coded, str(to))


LONG = Clip(1.0, 1.0, 0.75)
FLUSHED = ("-movflags", "frag_keyframe+empty_moov")
LAST_FRAME = "setts=duration=if(eq(N\\,11)\\,{}\\,DURATION)"
KINDS: dict[str, tuple[Clip, Change | None, str]] = {
    "in step": (Clip(), None, COPIED),
    "silent": (Clip(sound=None), None, COPIED),
    "one frame of AAC more": (Clip(sound=0.52), None, COPIED),
    "one frame of AAC less": (Clip(sound=0.48), None, COPIED),
    "longer sound": (Clip(sound=0.7), None, PICTURES),
    "sound longer by a frame": (Clip(sound=0.545), None, PICTURES),
    "shorter sound": (Clip(sound=0.4), None, PICTURES),
    "sound shorter by a frame": (Clip(sound=0.455), None, PICTURES),
    "sound of nothing": (Clip(), lie(b"stsz", 8, 0, track=1), PICTURES),
    "later sound": (Clip(click=0.05), later(sound=True), PICTURES),
    "later pictures": (Clip(beat=0.125, click=0.325), later(sound=False), PICTURES),
    "cut at the beginning": (LONG, copied(before=("-ss", "0.3")), ENCODED),
    "cut at the beginning, silent": (Clip(1.0, None, 0.75), copied(before=("-ss", "0.3")), ENCODED),
    "cut at the end by an edit list": (Clip(coded=NO_B), lie(b"elst", 8, 17640), ENCODED),
    "begins with a frame that needs others": (
        Clip(coded=(*NO_B, "-g", "5")), copied("-bsf:v", "noise=drop=eq(n\\,0)"), ENCODED),
    "last frame lasts 3 s": (Clip(coded=NO_B), copied("-bsf:v", LAST_FRAME.format(40960)), ENCODED),
    "last frame lasts no time": (Clip(coded=NO_B), copied("-bsf:v", LAST_FRAME.format(0)), COPIED),
    "no edit list for B-frames": (Clip(), copied("-use_editlist", "0"), PICTURES),
    "no edit list for B-frames, silent": (Clip(sound=None), copied("-use_editlist", "0"), COPIED),
    "in fragments": (Clip(), copied(*FLUSHED), PICTURES),
    "in fragments, silent": (Clip(sound=None), copied(*FLUSHED), COPIED),
    "in fragments, as DASH": (Clip(), copied("-movflags", "dash"), PICTURES),
    "no B-frames": (Clip(coded=NO_B), None, COPIED),
    "on its side": (Clip(), copied(before=("-display_rotation", "90")), COPIED),
    "mdhd too long": (Clip(), lie(b"mdhd", 16, 999_999), COPIED),
    "mdhd too short": (Clip(), lie(b"mdhd", 16, 1), COPIED),
    "elst too long": (Clip(), lie(b"elst", 8, 999_999), COPIED),
    "two tracks of pictures": (Clip(), with_second_track, COPIED),
    "60 a second": (Clip(rate="60"), None, COPIED),
    "24000/1001 a second": (Clip(rate="24000/1001"), None, COPIED),
    "ten bits": (Clip(options=("-pix_fmt", "yuv420p10le")), None, COPIED),
    "interlaced": (Clip(options=("-flags", "+ildct+ilme", "-x264-params", "tff=1")), None, COPIED),
    "another clock": (Clip(options=("-video_track_timescale", "90000")), None, COPIED),
    "MP3": (Clip(options=("-c:a", "libmp3lame")), None, COPIED),
    "stereo of 48 kHz": (Clip(options=("-ar", "48000", "-ac", "2")), None, COPIED),
}  # fmt: skip


@pytest.fixture(scope="session")
def kind_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The clip of a kind, made once."""
    folder = tmp_path_factory.mktemp("kinds")

    def run(kind: str) -> Path:
        clip, change, _ = KINDS[kind]
        to = folder / f"{kind.replace('/', ' ')}.mp4"
        if not to.exists():
            made = to if change is None else to.with_suffix(".before.mp4")
            clip.make(made)
            if change is not None:
                change(made, to)
        return to

    return run


async def joined(media: Ffmpeg, clips: list[Path], folder: Path) -> tuple[Joined, Beats]:
    reel = await join(media, [Shot(clip) for clip in clips], folder / "reel.mp4")
    return reel, beats_of(reel.path)


def check(seen: Beats, frames: int, *, frame: int = ONE_FRAME) -> None:
    """All frames, evenly, from the beginning on; sound as long as the pictures, and each click with its picture."""
    gaps = [later - before for before, later in pairwise(seen.frames)]
    assert len(seen.frames) == frames
    assert seen.frames[0] == 0
    assert max(gaps) <= frame
    assert min(gaps) >= frame - 2
    assert not seen.heard or seen.heard == pytest.approx(seen.frames[-1] + frame, abs=3)
    assert not seen.clicks or all(abs(a - b) <= 10 for a, b in zip(seen.clicks, seen.white, strict=True))


@pytest.mark.parametrize("kind", KINDS)
async def test_three_of_a_kind_follow_each_other_in_step(
    media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    clip, how = kind_of(kind), KINDS[kind][2]
    reel, seen = await joined(media, [clip] * 3, tmp_path)
    shown = len(frame_times(clip))
    check(seen, 3 * shown, frame=17 if kind.startswith("60") else ONE_FRAME)
    assert len(seen.white) in {0, 3}
    assert reel.copied is (how == COPIED)
    assert pictures_are_alike(await read_sources([clip])) is (how != ENCODED)
    assert (frame_sums(reel.path) == frame_sums(clip) * 3) is (how != ENCODED)
    assert list(tmp_path.iterdir()) == [reel.path]


@pytest.mark.parametrize("kind", ["in step", "one frame of AAC more", "longer sound", "cut at the beginning"])
async def test_nothing_adds_up_over_ten_clips(
    media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    clip = kind_of(kind)
    _, seen = await joined(media, [clip] * 10, tmp_path)
    check(seen, 10 * len(frame_times(clip)))
    assert len(seen.clicks) == len(seen.white) == 10


@pytest.mark.parametrize(
    ("kinds", "how"),
    [
        (("in step", "silent", "longer sound", "in fragments", "silent"), PICTURES),
        (("silent", "shorter sound", "no edit list for B-frames"), PICTURES),
        (("in step", "stereo of 48 kHz", "MP3", "sound of nothing"), PICTURES),
        (("in step", "60 a second", "cut at the beginning", "shorter sound"), ENCODED),
        (("24000/1001 a second", "no B-frames", "another clock", "silent"), ENCODED),
        (("last frame lasts 3 s", "ten bits", "interlaced", "two tracks of pictures"), ENCODED),
    ],
)
async def test_clips_of_many_kinds_follow_each_other_in_step(
    media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path, kinds: tuple[str, ...], how: str
) -> None:
    clips = [kind_of(kind) for kind in kinds]
    sources = await read_sources(clips)
    assert (are_alike(sources), pictures_are_alike(sources)) == (False, how == PICTURES)
    reel, seen = await joined(media, clips, tmp_path)
    # Each as many frames as its own length has at 24 a second.
    expected, begin = list[int](), Fraction(0)
    for clip, kind in zip(clips, kinds, strict=True):
        own = beats_of(clip)
        if own.clicks and kind != "sound of nothing":
            expected.append(round(float(begin) * 1000) + own.white[0] - own.frames[0])
        rate = 60 if kind.startswith("60") else 24
        begin += Fraction(round(Fraction(len(own.frames), rate) * 24), 24)
    frames = int(begin * 24)
    check(Beats(seen.frames, [], [], seen.heard), frames)
    assert seen.clicks == pytest.approx(expected, abs=10)
    assert set(expected) <= {white + off for white in seen.white for off in range(-9, 10)}
    assert not reel.copied


async def test_titles_and_captions_keep_in_step(media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path) -> None:
    title, caption = tmp_path / "title.png", tmp_path / "caption.png"
    Image.new("RGB", (96, 64), (20, 20, 20)).save(title)
    Image.new("RGBA", (96, 64)).save(caption)
    kinds = ("longer sound", "shorter sound", "later sound", "cut at the beginning")
    shots = [Shot(kind_of(kind), caption) for kind in kinds]
    reel = await join(media, shots, tmp_path / "reel.mp4", title=title)
    seen = beats_of(reel.path)
    check(Beats(seen.frames, [], [], seen.heard), 48 + 3 * 12 + len(frame_times(shots[-1].clip)))
    assert seen.white == pytest.approx([2250, 2750, 3250, 3917], abs=2)
    assert seen.clicks == pytest.approx(seen.white, abs=10)


async def test_what_a_copied_reel_shows_is_looked_at(
    media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path
) -> None:
    hole = tmp_path / "hole.mp4"
    lie(b"stsz", 12 + 4 * 11, 0)(kind_of("no B-frames"), hole)  # the last sample is promised, and is empty
    clips = [kind_of("no B-frames"), hole, kind_of("no B-frames")]
    assert are_alike(await read_sources(clips))
    folder = tmp_path / "out"
    folder.mkdir()
    reel, seen = await joined(media, clips, folder)
    assert not reel.copied
    check(seen, 12 + 11 + 12)
    assert list(folder.iterdir()) == [reel.path]


async def test_a_copy_that_was_not_looked_at_never_has_the_name_of_the_reel(
    kind_of: Callable[[str], Path], tmp_path: Path
) -> None:
    text = f"import os, sys\nos.system('{PROGRAM} ' + ' '.join(map(repr, sys.argv[1:])))\n"
    text += f"open({str(tmp_path / 'names')!r}, 'a').write(sys.argv[-1] + '\\n')"
    folder = tmp_path / "out"
    folder.mkdir()
    await join(Ffmpeg(script(tmp_path, text)), [Shot(kind_of("in step"))] * 2, folder / "reel.mp4")
    written = (tmp_path / "names").read_text().split()
    assert written == [f"file:{folder / 'reel.mp4.copy.mp4.part'}"]
    assert [path.name for path in folder.iterdir()] == ["reel.mp4"]


async def test_progress_is_told_to_the_end_once_however_a_reel_is_made(
    media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path
) -> None:
    for kind in ("in step", "longer sound", "cut at the beginning"):
        told: list[float] = []
        await join(media, [Shot(kind_of(kind))] * 2, tmp_path / "reel.mp4", progress=told.append)
        assert told == sorted(set(told))
        assert told[-1] == 1.0


async def test_in_step_is_to_a_frame_of_the_shorter_kind(kind_of: Callable[[str], Path]) -> None:
    for kind, expected in (("one frame of AAC more", True), ("sound longer by a frame", False), ("silent", True)):
        (source,) = await read_sources([kind_of(kind)])
        assert is_in_step(source) is expected, kind


def test_lengths_in_a_list_do_not_add_up() -> None:
    pieces = [Piece(Path("/a"), Fraction(1001, 24000))] * 1000
    listed = [row.split()[1] for row in plan_list(pieces).splitlines() if row.startswith("duration")]
    assert sum(Fraction(text) for text in listed) == pytest.approx(1001 / 24, abs=1e-6)


async def test_sound_that_is_joined_is_one_stream_of_its_clips_kind(
    media: Ffmpeg, kind_of: Callable[[str], Path], tmp_path: Path
) -> None:
    reel, _ = await joined(media, [kind_of("stereo of 48 kHz")] * 2, tmp_path)
    assert read_tracks(reel.path).codings == read_tracks(kind_of("stereo of 48 kHz")).codings
