"""Fitting clips under a limit: the plan by itself, and what a real encoder makes of clips that do not compress."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import CannotFit, MediaFailed
from bot.media.clips.fit import BUFFER_SECONDS, FILLED, PLENTY, TOO_FEW, Fitted, How, Sound, fit, plan_fit, plan_rate
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.tracks import Coding, Track, Tracks, read_tracks
from bot.media.ffmpeg import MEBIBYTE, Ffmpeg
from tests.unit.media.conftest import Film, ffmpeg, frame_sums, frame_times
from tests.unit.media.test_ffmpeg import script

NOISE = "color=gray:size=320x240:rate=24:duration=1,noise=alls=100:allf=t+u"
STEREO = ("-c:a", "aac", "-b:a", "128k")


def facts(seconds: float = 6.0, width: int = 1920, height: int = 1080, frames: int | None = None) -> Mp4Facts:
    return Mp4Facts(width, height, seconds, frames or max(1, int(seconds * 24)), "avc1", False)


def tracks(payload: int | None, sound: int | None = None, codec: str = "aac") -> Tracks:
    coding = Coding("avc1", 12288, (1920, 1080), ())
    heard = Coding("mp4a", 48000, (2, 48000), ((b"esds", b"\x40" if codec == "aac" else b"\x6b"),))
    return Tracks(Track(coding, 6.0, payload), None if sound is None else Track(heard, 6.0, sound))


def plan(limit: int, about: Mp4Facts, of: Tracks) -> list[tuple[How, Sound, int]]:
    return [(step.how, step.sound, step.side) for step in plan_fit(about, of, limit)]


FULL, SMALL = (How.REENCODED, Sound.NONE, 0), (How.SCALED, Sound.NONE, 720)
WRAPPED = (How.REMUXED, Sound.NONE, 0)


@pytest.mark.parametrize(
    ("limit", "about", "of", "expected"),
    [
        (10, facts(), tracks(20 * MEBIBYTE), [FULL, SMALL]),
        (10, facts(), tracks(9 * MEBIBYTE), [WRAPPED, FULL, SMALL]),
        (10, facts(), tracks(None), [WRAPPED, FULL, SMALL]),
        (10, facts(30), tracks(20 * MEBIBYTE), [SMALL]),
        (10, facts(30, 1280, 720), tracks(20 * MEBIBYTE), [FULL]),
        (10, facts(30, 720, 1280), tracks(20 * MEBIBYTE), [FULL]),
        (10, facts(6, 3840, 2160), tracks(20 * MEBIBYTE), [SMALL]),
        (10, facts(600), tracks(20 * MEBIBYTE), []),
        (1, facts(600), tracks(100_000), [WRAPPED]),
    ],
    ids=["usual", "wrapping", "unknown", "long", "long and small", "upright", "4K", "far too long", "only wrapping"],
)
def test_what_is_tried(limit: int, about: Mp4Facts, of: Tracks, expected: list[object]) -> None:
    assert plan(limit * MEBIBYTE, about, of) == expected


@pytest.mark.parametrize(
    ("sound", "codec", "expected"),
    [
        (None, "aac", Sound.NONE),
        (100_000, "aac", Sound.COPY),
        (2 * MEBIBYTE, "aac", Sound.AAC),
        (100_000, "mp3", Sound.AAC),
    ],
    ids=["none", "usual", "heavy", "other"],
)
def test_what_becomes_of_the_sound(sound: int | None, codec: str, expected: Sound) -> None:
    assert plan(10 * MEBIBYTE, facts(), tracks(20 * MEBIBYTE, sound, codec))[0][1] is expected


@given(
    limit=st.integers(100_000, 100 * MEBIBYTE),
    seconds=st.floats(0.02, 600),
    rate=st.integers(1, 120),
    sound=st.integers(0, 5 * MEBIBYTE),
)
def test_the_rate_cannot_pass_the_limit(limit: int, seconds: float, rate: int, sound: int) -> None:
    about = facts(seconds, frames=max(1, int(seconds * rate)))
    allowed = plan_rate(about, sound, limit)
    most = allowed * seconds / 8 + FILLED * BUFFER_SECONDS * allowed / 8
    assert allowed == 0 or most + sound + 40 * about.frames < limit


def test_the_words_for_the_rates_hold() -> None:
    assert [step.side for step in plan_fit(facts(), tracks(None), 10 * MEBIBYTE) if step.rate >= PLENTY] == [0, 720]
    assert all(step.rate >= TOO_FEW for step in plan_fit(facts(400), tracks(50 * MEBIBYTE), 10 * MEBIBYTE))


def playable(fitted: Fitted, limit: int) -> None:
    assert fitted.path.stat().st_size == fitted.size <= limit
    about = inspect(fitted.path)
    assert (about.width, about.height) == (fitted.width, fitted.height)
    assert len(frame_sums(fitted.path)) == about.frames
    assert fitted.path.read_bytes().index(b"moov") < fitted.path.read_bytes().index(b"mdat")


async def test_a_clip_that_fits_is_left_alone(clip: Path, tmp_path: Path) -> None:
    size = clip.stat().st_size
    assert await fit(Ffmpeg(None), clip, size, tmp_path / "out.mp4") == Fitted(clip, size, How.AS_IS, 64, 48)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sound", [None, 1.0])
async def test_padding_and_metadata_go_first(media: Ffmpeg, film: Film, tmp_path: Path, sound: float | None) -> None:
    clip, padded = film(f"noise-{sound}.mp4", NOISE, sound=sound), tmp_path / "padded.mp4"
    ffmpeg("-i", str(clip), "-c", "copy", "-metadata", "comment=secret", str(padded))
    with padded.open("ab") as file:
        file.write((300_008).to_bytes(4, "big") + b"free" + bytes(300_000))
    fitted = await fit(media, padded, padded.stat().st_size - 200_000, tmp_path / "out.mp4")
    playable(fitted, padded.stat().st_size - 200_000)
    assert fitted.how is How.REMUXED
    assert frame_sums(fitted.path) == frame_sums(clip)
    assert b"secret" not in fitted.path.read_bytes()


UNEVEN = f"{NOISE},select='not(mod(n,3))+lt(n,20)',settb=1/1000,setpts='PTS+random(1)*9'"
CLIPS: dict[str, tuple[str, tuple[str, ...], float | None]] = {
    "silent": (NOISE, (), None),
    "aac": (NOISE, STEREO, 1.0),
    "mp3": (NOISE, ("-c:a", "libmp3lame"), 1.0),
    "longer sound": (NOISE, STEREO, 3.0),
    "uneven": (UNEVEN, ("-fps_mode", "vfr", "-enc_time_base", "1/1000"), None),
    "odd size": (NOISE.replace("320x240", "321x239"), ("-pix_fmt", "yuv444p"), None),
    "fragmented": (NOISE, ("-movflags", "frag_keyframe+empty_moov"), None),
    "one frame": (NOISE.replace("320x240", "640x480"), ("-frames:v", "1"), None),
    "60 a second": (NOISE.replace("rate=24:duration=1", "rate=60:duration=0.5"), (), None),
}


@pytest.mark.parametrize(
    ("kind", "share"), [*((kind, 0.25) for kind in CLIPS), ("silent", 0.6), ("aac", 0.6), ("uneven", 0.6)]
)
async def test_noise_of_every_kind_fits(media: Ffmpeg, film: Film, tmp_path: Path, kind: str, share: float) -> None:
    pictures, options, sound = CLIPS[kind]
    clip = film(f"noise {kind}.mp4", pictures, "-crf", "10", *options, sound=sound)
    limit = int(clip.stat().st_size * share)
    fitted = await fit(media, clip, limit, tmp_path / "out.mp4")
    playable(fitted, limit)
    assert fitted.how is How.REENCODED
    assert fitted.size > 0.5 * limit or kind == "one frame"  # and uses what it may
    before, after = inspect(clip), inspect(fitted.path)
    assert (after.frames, after.has_audio) == (before.frames, sound is not None)
    assert frame_times(fitted.path) == frame_times(clip)
    made = read_tracks(fitted.path).sound
    assert made is None or made.coding.is_aac
    assert list(tmp_path.iterdir()) == [fitted.path]


async def test_a_clip_on_its_side_is_turned_up_and_shrunk(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    clip, turned = film("hd.mp4", "testsrc2=size=1280x960:rate=24:duration=0.2"), tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(clip), "-c", "copy", str(turned))
    fitted = await fit(media, turned, turned.stat().st_size // 3, tmp_path / "out.mp4")
    assert (fitted.how, fitted.width, fitted.height) == (How.SCALED, 720, 960)
    playable(fitted, turned.stat().st_size // 3)


async def test_what_cannot_fit(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    with pytest.raises(CannotFit):
        await fit(media, film("noise-None.mp4", NOISE), 20_000, tmp_path / "out.mp4")
    with pytest.raises(MediaFailed, match="there is no FFmpeg"):
        await fit(Ffmpeg(None), film("noise-None.mp4", NOISE), 200_000, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


async def test_a_result_over_the_limit_is_not_given_out(film: Film, tmp_path: Path) -> None:
    clip = film("noise-None.mp4", NOISE)
    # An encoder that ignores its orders, in a way that no limit on writing can stop.
    text = f"import os, sys\nos.link({str(clip)!r}, sys.argv[-1].removeprefix('file:'))"
    media, out = Ffmpeg(script(tmp_path, text)), tmp_path / "out.mp4"
    with pytest.raises(CannotFit):
        await fit(media, clip, clip.stat().st_size - 1, out)
    assert not out.exists()
    assert clip.stat().st_nlink == 1


async def test_what_is_no_clip(media: Ffmpeg, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("#EXTM3U\n" * 99)
    for name in ("clip.mp4", "gone.mp4"):
        with pytest.raises(MediaFailed):
            await fit(media, tmp_path / name, 10, tmp_path / "out.mp4")
