"""Joining clips: bit for bit where they are alike, brought to one form where they are not."""

from __future__ import annotations

import asyncio
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import MediaFailed
from bot.media.clips.joining import join, read_sources
from bot.media.clips.reel import Canvas, Shot, Source, are_alike, plan_canvas, plan_list
from bot.media.container.mp4 import inspect
from bot.media.container.tracks import read_tracks
from bot.media.ffmpeg import Ffmpeg
from tests.unit.media.conftest import PROGRAM, Film, ffmpeg, frame_sums

CLIPS = 20
AAC = ("-c:a", "aac", "-preset", "veryfast", "-bf", "2", "-g", "12")


def shown(path: Path, second: float, at: tuple[int, int]) -> tuple[int, ...]:
    """The colour of one point at one moment."""
    png = path.with_suffix(".png")
    ffmpeg("-ss", str(second), "-i", str(path), "-frames:v", "1", str(png))
    colour = Image.open(png).convert("RGB").getpixel(at)
    png.unlink()
    assert isinstance(colour, tuple)
    return colour


def near(colour: tuple[int, ...], meant: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(colour, meant, strict=True))


def hue(film: Film, number: int) -> Path:
    pictures = f"testsrc2=size=96x64:rate=24:duration=0.5,hue=h={number * 18}"
    return film(f"alike {number}.mp4", pictures, *AAC, sound=0.5)


def plain(film: Film, colour: str, size: str = "96x64", rate: int = 24, sound: float | None = None) -> Path:
    pictures = f"color={colour}:size={size}:rate={rate}:duration=0.5"
    return film(f"{colour}-{size}-{rate}-{sound}.mp4", pictures, "-g", "12", sound=sound)


async def test_twenty_clips_that_are_alike_are_copied(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    clips, seen = [hue(film, number) for number in range(CLIPS)], list[float]()
    spent = _child_seconds()
    reel = await join(media, [Shot(clip) for clip in clips], tmp_path / "reel.mp4", progress=seen.append)
    assert _child_seconds() - spent < 1
    assert reel.copied
    assert frame_sums(reel.path) == [each for clip in clips for each in frame_sums(clip)]
    whole, parts = read_tracks(reel.path), [read_tracks(clip) for clip in clips]
    assert whole.codings == parts[0].codings
    assert whole.video.payload == sum(part.video.payload or 0 for part in parts)  # nothing was put in between
    assert reel.seconds == pytest.approx(CLIPS * 0.5, abs=0.05 * CLIPS)
    assert reel.size == reel.path.stat().st_size
    assert seen[-1] == 1.0
    assert list(tmp_path.iterdir()) == [reel.path]


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def test_one_clip_alone(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    reel = await join(media, [Shot(hue(film, 1))], tmp_path / "it's a reel.mp4")
    assert reel.copied
    assert frame_sums(reel.path) == frame_sums(hue(film, 1))


async def test_a_path_with_quotes(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    odd = tmp_path / "it's 'odd' \\ %d.mp4"
    odd.write_bytes(hue(film, 1).read_bytes())
    reel = await join(media, [Shot(odd), Shot(odd)], tmp_path / "100%d.mp4")
    assert (reel.copied, inspect(reel.path).frames) == (True, 24)
    with pytest.raises(MediaFailed):
        plan_list([Path("/clips/a\nfile '/etc/passwd'")])


async def test_other_sizes_rates_and_sounds_are_brought_to_one(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    seen: list[float] = []
    clips = [
        plain(film, "red"),
        plain(film, "blue", "64x96", 30, sound=0.5),
        plain(film, "lime", "192x128", 60, sound=2.0),
        film("odd.mp4", "color=white:size=95x63:rate=25:duration=0.5", "-pix_fmt", "yuv444p"),
    ]
    reel = await join(media, [Shot(clip) for clip in clips], tmp_path / "reel.mp4", progress=seen.append)
    about, sound = inspect(reel.path), read_tracks(reel.path).sound
    assert not reel.copied
    assert (about.width, about.height, about.frames, len(frame_sums(reel.path))) == (96, 64, 48, 48)
    assert about.duration_seconds == pytest.approx(2.0)
    assert sound is not None
    assert sound.coding.is_aac
    assert sound.seconds == pytest.approx(2.0, abs=0.1)
    assert near(shown(reel.path, 0.25, (48, 32)), (255, 0, 0))
    assert near(shown(reel.path, 0.75, (48, 32)), (0, 0, 255))
    assert near(shown(reel.path, 0.75, (5, 32)), (0, 0, 0))  # upright: black beside it
    assert near(shown(reel.path, 1.25, (5, 5)), (0, 255, 0))
    assert near(shown(reel.path, 1.75, (48, 32)), (255, 255, 255))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert list(tmp_path.iterdir()) == [reel.path]


async def test_sound_comes_where_its_clip_is(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    clips = [plain(film, "red", sound=0.2), plain(film, "lime"), plain(film, "blue", sound=0.5)]
    reel = await join(media, [Shot(clip) for clip in clips], tmp_path / "reel.mp4")
    raw = tmp_path / "raw"
    ffmpeg("-i", str(reel.path), "-map", "0:a", "-ac", "1", "-ar", "1000", "-f", "u8", "-c:a", "pcm_u8", str(raw))
    loud = [abs(value - 128) > 2 for value in raw.read_bytes()]
    assert any(loud[:180])
    assert not any(loud[280:970])
    assert any(loud[1030:1100])
    assert any(loud[1400:1470])


async def test_a_title_and_captions(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    title, caption = tmp_path / "title.png", tmp_path / "caption.png"
    Image.new("RGB", (96, 64), (200, 100, 50)).save(title)
    overlay = Image.new("RGBA", (96, 64))
    overlay.paste((255, 255, 255, 255), (0, 48, 96, 64))
    overlay.save(caption)
    shots = [Shot(plain(film, "red"), caption), Shot(plain(film, "red"))]
    reel = await join(media, shots, tmp_path / "reel.mp4", title=title)
    about = inspect(reel.path)
    assert (reel.copied, about.frames, about.has_audio) == (False, 72, False)
    assert near(shown(reel.path, 1.0, (48, 32)), (200, 100, 50))
    assert near(shown(reel.path, 1.9, (48, 32)), (200, 100, 50))
    assert near(shown(reel.path, 2.25, (48, 20)), (255, 0, 0))
    assert near(shown(reel.path, 2.25, (48, 56)), (255, 255, 255))
    assert near(shown(reel.path, 2.75, (48, 56)), (255, 0, 0))


async def test_a_clip_of_one_frame(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    one = film("one.mp4", "color=blue:size=64x64:rate=24", "-frames:v", "1")
    reel = await join(media, [Shot(plain(film, "red")), Shot(one)], tmp_path / "reel.mp4")
    assert inspect(reel.path).frames == 13


async def test_a_failure_leaves_nothing(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(plain(film, "red").read_bytes().replace(b"avc1", b"xxxx"))
    for shots in ([], [Shot(plain(film, "red")), Shot(bad)], [Shot(plain(film, "red")), Shot(broken)]):
        with pytest.raises(MediaFailed):
            await join(media, shots, tmp_path / "reel.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"bad.mp4", "broken.mp4"}


async def test_cancelling_leaves_nothing(film: Film, tmp_path: Path) -> None:
    shots = [Shot(plain(film, "red")), Shot(plain(film, "blue", "64x96", 30))] * 20
    started = asyncio.Event()
    running = asyncio.create_task(
        join(Ffmpeg(PROGRAM), shots, tmp_path / "reel.mp4", progress=lambda fraction: started.set())
    )
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(tmp_path.iterdir()) == []


async def test_the_canvas(film: Film) -> None:
    (source,) = await read_sources([plain(film, "red")])

    def canvas(width: int, height: int, frames: int) -> Canvas:
        about = replace(source.facts, width=width, height=height, frames=frames, duration_seconds=1.0)
        return plan_canvas([Source(about, source.tracks)])

    assert canvas(1366, 768, 24) == Canvas(1366, 768, 24, sound=False)
    assert canvas(1365, 767, 26) == Canvas(1364, 766, 25, sound=False)
    assert canvas(3840, 2160, 60) == Canvas(1920, 1080, 30, sound=False)
    assert canvas(2160, 3840, 12) == Canvas(1080, 1920, 24, sound=False)


async def test_alike_is_decided_by_all_clips(film: Film) -> None:
    red, heard = plain(film, "red"), plain(film, "blue", sound=0.5)
    assert are_alike(await read_sources([red, plain(film, "blue"), red]))
    assert not are_alike(await read_sources([red, red, heard]))
