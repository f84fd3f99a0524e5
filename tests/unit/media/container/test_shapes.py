"""Clips whose pixels are not square, or that lie on their side: every picture of them has the shape that is shown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from bot.assemblies.reel import Part, ReelMaker, ReelOrder
from bot.errors import ClipUnusable
from bot.media.clips.fit import How, fit
from bot.media.clips.joining import join, read_sources
from bot.media.clips.reel import Shot, plan_canvas
from bot.media.clips.stills import Wanted, take_last_frame, take_poster, take_stills
from bot.media.container.avc import Usability, read_usability
from bot.media.container.mp4 import inspect
from bot.media.container.shapes import inspect_shown, lies_on_side, pixel_of, shown_size
from bot.media.container.tracks import Coding, read_tracks
from bot.media.ffmpeg import Ffmpeg
from tests.unit.media.conftest import Film, ffmpeg


def shaped(film: Film, across: int, down: int, size: tuple[int, int] = (96, 64), *options: str) -> Path:
    """Black, with a white field in its middle that is shown a third as high as the clip, and as wide as high."""
    wide, high = size
    field = high // 4, round(high / 4 * down / across)
    box = f"x={(wide - field[1]) // 2}:y={(high - field[0]) // 2}:w={field[1]}:h={field[0]}:c=white:t=fill"
    pictures = f"color=black:size={wide}x{high}:rate=24:duration=0.25,drawbox={box},setsar={across}/{down}"
    name = f"shape {across} {down} {wide}x{high}{''.join(options).replace('/', '')}.mp4"
    return film(name, pictures, "-crf", "1", *options)


def turned(clip: Path, to: Path, angle: int) -> Path:
    ffmpeg("-display_rotation", str(angle), "-i", str(clip), "-c", "copy", str(to))
    return to


def pasp(clip: Path, to: Path, across: int, down: int) -> Path:
    """The same clip with another shape of its pixels in the container; none for zeros."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"pasp")
    data[at + 4 : at + 12] = across.to_bytes(4, "big") + down.to_bytes(4, "big")
    data[at : at + 4] = b"pasp" if across or down else b"free"
    to.write_bytes(data)
    return to


def track_size(clip: Path, to: Path, width: int, height: int) -> Path:
    """The same clip with another size in the header of its track."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"tkhd") - 4 + 84
    data[at : at + 8] = (width << 16).to_bytes(4, "big") + (height << 16).to_bytes(4, "big")
    to.write_bytes(data)
    return to


def box_of(picture: Image.Image) -> tuple[int, int]:
    """The size of the white field."""
    found = picture.convert("L").point(lambda value: 255 * (value > 127)).getbbox()
    assert found is not None
    return found[2] - found[0], found[3] - found[1]


def is_square(picture: Image.Image) -> bool:
    wide, high = box_of(picture)
    return abs(wide - high) <= 0.1 * high + 1


def last_size_by_ffmpeg(clip: Path, to: Path) -> tuple[int, int]:
    """What FFmpeg's own usual recipe makes of it."""
    ffmpeg("-i", str(clip), "-frames:v", "1", "-vf", "scale=iw*sar:ih", str(to))
    return Image.open(to).size


def coding_of(clip: Path) -> Coding:
    return read_tracks(clip).video.coding


SHAPES = {
    (4, 3): (128, 64),
    (8, 9): (85, 64),
    (1, 2): (48, 64),
    (40, 33): (116, 64),
    (4, 1): (384, 64),
    (1, 1): (96, 64),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_last_frame_has_the_shape_that_is_shown(
    media: Ffmpeg, film: Film, tmp_path: Path, shape: tuple[int, int]
) -> None:
    clip = shaped(film, *shape)
    taken = Image.open(await take_last_frame(media, clip, tmp_path / "last.png"))
    assert taken.size == SHAPES[shape]
    assert is_square(taken)
    facts = inspect(clip)
    assert shown_size(coding_of(clip), facts.width, facts.height) == taken.size


@pytest.mark.parametrize(("angle", "size"), [(90, (64, 128)), (180, (128, 64)), (270, (64, 128)), (-90, (64, 128))])
async def test_a_clip_on_its_side_too(
    media: Ffmpeg, film: Film, tmp_path: Path, angle: int, size: tuple[int, int]
) -> None:
    clip = turned(shaped(film, 4, 3), tmp_path / "turned.mp4", angle)
    taken = Image.open(await take_last_frame(media, clip, tmp_path / "last.png"))
    assert taken.size == size == shown_size(coding_of(clip), 96, 64)
    assert is_square(taken)
    poster = Image.open(await take_poster(media, clip, tmp_path / "poster.jpg"))
    assert poster.size == (640, 1280 if size[0] == 64 else 320)
    assert is_square(poster)


@pytest.mark.parametrize(("shape", "high"), [((4, 3), 320), ((8, 9), 480), ((1, 2), 854), ((1, 1), 426)])
async def test_posters_and_sheets_too(
    media: Ffmpeg, film: Film, tmp_path: Path, shape: tuple[int, int], high: int
) -> None:
    wanted = Wanted(poster=tmp_path / "poster.jpg", sheet=tmp_path / "sheet.jpg")
    await take_stills(media, shaped(film, *shape), wanted)
    poster, sheet = Image.open(tmp_path / "poster.jpg"), Image.open(tmp_path / "sheet.jpg")
    assert poster.size == (640, high)
    assert is_square(poster)
    assert is_square(sheet.crop((0, 0, 6 + 426, sheet.height // 2)))


@pytest.mark.parametrize("shape", [(1, 100_000), (100_000, 1), (2**32 - 1, 1), (1, 2**32 - 1), (5, 1), (1, 5)])
async def test_absurd_shapes_are_taken_for_square(
    media: Ffmpeg, film: Film, tmp_path: Path, shape: tuple[int, int]
) -> None:
    clip = pasp(shaped(film, 1, 1), tmp_path / "absurd.mp4", *shape)
    assert shown_size(coding_of(clip), 96, 64) == (96, 64)
    wanted = Wanted(tmp_path / "last.png", tmp_path / "poster.jpg", tmp_path / "sheet.jpg")
    await take_stills(media, clip, wanted)
    assert Image.open(tmp_path / "last.png").size == (96, 64)
    assert Image.open(tmp_path / "poster.jpg").size == (640, 426)
    reel = await join(media, [Shot(clip), Shot(shaped(film, 4, 3))], tmp_path / "reel.mp4")
    assert (inspect(reel.path).width, inspect(reel.path).height) == (96, 64)


def test_who_is_believed_about_the_shape(film: Film, tmp_path: Path) -> None:
    clip = shaped(film, 4, 3)
    unsaid = track_size(pasp(clip, tmp_path / "unsaid.mp4", 0, 0), tmp_path / "stream.mp4", 96, 64)
    cases = {
        pasp(clip, tmp_path / "pasp.mp4", 8, 9): Fraction(8, 9),
        pasp(clip, tmp_path / "one.mp4", 1, 1): Fraction(1),
        unsaid: Fraction(4, 3),
        track_size(unsaid, tmp_path / "header.mp4", 48, 64): Fraction(1, 2),
        track_size(pasp(clip, tmp_path / "b.mp4", 2, 1), tmp_path / "both.mp4", 48, 64): Fraction(2),
    }
    for path, pixel in cases.items():
        assert pixel_of(coding_of(path)) == pixel, path.name
        assert last_size_by_ffmpeg(path, tmp_path / "by.png") == (round(96 * pixel), 64), path.name


@pytest.mark.parametrize("number", [1, 2, 14, 16])
def test_shapes_that_have_a_number_in_the_stream(film: Film, number: int) -> None:
    known = {1: (1, 1), 2: (12, 11), 14: (4, 3), 16: (2, 1)}
    avc = coding_of(shaped(film, *known[number])).setting(b"avcC")
    assert avc is not None
    assert read_usability(avc).pixel == Fraction(*known[number])
    assert read_usability(avc[:12]) == Usability()


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((1, 0, 0, 1), False),
        ((0, 1, -1, 0), True),
        ((0, -1, 1, 0), True),
        ((-1, 0, 0, -1), False),
        ((0, 2, -2, 0), True),
        ((0.001, 1, -1, 0.001), True),
        ((0.7, 0.7, -0.7, 0.7), False),
        ((0, 0, 0, 0), False),
    ],
)
def test_what_lies_on_its_side(matrix: tuple[float, ...], expected: bool) -> None:
    a, b, c, d = (round(number * 65536).to_bytes(4, "big", signed=True) for number in matrix)
    placing = a + b + bytes(4) + c + d + bytes(24)
    assert lies_on_side(Coding("avc1", 24, (96, 64), (), placing)) is expected


async def test_a_reel_has_the_shape_of_its_first_clip_and_no_clip_is_stretched(
    media: Ffmpeg, film: Film, tmp_path: Path
) -> None:
    wide, plain = shaped(film, 4, 3), shaped(film, 1, 1)
    upright = turned(shaped(film, 2, 1), tmp_path / "upright.mp4", 90)
    sources = await read_sources([wide, plain, upright])
    assert (plan_canvas(sources).width, plan_canvas(sources).height) == (128, 64)
    assert (plan_canvas(sources[2:]).width, plan_canvas(sources[2:]).height) == (64, 192)
    reel = await join(media, [Shot(wide), Shot(plain), Shot(upright)], tmp_path / "reel.mp4")
    for at in (2, 8, 14):
        png = tmp_path / f"{at}.png"
        ffmpeg("-i", str(reel.path), "-vf", f"select=eq(n\\,{at})", "-frames:v", "1", str(png))
        assert Image.open(png).size == (128, 64)
        assert is_square(Image.open(png)), at


async def test_the_size_that_people_read_is_the_shown_one(
    media: Ffmpeg, film: Film, clip: Path, tmp_path: Path
) -> None:
    wide = turned(shaped(film, 4, 3), tmp_path / "turned.mp4", 90)
    shown, coded = inspect_shown(wide), inspect(wide)
    assert (shown.width, shown.height) == (64, 128)
    assert replace(shown, width=96, height=64) == coded
    assert inspect_shown(clip) == inspect(clip)
    reel = await ReelMaker(media, tmp_path).make(ReelOrder("a" * 20, (Part("1", wide), Part("2", wide))))
    assert (reel.width, reel.height, reel.copied) == (64, 128, True)
    odd = tmp_path / "odd.mp4"
    data = bytearray(wide.read_bytes())
    at = data.index(b"stsd") + 4 + 4
    data[at : at + 4] = (2).to_bytes(4, "big")  # which read_tracks() takes no clip with
    odd.write_bytes(data)
    assert inspect_shown(odd) == inspect(odd)
    data[at : at + 4] = bytes(4)
    odd.write_bytes(data)
    with pytest.raises(ClipUnusable):
        inspect_shown(odd)


async def test_a_copied_reel_keeps_the_shape(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    clip = turned(shaped(film, 4, 3), tmp_path / "turned.mp4", 90)
    reel = await join(media, [Shot(clip)] * 2, tmp_path / "reel.mp4")
    assert reel.copied
    assert shown_size(coding_of(reel.path), 96, 64) == (64, 128)


LARGE = (1440, 1080)
GRAIN = ("-g", "1", "-crf", "10", "-vf", "noise=alls=20:allf=t,setsar=4/3")


@pytest.mark.parametrize(
    ("size", "angle", "limit", "how", "made"),
    [
        ((96, 64), 0, 0, How.REENCODED, (96, 64)),
        ((96, 64), 90, 0, How.REENCODED, (64, 96)),
        (LARGE, 0, 300_000, How.SCALED, (1280, 720)),
        (LARGE, 270, 300_000, How.SCALED, (720, 1280)),
    ],
)
async def test_a_clip_that_is_made_to_fit_keeps_its_shape(
    media: Ffmpeg,
    film: Film,
    tmp_path: Path,
    size: tuple[int, int],
    angle: int,
    limit: int,
    how: How,
    made: tuple[int, int],
) -> None:
    clip = shaped(film, 4, 3, size, *GRAIN)
    clip = turned(clip, tmp_path / "turned.mp4", angle) if angle else clip
    fitted = await fit(media, clip, limit or clip.stat().st_size * 2 // 3, tmp_path / "out.mp4")
    assert (fitted.how, fitted.width, fitted.height) == (how, *made)
    was, now = shown_size(coding_of(clip), *size), shown_size(coding_of(fitted.path), *made)
    assert now[0] / now[1] == pytest.approx(was[0] / was[1], rel=0.01)
    assert is_square(Image.open(await take_last_frame(media, fitted.path, tmp_path / "last.png")))


@pytest.mark.parametrize("angle", [0, 90])
async def test_a_clip_that_is_wrapped_anew_keeps_its_shape(
    media: Ffmpeg, film: Film, tmp_path: Path, angle: int
) -> None:
    padded = turned(shaped(film, 4, 3), tmp_path / "padded.mp4", angle)
    with padded.open("ab") as file:
        file.write((300_008).to_bytes(4, "big") + b"free" + bytes(300_000))
    fitted = await fit(media, padded, padded.stat().st_size - 200_000, tmp_path / "out.mp4")
    assert fitted.how is How.REMUXED
    assert shown_size(coding_of(fitted.path), 96, 64) == ((64, 128) if angle else (128, 64))
