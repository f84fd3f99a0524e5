"""Pictures out of clips of every kind: the last frame as a full decode gives it, and colours as players show them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.errors import MediaFailed
from bot.media.clips.stills import TO_RGB, Wanted, plan_stills, take_last_frame, take_poster, take_stills
from bot.media.container.mp4 import inspect
from bot.media.ffmpeg import Ffmpeg
from tests.unit.media.conftest import Film, ffmpeg

SMALL = "testsrc2=size=96x64:rate=24"
UNEVEN = f"{SMALL}:duration=1,select='not(mod(n,3))+lt(n,6)',settb=1/1000,setpts='PTS+random(1)*9'"
CLIPS: dict[str, tuple[str, tuple[str, ...], float | None]] = {
    "b-frames": (f"{SMALL}:duration=1", ("-preset", "medium", "-bf", "3"), None),
    "one frame": (SMALL, ("-frames:v", "1"), None),
    "two frames": (SMALL, ("-frames:v", "2"), None),
    "uneven": (UNEVEN, ("-fps_mode", "vfr", "-enc_time_base", "1/1000"), None),
    "longer sound": (f"{SMALL}:duration=0.5", (), 2.0),
    "fragmented": (f"{SMALL}:duration=1", ("-movflags", "frag_keyframe+empty_moov"), None),
    "odd size": ("testsrc2=size=95x63:rate=24:duration=0.5", ("-pix_fmt", "yuv444p"), None),
}


def last_of_all(clip: Path, to: Path) -> Image.Image:
    """The last picture when every one is decoded and written over the one before."""
    ffmpeg("-i", str(clip), "-fps_mode", "passthrough", "-vf", TO_RGB, "-update", "1", str(to))
    return Image.open(to)


@pytest.mark.parametrize("kind", CLIPS)
async def test_the_last_frame_is_that_of_a_full_decode(media: Ffmpeg, film: Film, tmp_path: Path, kind: str) -> None:
    pictures, options, sound = CLIPS[kind]
    clip = film(f"{kind}.mp4", pictures, *options, sound=sound)
    taken = Image.open(await take_last_frame(media, clip, tmp_path / "last.png"))
    expected = last_of_all(clip, tmp_path / "all.png")
    assert (taken.format, taken.mode, taken.size) == ("PNG", "RGB", expected.size)
    assert taken.tobytes() == expected.tobytes()


async def test_the_last_frame_that_is_shown_where_more_are_in_the_file(
    media: Ffmpeg, film: Film, tmp_path: Path
) -> None:
    whole, cut = film("b-frames.mp4", *CLIPS["b-frames"][:1], *CLIPS["b-frames"][1]), tmp_path / "cut.mp4"
    ffmpeg("-ss", "0.3", "-i", str(whole), "-c", "copy", str(cut))
    taken = Image.open(await take_last_frame(media, cut, tmp_path / "last.png"))
    assert taken.tobytes() == last_of_all(cut, tmp_path / "all.png").tobytes()
    shown = ffmpeg("-i", str(cut), "-fps_mode", "passthrough", "-f", "framemd5", "-").count("\n0,")
    assert shown < inspect(cut).frames  # else this test shows nothing


async def test_all_pictures_of_a_clip_in_one_go(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    clip = film("b-frames.mp4", *CLIPS["b-frames"][:1], *CLIPS["b-frames"][1])
    wanted = Wanted(tmp_path / "last.png", tmp_path / "poster.jpg", tmp_path / "sheet.jpg")
    await take_stills(media, clip, wanted)
    assert Image.open(tmp_path / "last.png").tobytes() == last_of_all(clip, tmp_path / "all.png").tobytes()
    poster, sheet = Image.open(tmp_path / "poster.jpg"), Image.open(tmp_path / "sheet.jpg")
    assert (poster.format, poster.size) == ("JPEG", (640, 426))
    assert (sheet.format, sheet.size) == ("JPEG", (3 * 426 + 4 * 6, 2 * 284 + 3 * 6))
    assert {path.name for path in tmp_path.iterdir()} == {"last.png", "poster.jpg", "sheet.jpg", "all.png"}


async def test_the_poster_is_the_picture_at_half_a_second(media: Ffmpeg, film: Film, tmp_path: Path) -> None:
    clip = film("b-frames.mp4", *CLIPS["b-frames"][:1], *CLIPS["b-frames"][1])
    ffmpeg("-ss", "0.5", "-i", str(clip), "-frames:v", "1", "-vf", "scale=640:-2", str(tmp_path / "expected.png"))
    await take_poster(media, clip, tmp_path / "poster.jpg")
    pair = [Image.open(tmp_path / name).convert("RGB") for name in ("expected.png", "poster.jpg")]
    difference = ImageChops.difference(*pair).convert("L").histogram()
    assert sum(value * count for value, count in enumerate(difference)) / (640 * 426) < 6


@pytest.mark.parametrize("kind", ["one frame", "two frames", "uneven"])
async def test_a_sheet_of_fewer_frames_than_moments(media: Ffmpeg, film: Film, tmp_path: Path, kind: str) -> None:
    pictures, options, _ = CLIPS[kind]
    clip = film(f"{kind}.mp4", pictures, *options)
    wanted = Wanted(tmp_path / "last.png", tmp_path / "poster.jpg", tmp_path / "sheet.jpg")
    await take_stills(media, clip, wanted)
    sheet = Image.open(tmp_path / "sheet.jpg").convert("L")
    moments = [sheet.crop((6 + x * 432, 6 + y * 290, 432 + x * 432, 290 + y * 290)) for y in (0, 1) for x in (0, 1, 2)]
    assert all(len(set(moment.tobytes())) > 9 for moment in moments)  # a picture, not an empty field


@pytest.mark.parametrize(
    ("size", "made_with", "stated"),
    [
        ("1280x720", "bt709", ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")),
        ("1280x720", "bt709", ()),
        ("1280x720", "bt601", ("-colorspace", "smpte170m")),
        ("640x360", "bt601", ()),
        ("640x360", "bt709", ("-colorspace", "bt709")),
    ],
    ids=["HD", "HD, unsaid", "HD that says otherwise", "SD, unsaid", "SD that says otherwise"],
)
async def test_colours(
    media: Ffmpeg, film: Film, tmp_path: Path, size: str, made_with: str, stated: tuple[str, ...]
) -> None:
    unsaid = "setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown"
    said = f"setparams=colorspace={stated[1]}" if stated else unsaid
    pictures = f"color=0xc86432:size={size}:rate=24:duration=0.1,format=gbrp"
    pictures += f",scale=out_color_matrix={made_with}:out_range=tv,format=yuv420p,{said}"
    clip = film(f"{size}-{made_with}-{len(stated)}.mp4", pictures, "-crf", "1", *stated)
    await take_stills(media, clip, Wanted(tmp_path / "last.png", tmp_path / "poster.jpg", tmp_path / "sheet.jpg"))
    for path in tmp_path.iterdir():
        colour = Image.open(path).convert("RGB").getpixel((100, 100))
        assert isinstance(colour, tuple)
        assert all(abs(got - meant) <= 3 for got, meant in zip(colour, (0xC8, 0x64, 0x32), strict=True)), path.name


async def test_what_is_no_clip(media: Ffmpeg, clip: Path, tmp_path: Path) -> None:
    for data in (b"", b"#EXTM3U\n", clip.read_bytes()[:-200], clip.read_bytes().replace(b"avcC", b"free")):
        (tmp_path / "bad.mp4").write_bytes(data)
        with pytest.raises(MediaFailed):
            await take_last_frame(media, tmp_path / "bad.mp4", tmp_path / "last.png")
    with pytest.raises(MediaFailed):
        await take_last_frame(media, tmp_path / "gone.mp4", tmp_path / "last.png")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mp4"]


def test_only_what_is_wanted_is_asked_for(clip: Path) -> None:
    plan = [str(argument) for argument in plan_stills(Wanted(poster=Path("p")), inspect(clip), unsaid_hd=False)]
    assert "split=1" in " ".join(plan)
    assert "tile" not in " ".join(plan)
    assert "png" not in plan
