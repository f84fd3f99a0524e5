"""Files of a real encoder, and what became of them on the way: which are clips, which are to be asked for again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ClipBroken, ClipUnusable
from bot.media.clips.examining import examine, looks_like_clip
from bot.media.container.mp4 import Mp4Facts, inspect
from bot.media.container.tracks import read_tracks
from bot.media.ffmpeg import Ffmpeg
from bot.models import LinkReason
from tests.unit.media.conftest import PLAIN, Encode, Film, frame_sums
from tests.unit.media.container.test_mp4 import box

Spoil = Callable[[bytes], bytes]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "job-new.mp4"


def renamed(old: bytes, new: bytes) -> Spoil:
    return lambda data: data.replace(old, new, 1)


def size_of(name: bytes, change: int) -> Spoil:
    def spoil(data: bytes) -> bytes:
        at = data.index(name) - 4
        size = int.from_bytes(data[at : at + 4], "big") + change
        return data[:at] + size.to_bytes(4, "big") + data[at + 4 :]

    return spoil


ODD: dict[str, Spoil] = {
    "a stray byte behind": lambda data: data + b"\0",
    "five bytes behind": lambda data: data + b"\0\0\0\1m",
    "a page behind": lambda data: data + b"<html>done</html>" * 40,
    "a box behind that promises more": lambda data: data + (999).to_bytes(4, "big") + b"free" + b"xx",
    "no ftyp": renamed(b"ftyp", b"free"),
    "an mdat longer than it is": size_of(b"mdat", 5000),
}


@pytest.mark.parametrize("spoil", ODD.values(), ids=list(ODD))
async def test_what_ffmpeg_decodes_to_its_end_is_a_clip_and_an_orderly_one_afterwards(
    clip: Path, path: Path, media: Ffmpeg, spoil: Spoil
) -> None:
    path.write_bytes(spoil(clip.read_bytes()))
    with pytest.raises(ClipUnusable):
        inspect(path)
    facts = await examine(media, path)
    assert facts == Mp4Facts(64, 48, 0.5, 12, "avc1", False)
    assert inspect(path) == facts
    assert read_tracks(path).video.seconds == 0.5
    assert frame_sums(path) == frame_sums(clip)
    assert [left.name for left in path.parent.iterdir()] == [path.name]


async def test_an_orderly_clip_is_left_as_it_came(clip: Path, path: Path, media: Ffmpeg) -> None:
    shutil.copy(clip, path)
    assert await examine(media, path) == inspect(clip)
    assert path.read_bytes() == clip.read_bytes()


@pytest.mark.parametrize(
    ("name", "options"),
    [("vp9.webm", ("-c:v", "libvpx-vp9")), ("vp8.webm", ("-c:v", "libvpx")), ("h264.mkv", ())],
)
async def test_webm_and_matroska_become_mp4(
    film: Film, path: Path, media: Ffmpeg, name: str, options: tuple[str, ...]
) -> None:
    shutil.copy(film(name, "testsrc=size=64x48:rate=24:duration=0.5", *options, "-f", "matroska"), path)
    facts = await examine(media, path)
    assert facts is not None
    assert (facts.width, facts.height, facts.frames) == (64, 48, 12)
    assert len(frame_sums(path)) == 12


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    "options",
    [PLAIN, (), ("-movflags", "frag_keyframe+empty_moov", "-g", "4")],
    ids=["moov first", "moov last", "fragmented"],
)
@pytest.mark.parametrize("program", [True, False])
async def test_a_part_of_a_clip_is_asked_for_again(
    encode: Encode, path: Path, media: Ffmpeg, options: tuple[str, ...], kept: float, program: bool
) -> None:
    data = encode("whole.mp4", *options).read_bytes()
    end = data.rindex(b"mfra") - 4 if b"mfra" in data else len(data)  # an index that nobody needs
    path.write_bytes(data[: int(end * kept)])
    with pytest.raises(ClipBroken) as caught:
        await examine(media if program else Ffmpeg(None), path)
    assert caught.value.reason == LinkReason.BROKEN


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
async def test_a_part_of_a_webm_is_asked_for_again(film: Film, path: Path, media: Ffmpeg, kept: float) -> None:
    data = film("part.webm", "testsrc=size=64x48:rate=24:duration=2", "-c:v", "libvpx-vp9").read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(ClipBroken):
        await examine(media, path)


@pytest.mark.parametrize(
    "body",
    [b"", b"<!DOCTYPE html><title>403</title>", b'{"error": {"code": "expired"}}', "期限切れ".encode(), b"\xff\xfe<\0"],
)
@pytest.mark.parametrize("program", [True, False])
async def test_a_page_is_asked_for_again_and_never_linked_to(
    path: Path, media: Ffmpeg, body: bytes, program: bool
) -> None:
    path.write_bytes(body)
    with pytest.raises(ClipBroken) as caught:
        await examine(media if program else Ffmpeg(None), path)
    assert caught.value.reason is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", b"x" * 500), "unreadable"),
        (b"RIFF\x24\0\0\0AVI LIST" + bytes(600), "unreadable"),
        (b"\x89PNG\r\n\x1a\n\0\0" + bytes(600), None),
        (b"PK\x03\x04\x14\0" + bytes(600), None),
    ],
    ids=["an mp4 of nothing", "avi", "a picture", "an archive"],
)
async def test_what_ffmpeg_cannot_decode_is_linked_to_where_it_may_be_a_video(
    path: Path, media: Ffmpeg, body: bytes, reason: str | None
) -> None:
    path.write_bytes(body)
    with pytest.raises(ClipUnusable) as caught:
        await examine(media, path)
    assert not isinstance(caught.value, ClipBroken)
    assert caught.value.reason == reason


@pytest.mark.parametrize("spoil", [ODD["no ftyp"], ODD["a stray byte behind"], ODD["a page behind"]])
async def test_without_ffmpeg_what_looks_like_a_clip_is_one_as_it_is(clip: Path, path: Path, spoil: Spoil) -> None:
    data = spoil(clip.read_bytes())
    path.write_bytes(data)
    assert await examine(Ffmpeg(None), path) is None
    assert path.read_bytes() == data
    assert looks_like_clip(path)


async def test_a_disguised_list_of_other_files_opens_none_of_them(clip: Path, path: Path, media: Ffmpeg) -> None:
    shutil.copy(clip, path.with_name("other.mp4"))
    for body in (b"ffconcat version 1.0\nfile other.mp4\n", b"#EXTM3U\n#EXTINF:1,\nother.mp4\n"):
        for head in (b"", b"\0\0\0\x08free"):
            path.write_bytes(head + body)
            with pytest.raises(ClipUnusable):
                await examine(media, path)
